/** How a window walks over an axis: the arithmetic that convolutions and pools share. */
import { ShapeError } from '../../tensor/errors.js'
import { type Shape, showShape } from '../../tensor/shape.js'

/** One number for every spatial axis, or a list with one for each. */
export type PerAxis = number | readonly number[]

/**
 * Where windows lie: window p covers positions p·stride + k·dilation − begin, and what falls outside the axis reads as zero
 * (nothing, for pools). A negative `begin` skips positions. How many windows there are says the op.
 */
export interface Walk {
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly begin: readonly number[]
}

/** A walk of convolution: channels in `groups` that do not see each other. */
export interface Geometry extends Walk {
  readonly groups: number
  readonly [key: string]: unknown
}

/** Positions from the first to the last tap of a window, both included. */
export const extent = (taps: number, dilation: number): number => (taps - 1) * dilation + 1

/** Padding after the axis that lets exactly `count` windows fit; negative where that many positions stay unread. */
export const endOf = (size: number, taps: number, count: number, stride: number, dilation: number, begin: number): number =>
  (count - 1) * stride + extent(taps, dilation) - size - begin

/** Windows that fit into an axis padded on both sides. */
export const countOf = (size: number, taps: number, stride: number, dilation: number, padding: number): number =>
  Math.floor((size + padding - extent(taps, dilation)) / stride) + 1

/** The option as one whole number per spatial axis. Throws ShapeError when it is not, or below `least`. */
export function perAxis(value: PerAxis, rank: number, name: string, least: number): number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value]
  if (list.length !== rank)
    throw new ShapeError(`${name} ${showShape(list)} has ${list.length} numbers for ${rank} spatial axes: give one number, or one for each`)
  for (const v of list)
    if (!Number.isInteger(v) || v < least) throw new ShapeError(`${name} ${showShape(list)}: ${v} is not a whole number from ${least}`)
  return list
}

/** The last axes of a shape: those behind batch and channels. */
export const spatialOf = (shape: Shape): number[] => shape.slice(2)

/** Which position of an axis each tap of each window reads, row by row of windows; −1 is outside. */
export interface Table {
  readonly size: number
  readonly windows: number
  readonly taps: number
  readonly index: readonly number[]
}

/** A table from a rule; whatever lies outside 0 … size−1 becomes −1. */
export function tableOf(size: number, windows: number, taps: number, at: (window: number, tap: number) => number): Table {
  const index: number[] = []
  for (let p = 0; p < windows; p++)
    for (let k = 0; k < taps; k++) {
      const i = at(p, k)
      index.push(i >= 0 && i < size ? i : -1)
    }
  return { size, windows, taps, index }
}

/** The table of each spatial axis for windows of `taps` positions. */
export const walkTables = (sizes: Shape, taps: Shape, counts: Shape, { stride, dilation, begin }: Walk): Table[] =>
  sizes.map((size, a) => tableOf(size, counts[a]!, taps[a]!, (p, k) => p * stride[a]! + k * dilation[a]! - begin[a]!))

/** The other way round: for each of `sizes` positions and each tap, the window (of `counts`) that reads the position with that tap. */
export const reverseTables = (sizes: Shape, taps: Shape, counts: Shape, { stride, dilation, begin }: Walk): Table[] =>
  sizes.map((size, a) =>
    tableOf(counts[a]!, size, taps[a]!, (i, k) => {
      const p = (i + begin[a]! - k * dilation[a]!) / stride[a]!
      return Number.isInteger(p) ? p : -1
    }),
  )
