/** Every primitive of grids, and what is made of them; most are methods of Tensor too. */
import * as arithmetic from './elementwise/arithmetic.js'
import * as convert from './elementwise/cast.js'
import * as compare from './elementwise/compare.js'
import * as divisions from './elementwise/division.js'
import * as select from './elementwise/select.js'
import * as signs from './elementwise/signs.js'
import * as unary from './elementwise/unary.js'
import * as gathers from './gather/index.js'
import { install, type Methods } from './methods.js'
import * as orders from './move/order.js'
import * as shapes from './move/reshape.js'
import * as parts from './move/slice.js'
import * as triangles from './move/triangle.js'
import * as products from './products/matmul.js'
import * as tensorProducts from './products/tensordot.js'
import * as vectors from './products/vectors.js'
import * as running from './reduce/cumulative.js'
import * as extremes from './reduce/extremes.js'
import * as norms from './reduce/norm.js'
import * as sums from './reduce/sum.js'
import * as axes from './shape/axes.js'
import * as diagonals from './shape/diagonals.js'
import * as sorting from './sort/sort.js'
import './renamed.js'

export { cond } from './control/cond.js'
export { scan } from './control/scan.js'
export * from './elementwise/arithmetic.js'
export type { Operand } from './elementwise/broadcasting.js'
export * from './elementwise/cast.js'
export * from './elementwise/compare.js'
export * from './elementwise/division.js'
export * from './elementwise/select.js'
export * from './elementwise/signs.js'
export * from './elementwise/unary.js'
export { type EmbeddingBagOptions, embeddingBag } from './gather/embeddingBag.js'
export * from './gather/index.js'
export type { Index } from './gather/indexing.js'
export * from './move/concat.js'
export * from './move/create.js'
export * from './move/order.js'
export type { Range } from './move/ranges.js'
export * from './move/reshape.js'
export * from './move/slice.js'
export * from './move/triangle.js'
export { einsum } from './products/einsum.js'
export * from './products/matmul.js'
export * from './products/tensordot.js'
export * from './products/vectors.js'
/** Random tensors: `random.uniform`, `random.normal`, `random.bernoulli`. */
export * as random from './random.js'
export type { Axes, ReduceOptions } from './reduce/axes.js'
export * from './reduce/cumulative.js'
export * from './reduce/extremes.js'
export * from './reduce/norm.js'
export * from './reduce/sum.js'
export * from './shape/index.js'
export * from './sort/sort.js'

declare module '../tensor/tensor.js' {
  interface Tensor
    extends Methods<typeof arithmetic>,
      Methods<typeof convert>,
      Methods<typeof compare>,
      Methods<typeof divisions>,
      Methods<typeof signs>,
      Methods<typeof select>,
      Methods<typeof unary>,
      Methods<typeof gathers>,
      Methods<typeof products>,
      Methods<typeof vectors>,
      Methods<typeof tensorProducts>,
      Methods<typeof orders>,
      Methods<typeof shapes>,
      Methods<typeof parts>,
      Methods<typeof triangles>,
      Methods<typeof running>,
      Methods<typeof extremes>,
      Methods<typeof norms>,
      Methods<typeof sums>,
      Methods<typeof axes>,
      Methods<typeof diagonals>,
      Methods<typeof sorting> {
    // a mapped type sees the last of several signatures only
    nonzero(): Promise<Tensor>
    nonzero(options: gathers.FixedSize): Tensor
    maskedSelect(mask: Tensor): Promise<Tensor>
    maskedSelect(mask: Tensor, options: gathers.FixedSize): Tensor
  }
}

install(
  divisions,
  signs,
  arithmetic,
  convert,
  compare,
  select,
  unary,
  gathers,
  products,
  vectors,
  tensorProducts,
  orders,
  shapes,
  parts,
  triangles,
  running,
  extremes,
  norms,
  sums,
  axes,
  diagonals,
  sorting,
)
