/** Drawn digits: pictures like MNIST's, made with a pen of code, for tests and examples that must not download. */

import { Dataset } from '../../data/dataset.js'
import { keyOf, uniform } from '../../kernels/random.js'
import { HebbError } from '../../tensor/errors.js'

type Point = readonly [x: number, y: number]
type Stroke = readonly Point[]

/** An arc as a stroke: centre, radii, angles in turns, 0 to the right and ¼ down. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = Math.ceil(Math.abs(to - from) * 16)
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / steps)
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)]
  })
}

/** How each digit is written, in a box from -1 to 1, y downwards. */
const glyphs: readonly (readonly Stroke[])[] = [
  [arc(0, 0, 0.6, 0.95, 0, 1)],
  [
    [
      [-0.3, -0.6],
      [0.1, -0.95],
      [0.1, 0.95],
    ],
  ],
  [[...arc(0, -0.45, 0.55, 0.5, 0.55, 1.1), [-0.6, 0.95], [0.65, 0.95]]],
  [arc(-0.05, -0.47, 0.5, 0.48, 0.6, 1.25), arc(-0.05, 0.47, 0.58, 0.48, 0.75, 1.42)],
  [
    [
      [0.3, 0.95],
      [0.3, -0.95],
      [-0.6, 0.35],
      [0.65, 0.35],
    ],
  ],
  [
    [
      [0.55, -0.95],
      [-0.4, -0.95],
      [-0.5, -0.1],
    ],
    arc(-0.02, 0.38, 0.6, 0.56, 0.64, 1.4),
  ],
  [
    [
      [0.4, -0.95],
      [-0.25, -0.4],
      [-0.55, 0.3],
    ],
    arc(0, 0.42, 0.55, 0.53, 0, 1),
  ],
  [
    [
      [-0.6, -0.95],
      [0.6, -0.95],
      [-0.1, 0.95],
    ],
  ],
  [arc(0, -0.48, 0.47, 0.46, 0, 1), arc(0, 0.47, 0.57, 0.5, 0, 1)],
  [
    arc(0, -0.42, 0.55, 0.53, 0, 1),
    [
      [0.55, -0.4],
      [0.5, 0.3],
      [0.2, 0.95],
    ],
  ],
]

const side = 28
/** random numbers a picture uses */
const draws = 8

/**
 * `count` digits in turn 0, 1, …, 9, 0, …, each slanted, turned, stretched, moved and drawn with another pen: x (1, 28, 28) bytes that
 * become f32 in [0, 1], y the digit as i32. Picture i is f(seed, i): a larger set begins with the smaller one.
 *
 * @example const [train, test] = drawnDigits({ count: 2000 }).split(0.8, { stratify: 'y' })
 */
export function drawnDigits({
  count = 1000,
  seed = 0,
}: {
  readonly count?: number | undefined
  readonly seed?: number | undefined
} = {}): Dataset<'x' | 'y'> {
  if (!Number.isInteger(count) || count < 1) throw new HebbError(`drawnDigits: count ${count}: give a whole number of at least 1`)
  const random = uniform(keyOf(seed, 'drawn digits'), 0, new Float32Array(count * draws))
  const data = new Uint8Array(count * side * side)
  const y = Int32Array.from({ length: count }, (_, i) => i % 10)
  for (let i = 0; i < count; i++) {
    const between = (k: number, low: number, high: number): number => low + (high - low) * random[i * draws + k]!
    const turn = between(0, -0.25, 0.25)
    const slant = between(1, -0.35, 0.25)
    const [wide, high] = [between(2, 6.5, 9.5), between(3, 8, 10)]
    const [dx, dy] = [between(4, -2, 2), between(5, -2, 2)]
    const place = ([px, py]: Point): Point => {
      const x = wide * (px - slant * py)
      const y = high * py
      return [13.5 + dx + x * Math.cos(turn) - y * Math.sin(turn), 13.5 + dy + x * Math.sin(turn) + y * Math.cos(turn)]
    }
    const strokes = glyphs[y[i]!]!.map((stroke) => stroke.map(place))
    draw(data.subarray(i * side * side, (i + 1) * side * side), strokes, between(6, 0.8, 1.6), between(7, 200, 255))
  }
  const classes = Array.from({ length: 10 }, (_, d) => String(d))
  return new Dataset(
    { x: { data, shape: [1, side, side], dtype: 'u8', scale: 1 / 255 }, y: { data: y, shape: [], dtype: 'i32' } },
    { classes },
  )
}

/** Inks every pixel nearer to a stroke than `pen`, fading over one pixel. */
function draw(picture: Uint8Array, strokes: readonly Stroke[], pen: number, ink: number): void {
  for (const stroke of strokes)
    for (let s = 1; s < stroke.length; s++) {
      const [ax, ay] = stroke[s - 1]!
      const [bx, by] = stroke[s]!
      const reach = pen + 1
      const limit = (v: number): number => Math.min(Math.max(v, 0), side - 1)
      const [left, right] = [limit(Math.floor(Math.min(ax, bx) - reach)), limit(Math.ceil(Math.max(ax, bx) + reach))]
      const [top, bottom] = [limit(Math.floor(Math.min(ay, by) - reach)), limit(Math.ceil(Math.max(ay, by) + reach))]
      const length2 = (bx - ax) ** 2 + (by - ay) ** 2
      for (let y = top; y <= bottom; y++)
        for (let x = left; x <= right; x++) {
          const t = length2 === 0 ? 0 : Math.min(Math.max(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2, 0), 1)
          const distance = Math.sqrt((x - ax - t * (bx - ax)) ** 2 + (y - ay - t * (by - ay)) ** 2)
          const shade = Math.round(ink * Math.min(Math.max(pen + 0.5 - distance, 0), 1))
          const at = y * side + x
          if (shade > picture[at]!) picture[at] = shade
        }
    }
}
