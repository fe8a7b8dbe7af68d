/** Every primitive and what is made of them; most are methods of Tensor too. */
import { Tensor } from '../tensor/tensor.js'
import * as activations from './activation/index.js'
import * as distances from './distance/index.js'
import * as arithmetic from './elementwise/arithmetic.js'
import * as convert from './elementwise/cast.js'
import * as compare from './elementwise/compare.js'
import * as select from './elementwise/select.js'
import * as unary from './elementwise/unary.js'
import * as gathers from './gather/index.js'
import * as matrices from './linalg/index.js'
import * as products from './linalg/matmul.js'
import * as vectors from './linalg/products.js'
import * as tensorProducts from './linalg/tensordot.js'
import * as orders from './move/order.js'
import * as padding from './move/pad.js'
import * as shapes from './move/reshape.js'
import * as parts from './move/slice.js'
import * as triangles from './move/triangle.js'
import * as normals from './normal/index.js'
import * as running from './reduce/cumulative.js'
import * as extremes from './reduce/extremes.js'
import * as norms from './reduce/norm.js'
import * as sums from './reduce/sum.js'
import * as searches from './search/index.js'
import * as axes from './shape/axes.js'
import * as diagonals from './shape/diagonals.js'
import * as sorting from './sort/sort.js'
import * as averages from './spatial/avgPool.js'
import * as convolutions from './spatial/conv.js'
import * as fractional from './spatial/fractionalMaxPool.js'
import * as sampling from './spatial/gridSample.js'
import * as resizing from './spatial/interpolate.js'
import * as powers from './spatial/lpPool.js'
import * as maxima from './spatial/maxPool.js'
import * as shuffles from './spatial/shuffle.js'
import * as columns from './spatial/unfold.js'
import * as unpooling from './spatial/unpool.js'
import * as special from './special/index.js'
import * as statistics from './statistics/index.js'
import './renamed.js'

export * from './activation/index.js'
export { type AttentionOptions, type AveragingOptions, attentionWeights, scaledDotProductAttention } from './attention.js'
export { cond } from './control/cond.js'
export { scan } from './control/scan.js'
export * from './distance/index.js'
export * from './elementwise/arithmetic.js'
export type { Operand } from './elementwise/broadcasting.js'
export * from './elementwise/cast.js'
export * from './elementwise/compare.js'
export * from './elementwise/select.js'
export * from './elementwise/unary.js'
export * from './fft/fft.js'
export * from './fft/spectra.js'
export { type EmbeddingBagOptions, embeddingBag } from './gather/embeddingBag.js'
export * from './gather/index.js'
export type { Index } from './gather/indexing.js'
export { einsum } from './linalg/einsum.js'
export type { Lu } from './linalg/factor/lu.js'
export type { TriangularOptions } from './linalg/factor/triangular.js'
export * from './linalg/index.js'
export type { LeastSquares, RankOptions } from './linalg/leastSquares.js'
export * from './linalg/matmul.js'
export type { MatrixNormOptions, MatrixNormOrder } from './linalg/norms.js'
export { multiDot } from './linalg/powers.js'
export * from './linalg/products.js'
export * from './linalg/tensordot.js'
export * from './move/concat.js'
export * from './move/create.js'
export * from './move/order.js'
export * from './move/pad.js'
export type { Range } from './move/ranges.js'
export * from './move/reshape.js'
export * from './move/slice.js'
export * from './move/triangle.js'
export * from './normal/index.js'
/** Random tensors: `random.uniform`, `random.normal`, `random.bernoulli`. */
export * as random from './random.js'
export type { Axes, ReduceOptions } from './reduce/axes.js'
export * from './reduce/cumulative.js'
export * from './reduce/extremes.js'
export * from './reduce/norm.js'
export * from './reduce/sum.js'
export * from './search/index.js'
export * from './shape/index.js'
export * from './sort/sort.js'
export * from './spatial/avgPool.js'
export * from './spatial/conv.js'
export * from './spatial/fractionalMaxPool.js'
export * from './spatial/gridSample.js'
export * from './spatial/interpolate.js'
export * from './spatial/lpPool.js'
export * from './spatial/maxPool.js'
export * from './spatial/shuffle.js'
export * from './spatial/unfold.js'
export * from './spatial/unpool.js'
export * from './special/index.js'
export * from './statistics/index.js'

/** The functions of a module as methods: each takes the tensor first. */
type Methods<M> = {
  [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer R) => infer Out ? (...rest: R) => Out : never
}

declare module '../tensor/tensor.js' {
  interface Tensor
    extends Methods<typeof activations>,
      Methods<typeof arithmetic>,
      Methods<typeof compare>,
      Methods<typeof convert>,
      Methods<typeof select>,
      Methods<typeof unary>,
      Methods<typeof distances>,
      Methods<typeof gathers>,
      Methods<typeof tensorProducts>,
      Methods<typeof searches>,
      Methods<typeof axes>,
      Methods<typeof diagonals>,
      Methods<typeof special>,
      Methods<typeof statistics>,
      Methods<typeof orders>,
      Methods<typeof parts>,
      Methods<typeof triangles>,
      Methods<typeof matrices>,
      Methods<typeof products>,
      Methods<typeof vectors>,
      Methods<typeof shapes>,
      Methods<typeof running>,
      Methods<typeof extremes>,
      Methods<typeof norms>,
      Methods<typeof normals>,
      Methods<typeof sorting>,
      Methods<typeof padding>,
      Methods<typeof averages>,
      Methods<typeof convolutions>,
      Methods<typeof resizing>,
      Methods<typeof maxima>,
      Methods<typeof powers>,
      Methods<typeof fractional>,
      Methods<typeof sampling>,
      Methods<typeof shuffles>,
      Methods<typeof columns>,
      Methods<typeof unpooling>,
      Methods<typeof sums> {
    // a mapped type sees the last of several signatures only
    nonzero(): Promise<Tensor>
    nonzero(options: gathers.FixedSize): Tensor
    maskedSelect(mask: Tensor): Promise<Tensor>
    maskedSelect(mask: Tensor, options: gathers.FixedSize): Tensor
    bincount(options?: searches.BincountOptions): Promise<Tensor>
    bincount(options: { weights?: Tensor; length: number }): Tensor
    unique(options?: searches.UniqueOptions): Promise<searches.Unique>
    unique(options: gathers.FixedSize): searches.Unique
  }
}

for (const module of [
  activations,
  arithmetic,
  compare,
  convert,
  select,
  unary,
  distances,
  gathers,
  tensorProducts,
  searches,
  axes,
  diagonals,
  special,
  statistics,
  orders,
  parts,
  triangles,
  matrices,
  products,
  vectors,
  shapes,
  running,
  extremes,
  norms,
  normals,
  sorting,
  padding,
  averages,
  convolutions,
  resizing,
  maxima,
  powers,
  fractional,
  sampling,
  shuffles,
  columns,
  unpooling,
  sums,
])
  for (const [name, f] of Object.entries(module))
    Object.defineProperty(Tensor.prototype, name, {
      value(this: Tensor, ...rest: readonly unknown[]) {
        return (f as (...all: readonly unknown[]) => unknown)(this, ...rest)
      },
      configurable: true,
      writable: true,
    })
