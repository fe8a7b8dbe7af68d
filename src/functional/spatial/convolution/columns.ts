/** Convolutions as matrix products over gathered windows: for every dtype and rank that has a matrix product, f64 above all. */
import type { Emit } from '../../../graph/op.js'
import type { Dtype } from '../../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import { type Geometry, reverseTables, spatialOf, type Table, walkTables } from '../geometry.js'

/**
 * Every spatial axis of x (N, C, …S) split into windows and taps: (N, C, P₁, K₁, P₂, K₂, …). Positions outside read as `fill`.
 */
export function gatherWindows(e: Emit, x: string, tables: readonly Table[], dtype: Dtype, fill = 0): string {
  const outside = tables.map((t) => t.index.includes(-1))
  let y = x
  if (outside.includes(true)) {
    const ends = [0, 0, ...outside.map(Number)]
    y = e('Pad', [y, e.ints([...ends.map(() => 0), ...ends]), e.scalar(fill, dtype)])
  }
  tables.forEach((t, a) => {
    const index = Int32Array.from(t.index, (i) => (i < 0 ? t.size : i))
    y = e('Gather', [y, e.constant(index, [t.windows, t.taps], 'i32')], { axis: 2 + 2 * a })
  })
  return y
}

const split = (e: Emit, x: string, shape: Shape): string => e('Reshape', [x, e.ints(shape)])
const even = (rank: number, from: number): number[] => Array.from({ length: rank }, (_, a) => from + 2 * a)

/** y[n, o, p] = Σ w[o, c, k] · x[n, c, p·stride + k·dilation − begin] */
export function convColumns(e: Emit, x: string, w: string, xShape: Shape, wShape: Shape, out: Shape, g: Geometry, dtype: Dtype): string {
  const [O, c] = [wShape[0]!, wShape[1]!]
  const [K, r] = [spatialOf(wShape), out.length]
  const windows = gatherWindows(e, x, walkTables(spatialOf(xShape), K, out, g), dtype)
  const ordered = e('Transpose', [windows], { perm: [0, 1, ...even(r, 3), ...even(r, 2)] })
  const columns = split(e, ordered, [xShape[0]!, g.groups, c * sizeOf(K), sizeOf(out)])
  const y = e('MatMul', [split(e, w, [g.groups, O / g.groups, c * sizeOf(K)]), columns])
  return split(e, y, [xShape[0]!, O, ...out])
}

/** x[n, c, i] = Σ w[o, c, k] · y[n, o, p] over all p, k with p·stride + k·dilation − begin = i */
export function convTransposeColumns(
  e: Emit,
  y: string,
  w: string,
  yShape: Shape,
  wShape: Shape,
  out: Shape,
  g: Geometry,
  dtype: Dtype,
): string {
  const [O, c] = [wShape[0]!, wShape[1]!]
  const [K, r, o] = [spatialOf(wShape), out.length, O / g.groups]
  const windows = gatherWindows(e, y, reverseTables(out, K, spatialOf(yShape), g), dtype)
  const ordered = e('Transpose', [windows], { perm: [0, 1, ...even(r, 3), ...even(r, 2)] })
  const columns = split(e, ordered, [yShape[0]!, g.groups, o * sizeOf(K), sizeOf(out)])
  const weights = e('Transpose', [split(e, w, [g.groups, o, c, sizeOf(K)])], { perm: [0, 2, 1, 3] })
  const x = e('MatMul', [split(e, weights, [g.groups, c, o * sizeOf(K)]), columns])
  return split(e, x, [yShape[0]!, g.groups * c, ...out])
}

/** w[o, c, k] = Σ y[n, o, p] · x[n, c, p·stride + k·dilation − begin] over n and p */
export function weightGradColumns(
  e: Emit,
  x: string,
  y: string,
  xShape: Shape,
  yShape: Shape,
  kernel: Shape,
  g: Geometry,
  dtype: Dtype,
): string {
  const [C, O, r] = [xShape[1]!, yShape[1]!, kernel.length]
  const [c, o, P] = [C / g.groups, O / g.groups, spatialOf(yShape)]
  const windows = gatherWindows(e, x, walkTables(spatialOf(xShape), kernel, P, g), dtype)
  // (N, C, P₁, K₁, …) → (C, N, P…, K…) → (groups, c, N·P, K) → (groups, N·P, c·K)
  const ordered = e('Transpose', [windows], { perm: [1, 0, ...even(r, 2), ...even(r, 3)] })
  const rows = e('Transpose', [split(e, ordered, [g.groups, c, -1, sizeOf(kernel)])], { perm: [0, 2, 1, 3] })
  const columns = split(e, rows, [g.groups, -1, c * sizeOf(kernel)])
  const left = e('Transpose', [y], { perm: [1, 0, ...P.map((_, a) => a + 2)] })
  const w = e('MatMul', [split(e, left, [g.groups, o, -1]), columns])
  return split(e, w, [O, c, ...kernel])
}
