/** Images read at points of a grid. */
import * as ops from '../allOps.js'
import { of, some } from '../examples.js'
import { get, grid, indicesOf } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

type Padding = 'zeros' | 'border' | 'reflection'
type Mode = 'bilinear' | 'nearest' | 'bicubic'

const settle = (at: number, size: number, padding: Padding, corners: boolean): number => {
  if (padding === 'zeros') return at
  let v = at
  if (padding === 'reflection') {
    const [low, high] = corners ? [0, size - 1] : [-0.5, size - 0.5]
    if (high === low) v = 0
    else while (v < low || v > high) v = v < low ? 2 * low - v : 2 * high - v
  }
  return Math.min(Math.max(v, 0), size - 1)
}
const even = (v: number): number => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v))
const keys = (d: number): number => {
  const t = Math.abs(d)
  if (t <= 1) return 1.25 * t ** 3 - 2.25 * t ** 2 + 1
  return t < 2 ? -0.75 * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0
}

/** One point after the other, as the formula has it. */
function sampled(x: Grid, at: Grid, mode: Mode, padding: Padding, corners: boolean): Grid {
  const sizes = x.shape.slice(2)
  return grid([...x.shape.slice(0, 2), ...at.shape.slice(1, -1)], ([n, c, ...p]) => {
    const lists = sizes.map((size, a): (readonly [number, number])[] => {
      const own = get(at, [n!, ...p, sizes.length - 1 - a])
      const raw = corners ? ((own + 1) / 2) * (size - 1) : ((own + 1) * size - 1) / 2
      if (mode === 'bicubic')
        return [-1, 0, 1, 2].map((k) => {
          const i = Math.floor(raw) + k
          return [settle(i, size, padding, corners), keys(raw - i)]
        })
      const v = settle(raw, size, padding, corners)
      if (mode === 'nearest') return [[even(v), 1]]
      return [
        [Math.floor(v), 1 - (v - Math.floor(v))],
        [Math.floor(v) + 1, v - Math.floor(v)],
      ]
    })
    let sum = 0
    for (const k of indicesOf(lists.map((l) => l.length))) {
      const picked = k.map((v, a) => lists[a]![v]!)
      const places = picked.map(([i]) => i)
      if (places.every((i, a) => i >= 0 && i < sizes[a]!)) sum += picked.reduce((w, [, own]) => w * own, 1) * get(x, [n!, c!, ...places])
    }
    return sum
  })
}

const modes: readonly Mode[] = ['bilinear', 'nearest', 'bicubic']
const paddings: readonly Padding[] = ['zeros', 'border', 'reflection']

export const rows: readonly Row[] = [
  {
    name: 'gridSample',
    covers: ['take', 'sumRows'],
    cases: [
      ...modes.flatMap((mode) =>
        paddings.flatMap((padding) =>
          [false, true].map(
            (alignCorners): Case => ({
              name: `${mode}, ${padding}${alignCorners ? ', corners on corners' : ''}`,
              inputs: () => [some([2, 2, 3, 4]), some([2, 2, 5, 2], { seed: 3, from: -1.9, to: 1.9 })],
              call: (x, g) => ops.gridSample(x!, g!, { mode, padding, alignCorners }),
              reference: (x, g) => sampled(x!, g!, mode, padding, alignCorners),
              tolerance32: { rtol: 1e-3, atol: 1e-4 },
            }),
          ),
        ),
      ),
      ...paddings.map(
        (padding): Case => ({
          name: `volumes, ${padding}`,
          inputs: () => [some([2, 2, 2, 3, 4]), some([2, 2, 1, 3, 3], { seed: 4, from: -1.5, to: 1.5 })],
          call: (x, g) => ops.gridSample(x!, g!, { padding }),
          reference: (x, g) => sampled(x!, g!, 'bilinear', padding, false),
        }),
      ),
      {
        name: 'far outside, not a number, infinite',
        inputs: () => [
          of([
            [
              [
                [1, 2],
                [3, 4],
              ],
            ],
          ]),
          of([
            [
              [
                [1e30, 0],
                [Number.NaN, Number.NaN],
                [Number.POSITIVE_INFINITY, 1],
                [0, Number.NEGATIVE_INFINITY],
              ],
            ],
          ]),
        ],
        call: (x, g) => [ops.gridSample(x!, g!), ops.gridSample(x!, g!, { mode: 'nearest', padding: 'border' })],
        reference: () => [
          { shape: [1, 1, 1, 4], data: [0, 0.25, 0, 0] },
          { shape: [1, 1, 1, 4], data: [2, 1, 4, 1] },
        ],
        gradient: 0,
        tolerance: { atol: 1 },
      },
      {
        name: 'pictures of one pixel',
        inputs: () => [some([1, 2, 1, 1]), some([1, 1, 3, 2], { seed: 2, from: -0.9, to: 0.9 })],
        call: (x, g) => ops.gridSample(x!, g!, { padding: 'reflection', alignCorners: true }),
        reference: (x, g) => sampled(x!, g!, 'bilinear', 'reflection', true),
      },
    ],
    large: {
      inputs: () => [some([2, 4, 20, 20]), some([2, 20, 20, 2], { seed: 2, from: -1.1, to: 1.1 })],
      call: (x, g) => ops.gridSample(x!, g!),
      exact: false,
    },
  },
  {
    name: 'affineGrid',
    covers: [],
    cases: [
      ...[false, true].map(
        (alignCorners): Case => ({
          name: alignCorners ? 'pictures, corners on corners' : 'pictures',
          inputs: () => [some([2, 2, 3])],
          call: (t) => ops.affineGrid(t!, [2, 3, 4, 5], { alignCorners }),
          reference: (t) =>
            grid([2, 4, 5, 2], ([n, h, w, k]) => {
              const on = (i: number, size: number): number => (alignCorners ? (2 * i) / (size - 1) - 1 : (2 * i + 1) / size - 1)
              const [x, y] = [on(w!, 5), on(h!, 4)]
              return get(t!, [n!, k!, 0]) * x + get(t!, [n!, k!, 1]) * y + get(t!, [n!, k!, 2])
            }),
        }),
      ),
      {
        name: 'volumes, one pixel deep, corners on corners',
        inputs: () => [some([1, 3, 4])],
        call: (t) => ops.affineGrid(t!, [1, 1, 1, 2, 3], { alignCorners: true }),
        reference: (t) =>
          grid([1, 1, 2, 3, 3], ([n, , h, w, k]) => {
            const [x, y] = [w! - 1, 2 * h! - 1]
            return get(t!, [n!, k!, 0]) * x + get(t!, [n!, k!, 1]) * y + get(t!, [n!, k!, 3])
          }),
      },
    ],
    large: { inputs: () => [some([4, 2, 3])], call: (t) => ops.affineGrid(t!, [4, 3, 60, 60]), exact: false },
  },
]
