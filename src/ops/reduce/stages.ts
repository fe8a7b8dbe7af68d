/** Sums of many numbers, in stages: every partial sum is of few numbers, so that rounding grows with the logarithm of how many there are. */
import type { Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../tensor/shape.js'

/** Additions in a row after which constants of f32 are off by 5e-7; the runtime adds side by side eight numbers that lie side by side */
const inRow = 64
const sideBySide = 8
/** Rows of a batch, say: a second stage would cost more than the step it is part of can spare. */
const rowsInOneStage = 128

/** from here on a row of ones times the matrix is the faster sum of its rows: 0.2 ms for 3072 × 512, ReduceSum 0.6; equal below */
const manyNumbers = 100_000

/** Neighbouring axes that are all summed, or all kept. */
interface Run {
  readonly size: number
  readonly summed: boolean
}

function runsOf(shape: Shape, axes: readonly number[]): Run[] {
  const runs: Run[] = []
  for (const [i, size] of shape.entries()) {
    const [summed, last] = [axes.includes(i), runs.at(-1)]
    if (size === 1) continue
    if (last?.summed === summed) runs[runs.length - 1] = { size: last.size * size, summed }
    else runs.push({ size, summed })
  }
  return runs
}

/** How many numbers a node that reduces `axes` adds one after the other: only along the last axis does it add side by side. */
function additions(shape: Shape, axes: readonly number[]): number {
  const runs = runsOf(shape, axes)
  const beside = axes.includes(shape.length - 1) ? sideBySide : 1
  return runs.reduce((n, { size, summed }, i) => n + (summed ? size / (i === runs.length - 1 ? beside : 1) : 0), 0)
}

/** Equal pieces of an axis. */
export interface Pieces {
  readonly length: number
  readonly count: number
}

/** Pieces of `size` numbers: of a length that divides it, near the wanted one; else of the wanted one, with numbers missing at the end. */
export function piecesOf(size: number, wanted: number): Pieces {
  let length = 0
  for (let d = Math.ceil(wanted / 4); d <= 2 * wanted; d++)
    if (size % d === 0 && Math.abs(Math.log(d / wanted)) < Math.abs(Math.log((length || Number.MIN_VALUE) / wanted))) length = d
  return length > 0 ? { length, count: size / length } : { length: wanted, count: Math.ceil(size / wanted) }
}

/** Pieces of the rows of a batch: some hundreds that divide into longer ones only, such as 4 × 197, are not copied to be filled up. */
function rowsOf(size: number): Pieces {
  const pieces = piecesOf(size, inRow)
  if (pieces.length * pieces.count === size || size > 16 * inRow) return pieces
  const longer = piecesOf(size, 3 * inRow)
  return longer.length * longer.count === size && longer.length <= 4 * inRow ? longer : pieces
}

type Middle = readonly [before: number, size: number, after: number]

/** x (before, size, after) as (before, count, length, after), filled up with `nothing` where the pieces are longer; no axis behind where after is 1. */
export function inPieces(e: Emit, x: string, [before, size, after]: Middle, { length, count }: Pieces, nothing: string): string {
  const missing = count * length - size
  const whole = missing === 0 ? x : e('Pad', [e('Reshape', [x, e.ints([before, size, after])]), e.ints([0, 0, 0, 0, missing, 0]), nothing])
  return e('Reshape', [whole, e.ints(after === 1 ? [before * count, length] : [before * count, length, after])])
}

/** Σ over the middle of x (before, size, after). */
function sumMiddle(e: Emit, x: string, [before, size, after]: Middle, dtype: Dtype): string {
  const again = (y: string, left: number): string => (left === 1 ? y : sumMiddle(e, y, [before, left, after], dtype))
  if (before === 1 && after > 1 && (size > inRow || size * after >= manyNumbers)) {
    const pieces = size <= 2 * inRow ? { length: size, count: 1 } : rowsOf(size)
    const ones = e('Expand', [e.scalar(1, dtype), e.ints([1, pieces.length])])
    // a row of the matrix holds a number of every piece
    const whole = e('Reshape', [
      inPieces(e, x, [1, size, after], pieces, e.scalar(0, dtype)),
      e.ints([pieces.length, pieces.count * after]),
    ])
    return again(e('Gemm', [ones, whole]), pieces.count)
  }
  const alone = size <= inRow * (after === 1 ? sideBySide : 1)
  const pieces = alone ? { length: size, count: 1 } : piecesOf(size, after === 1 ? inRow : inRow / 2)
  const y = e('ReduceSum', [inPieces(e, x, [before, size, after], pieces, e.scalar(0, dtype)), e.ints([1])], { keepdims: 0 })
  return again(y, pieces.count)
}

type MiddleSum = (x: string, middle: Middle) => string

/** Every run of summed axes, the last one first, summed as the middle of three axes; then the axes that are left. */
function byRuns(e: Emit, x: string, shape: Shape, axes: readonly number[], keep: boolean, sum: MiddleSum): string {
  const runs = runsOf(shape, axes)
  const y = runs.reduceRight((v, { size, summed }, i) => {
    const before = sizeOf(runs.slice(0, i).map((r) => r.size))
    const after = sizeOf(runs.slice(i + 1).map((r) => (r.summed ? 1 : r.size)))
    return summed ? sum(v, [before, size, after]) : v
  }, x)
  return e('Reshape', [y, e.ints(shape.flatMap((d, i) => (!axes.includes(i) ? [d] : keep ? [1] : [])))])
}

/**
 * Writes Σ of floats over `axes`, reduced axes kept with size 1 where `keep` is set. Exported models have one ReduceSum: sizes may be free there.
 *
 * Stages are faster, too: for 8·10⁶ numbers 0.3 ms where ReduceSum takes 0.9 on two threads, for the rows of 8192 × 256 0.37 and 1.07.
 */
export function emitSum(e: Emit, x: string, shape: Shape, axes: readonly number[], keep: boolean, dtype: Dtype): string {
  const runs = runsOf(shape, axes)
  const leading = runs.length === 2 && runs[0]!.summed && sizeOf(shape) >= manyNumbers
  const few = axes.includes(shape.length - 1) ? inRow : rowsInOneStage
  if (!e.native || (!leading && additions(shape, axes) <= few)) return e('ReduceSum', [x, e.ints(axes)], { keepdims: keep ? 1 : 0 })
  return byRuns(e, x, shape, axes, keep, (v, middle) => sumMiddle(e, v, middle, dtype))
}

/** Writes the mean of floats over `axes`, kept with size 1. */
export function emitMean(e: Emit, x: string, shape: Shape, axes: readonly number[], dtype: Dtype): string {
  if (!e.native || additions(shape, axes) <= inRow) return e('ReduceMean', [x, e.ints(axes)])
  return e('Mul', [emitSum(e, x, shape, axes, true, dtype), e.scalar(1 / sizeOf(axes.map((a) => shape[a]!)), dtype)])
}

/** Writes Σ of i64 over `axes`, exact and wrapping as integers do, by products with ones: the runtime's sums of integers go through floats. */
export function emitIntegerSum(e: Emit, x: string, shape: Shape, axes: readonly number[], keep: boolean): string {
  const ones = (s: Shape): string => e('Expand', [e.scalar(1, 'i64'), e.ints(s)])
  return byRuns(e, x, shape, axes, keep, (v, [before, size, after]) =>
    after === 1
      ? e('MatMul', [e('Reshape', [v, e.ints([before, size])]), ones([size, 1])])
      : e('MatMul', [ones([1, size]), e('Reshape', [v, e.ints([before, size, after])])]),
  )
}

/** additions in a row after which a logarithm is off by 1e-7 */
const inRowOfExponentials = 1024

/** Writes log Σ eˣ over `axes`. Σ over pieces first: the logarithm of a sum of sums is that of their logarithms. */
export function emitLogSumExp(e: Emit, x: string, shape: Shape, axes: readonly number[], keep: boolean, dtype: Dtype): string {
  if (!e.native || additions(shape, axes) <= inRowOfExponentials) return e('ReduceLogSumExp', [x, e.ints(axes)], { keepdims: keep ? 1 : 0 })
  const middle: MiddleSum = (v, [before, size, after]) => {
    const pieces = size <= inRowOfExponentials ? { length: size, count: 1 } : piecesOf(size, inRow)
    const parts = inPieces(e, v, [before, size, after], pieces, e.scalar(Number.NEGATIVE_INFINITY, dtype))
    const y = e('ReduceLogSumExp', [parts, e.ints([1])], { keepdims: 0 })
    return pieces.count === 1 ? y : middle(y, [before, pieces.count, after])
  }
  return byRuns(e, x, shape, axes, keep, middle)
}
