/** Shapes: sizes, axes, strides, broadcasting. */
import type { Dtype } from './dtype.js'
import { ShapeError } from './errors.js'

/** Sizes per axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[]

/** Number of elements: the product of the sizes, 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)

/** `(2, 3)`: how shapes are written in messages. */
export const showShape = (shape: Shape): string => `(${shape.join(', ')})`

/** Whether two shapes are the same. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])

/** The axis as 0 … rank-1; negative counts from the end. Throws ShapeError when outside. */
export function axisOf(axis: number, rank: number, op = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(
      `${op}: axis ${axis} does not exist in a tensor of rank ${rank}: give ${rank === 0 ? 'none' : `${-rank} to ${rank - 1}`}`,
    )
  return axis < 0 ? axis + rank : axis
}

/** One axis, a list, or nothing (all), as sorted distinct axes 0 … rank-1. */
export function axesOf(axes: number | readonly number[] | undefined | null, rank: number, op = 'axes'): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i)
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) => axisOf(a, rank, op))
  const sorted = [...new Set(list)].sort((a, b) => a - b)
  if (sorted.length !== list.length) throw new ShapeError(`${op}: axes ${showShape(list)} name one axis twice`)
  return sorted
}

/**
 * The common shape of operands that broadcast: aligned at the right, an axis of size 1 stretches.
 * Throws ShapeError naming the shapes.
 */
export function broadcast(shapes: readonly Shape[], op = 'broadcast'): Shape {
  let rank = 0
  for (const s of shapes) rank = Math.max(rank, s.length)
  const out = new Array<number>(rank).fill(1)
  for (const s of shapes)
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i
      const d = s[i]!
      if (d === 1 || d === out[at]) continue
      if (out[at] !== 1)
        throw new ShapeError(
          `${op}: shapes ${shapes.map(showShape).join(' and ')} do not broadcast: ${out[at]} and ${d} on axis ${at - rank}`,
        )
      out[at] = d
    }
  return out
}

/** The shape with `axes` removed, or kept with size 1. */
export const reducedShape = (shape: Shape, axes: readonly number[], keep: boolean): Shape =>
  keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i))

// shapes written with letters, as docs write them: checked where a tensor comes in, and read from there
type Words<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Words<Rest> : S

/** The sizes that letters name: `{ N, T, D }` of 'N T D'; numbers and `_` name none. */
export type Sizes<S extends string> = { readonly [K in Exclude<Words<S>, `${number}` | '_' | ''>]: number }

/**
 * The sizes of a shape by the letters of `pattern`, one word an axis: a letter that comes twice is one size, a number is that size, `_` is any.
 * Throws ShapeError, which begins with `what`, where the shape is another.
 */
export function sizesOf<S extends string>(shape: Shape, dtype: Dtype, pattern: S, what: string): Sizes<S> {
  const words = pattern.split(' ').filter((word) => word !== '')
  const found: Record<string, number> = {}
  const fail = (why: string): never => {
    throw new ShapeError(`${what}: ${showShape(shape)} ${dtype} is not (${words.join(', ')}): ${why}`)
  }
  if (words.length !== shape.length) fail(`it has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'}, not ${words.length}`)
  words.forEach((word, axis) => {
    const size = shape[axis]!
    const wanted = /^\d+$/.test(word) ? Number(word) : found[word]
    if (word === '_' || wanted === undefined) found[word] = size
    else if (wanted !== size) fail(word === String(wanted) ? `axis ${axis} is ${size}` : `${word} is ${wanted} and ${size}`)
  })
  return found as Sizes<S>
}
