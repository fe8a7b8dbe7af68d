/** The largest number of each window, and where it stands: what max pools are made of. */

import { placeholder } from '../../../graph/leaf.js'
import { Body, defineOp, type Emit, SubGraph } from '../../../graph/op.js'
import { where } from '../../../ops/elementwise/select.js'
import { type Dtype, isFloat, numberDtypes } from '../../../tensor/dtype.js'
import { encode } from '../../../tensor/nested.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import { fromData, type Tensor } from '../../../tensor/tensor.js'
import { gatherWindows } from '../convolution/columns.js'
import { endOf, type Table, walkTables } from '../geometry.js'
import { adaptiveTable, type Pool } from '../pooling.js'
import { scatter, separation } from './scatter.js'

/** Windows as a pool walks them, or shared out evenly. */
export interface Windows {
  readonly pool?: Pool | undefined
  readonly adaptive?: readonly number[] | undefined
  readonly [key: string]: unknown
}

interface Largest extends Windows {
  /** the numbers, or their places: row-major in x as a whole, i64 */
  readonly result: 'values' | 'places'
  /** the fast node overlooks NaN: whether there is any can be known, or is asked when the program runs */
  readonly nan: 'ask' | 'none' | 'some'
}

const countsOf = ({ pool, adaptive }: Windows): readonly number[] => (pool ? pool.out : adaptive!)

const tablesOf = (shape: Shape, { pool, adaptive }: Windows): Table[] =>
  pool ? walkTables(shape.slice(2), pool.kernel, pool.out, pool) : shape.slice(2).map((n, a) => adaptiveTable(n, adaptive![a]!))

const largest: (x: Tensor, windows: Largest) => Tensor = defineOp({
  name: 'maxPool',
  kernels: numberDtypes,
  args: (x: Tensor, windows: Largest) => [[x], windows],
  spec: ([x], windows) => ({
    shape: [...x!.shape.slice(0, 2), ...countsOf(windows)],
    dtype: windows.result === 'values' ? x!.dtype : 'i64',
  }),
  vjp: (g, { inputs: [x], attrs }) => {
    const places = largest(x!, { ...attrs, result: 'places' })
    const tables = tablesOf(x!.shape, attrs)
    const nothing = emptyWindows(tables)
    // a window without a number has no place either
    const real = nothing.includes(true) ? where(fromData(Uint8Array.from(nothing, Number), countsOf(attrs), 'bool'), 0, g) : g
    return [scatter(real, places, x!.shape, separation(tables))]
  },
  onnx: (e, [x], windows, node) => {
    const { shape, dtype } = node.inputs[0]!
    const { pool, result, nan } = windows
    if (!pool || dtype !== 'f32' || !standard(shape, pool) || nan === 'some')
      return searched(e, x!, shape, tablesOf(shape, windows), dtype, result)
    if (nan === 'none' || !e.native) return pooled(e, x!, shape, pool, result)
    const branch = (known: 'none' | 'some'): SubGraph => {
      const inner = placeholder(shape, dtype)
      return new SubGraph(new Body([inner], [largest(inner, { ...windows, nan: known })]), [x!])
    }
    // a sum shows in one pass whether there may be a NaN, or where padding counts as the least number, an infinity
    const planes = e('ReduceSum', [x, e.ints(pool.out.map((_, a) => a + 2))], { keepdims: 0 })
    const all = e('ReduceSum', [planes], { keepdims: 0 })
    const padded = [...pool.begin, ...ends(shape, pool)].some((v) => v > 0)
    const doubtful = padded ? e('Not', [e('Less', [e('Abs', [all]), e.scalar(Number.POSITIVE_INFINITY, dtype)])]) : e('IsNaN', [all])
    return e('If', [doubtful], { then_branch: branch('some'), else_branch: branch('none') })
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape) * sizeOf((node.attrs.pool as Pool | undefined)?.kernel ?? [1]),
})

/** The largest number of each window of x (N, C, …); NaN counts as the largest, of equal ones the first gets the gradient. */
export const windowMax = (x: Tensor, windows: Windows): Tensor => largest(x, { ...windows, result: 'values', nan: 'ask' })

/** Where the largest number of each window stands, row-major in x as a whole, i64; without a gradient. */
export const windowPlaces = (x: Tensor, windows: Windows): Tensor => largest(x, { ...windows, result: 'places', nan: 'ask' })

/** Of all windows, row-major, which have no position inside x: dilation can step over it from one padding to the other. */
function emptyWindows(tables: readonly Table[]): boolean[] {
  return tables.reduce<boolean[]>(
    (list, { windows, taps, index }) => {
      const own = Array.from({ length: windows }, (_, p) => index.slice(p * taps, (p + 1) * taps).every((i) => i < 0))
      return list.flatMap((outer) => own.map((inner) => outer || inner))
    },
    [false],
  )
}

const ends = (shape: Shape, { kernel, out, stride, dilation, begin }: Pool): number[] =>
  kernel.map((k, a) => Math.max(endOf(shape[a + 2]!, k, out[a]!, stride[a]!, dilation[a]!, begin[a]!), 0))

/** Whether MaxPool takes these windows: it wants padding smaller than the number of taps, and a number in each window. */
const standard = (shape: Shape, pool: Pool): boolean =>
  !emptyWindows(tablesOf(shape, { pool })).includes(true) &&
  pool.out.length <= 3 &&
  pool.kernel.every((k, a) => pool.begin[a]! < k && ends(shape, pool)[a]! < k)

function pooled(e: Emit, x: string, shape: Shape, pool: Pool, result: Largest['result']): string {
  const attrs = { kernel_shape: pool.kernel, strides: pool.stride, dilations: pool.dilation, pads: [...pool.begin, ...ends(shape, pool)] }
  return result === 'values' ? e('MaxPool', [x], attrs) : e.many('MaxPool', [x], 2, attrs)[1]!
}

/** The same from all windows gathered: for every dtype, any windows, and NaN, which wins over everything, the last one if there are several. */
function searched(e: Emit, x: string, shape: Shape, tables: readonly Table[], dtype: Dtype, result: Largest['result']): string {
  const least = isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtype === 'u8' ? 0 : -(2 ** 31)
  const axes = tables.map((_, a) => 2 + 2 * a)
  const counts = tables.map((t) => t.windows)
  const taps = sizeOf(tables.map((t) => t.taps))
  const split = e('Transpose', [gatherWindows(e, x, tables, dtype, least)], { perm: [0, 1, ...axes, ...axes.map((a) => a + 1)] })
  const windows = e('Reshape', [split, e.ints([shape[0]!, shape[1]!, ...counts, taps])])
  const last = counts.length + 2
  const nan = isFloat(dtype) ? e.cast(e('IsNaN', [windows]), 'i32') : undefined
  const any = nan && e.cast(e('ReduceMax', [nan, e.ints([last])], { keepdims: 0 }), 'bool')
  if (result === 'values') {
    const most = e('ReduceMax', [windows, e.ints([last])], { keepdims: 0 })
    return any ? e('Where', [any, e.scalar(Number.NaN, dtype), most]) : most
  }
  const first = e('ArgMax', [windows], { axis: last, keepdims: 0 })
  const tap = any ? e('Where', [any, e('ArgMax', [nan], { axis: last, keepdims: 0, select_last_index: 1 }), first]) : first
  // from window and tap to the place in the plane, then in x
  const row = e.constant(
    encode(
      Array.from({ length: sizeOf(counts) }, (_, p) => p * taps),
      'i64',
    ),
    counts,
    'i64',
  )
  const inPlane = e('Gather', [e.constant(encode(placesInPlane(tables), 'i64'), [sizeOf(counts) * taps], 'i64'), e('Add', [tap, row])])
  const planes = shape[0]! * shape[1]!
  const starts = encode(
    Array.from({ length: planes }, (_, i) => i * sizeOf(shape.slice(2))),
    'i64',
  )
  return e('Add', [inPlane, e.constant(starts, [shape[0]!, shape[1]!, ...counts.map(() => 1)], 'i64')])
}

/** Row-major place of every tap of every window. A tap outside wins only where all of a window is −∞: it stands for the first tap inside. */
function placesInPlane(tables: readonly Table[]): number[] {
  const combine = (axis: number, pick: (t: Table) => number[][]): number[][] =>
    axis === tables.length ? [[]] : pick(tables[axis]!).flatMap((own) => combine(axis + 1, pick).map((rest) => [...own, ...rest]))
  const windows = combine(0, (t) => Array.from({ length: t.windows }, (_, p) => [p]))
  const taps = combine(0, (t) => Array.from({ length: t.taps }, (_, k) => [k]))
  return windows.flatMap((window) => {
    const places = taps.map((tap) => {
      const at = tables.map((t, a) => t.index[window[a]! * t.taps + tap[a]!]!)
      return at.includes(-1) ? -1 : at.reduce((flat, v, a) => flat * tables[a]!.size + v, 0)
    })
    const inside = places.find((v) => v >= 0) ?? 0
    return places.map((v) => (v < 0 ? inside : v))
  })
}
