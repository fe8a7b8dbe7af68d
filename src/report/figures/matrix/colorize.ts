/** Matrices as pictures, and laid over pictures. */
import { HebbError } from '../../../tensor/errors.js'
import { bytesOf, type Picture } from '../../picture.js'
import { checkRange, matrixSize } from '../check.js'
import type { ColorScale } from '../data.js'
import { colorAt, rangeOf, shareOf } from './colors.js'

/** How numbers become colours. */
export interface ColorizeOptions {
  /** default `sequential`: dark violet to yellow; `diverging`: blue below 0, red above; `log`: sequential over logarithms */
  readonly scale?: ColorScale | undefined
  /** values of the first and the last colour, others are cut to it; default those of the matrix (`diverging`: symmetric about 0) */
  readonly range?: readonly [number, number] | undefined
}

/**
 * A matrix (H, W) as a picture of H × W pixels. Values that are not finite (or, with `log`, not above 0) become transparent.
 *
 * @throws HebbError when the matrix is empty or ragged, or the range is none
 * @example colorize([[0, 0.5], [0.5, 1]])
 */
export function colorize(values: readonly ArrayLike<number>[], { scale = 'sequential', range }: ColorizeOptions = {}): Picture {
  const { rows, columns } = matrixSize('colorize', values)
  const shares = sharesOf(values, scale, range)
  const holes = shares.some((share) => share === undefined)
  const channels = holes ? 4 : 3
  const pixels = new Uint8Array(rows * columns * channels)
  shares.forEach((share, i) => {
    if (share !== undefined) pixels.set(holes ? [...colorAt(share, scale), 255] : colorAt(share, scale), i * channels)
  })
  return { width: columns, height: rows, channels, pixels, layout: 'hwc' }
}

function sharesOf(values: readonly ArrayLike<number>[], scale: ColorScale, range?: readonly [number, number]): (number | undefined)[] {
  checkRange('colorize', 'color', range)
  if (range && (range[0] > range[1] || (scale === 'log' && range[0] <= 0)))
    throw new HebbError(`colorize: the range ${range[0]} … ${range[1]} must rise${scale === 'log' ? ' and lie above 0' : ''}`)
  const span = range ?? rangeOf(values, scale) ?? [0, 1]
  return values.flatMap((row) => Array.from(row, (value) => shareOf(value, span, scale)))
}

/** How a heat map lies over a picture. */
export interface OverlayOptions extends ColorizeOptions {
  /** how much of the picture the strongest heat covers, 0 … 1; default 0.7 */
  readonly opacity?: number | undefined
}

/**
 * A picture with a heat map over it, as saliency maps and Grad-CAM are shown. The map (h, w) of any size is stretched to the
 * picture by bilinear interpolation; the stronger the heat, the more it covers:
 * out = (1 − a) · picture + a · colour with a = opacity · share of the strongest heat (for `diverging`: of the strongest of either sign).
 * Grey pictures become RGB, transparency is dropped.
 *
 * @throws HebbError when the map is empty or ragged, ShapeError when the picture is none
 * @example overlay({ width: 28, height: 28, channels: 1, pixels: image }, gradCamMap)
 */
export function overlay(picture: Picture, heat: readonly ArrayLike<number>[], options: OverlayOptions = {}): Picture {
  const { scale = 'sequential', range, opacity = 0.7 } = options
  if (!(opacity >= 0 && opacity <= 1)) throw new HebbError(`overlay: opacity ${opacity} is not in 0 … 1`)
  const { rows, columns } = matrixSize('overlay', heat)
  const shares = sharesOf(heat, scale, range)
  const base = rgbBytes(picture)
  const { width, height } = picture
  const pixels = new Uint8Array(base.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const share = between(shares, rows, columns, ((y + 0.5) / height) * rows - 0.5, ((x + 0.5) / width) * columns - 0.5)
      const strength = share === undefined ? 0 : scale === 'diverging' ? Math.abs(2 * share - 1) : share
      const color = colorAt(share ?? 0, scale)
      const at = 3 * (y * width + x)
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(base[at + c]! + opacity * strength * (color[c]! - base[at + c]!))
    }
  return { width, height, channels: 3, pixels, layout: 'hwc' }
}

/** The value between four neighbours, edges going on outwards; undefined where one of those that count is a hole. */
function between(values: readonly (number | undefined)[], rows: number, columns: number, y: number, x: number): number | undefined {
  const clamp = (i: number, size: number): number => Math.min(size - 1, Math.max(0, i))
  const [top, left] = [Math.floor(y), Math.floor(x)]
  let sum = 0
  for (const [row, wy] of [[top, 1 - (y - top)] as const, [top + 1, y - top] as const])
    for (const [column, wx] of [[left, 1 - (x - left)] as const, [left + 1, x - left] as const]) {
      const value = values[clamp(row, rows) * columns + clamp(column, columns)]
      if (wy * wx === 0) continue
      if (value === undefined) return undefined
      sum += wy * wx * value
    }
  return Math.min(1, Math.max(0, sum))
}

/** The bytes (H, W, 3) of any picture. */
function rgbBytes(picture: Picture): Uint8Array {
  const { width, height, channels } = picture
  const bytes = bytesOf(picture)
  const rgb = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) for (let c = 0; c < 3; c++) rgb[3 * at + c] = bytes[at * channels + (channels === 1 ? 0 : c)]!
  return rgb
}
