/** Every primitive of grids, and what is made of them; most are methods of Tensor too. */
import type { Dtype } from '../tensor/dtype.js'
import type { Computed, Counted, Fractional, Limited, Meet, Rounded, Summed } from '../tensor/dtypes.js'
import * as arithmetic from './elementwise/arithmetic.js'
import type { Operand } from './elementwise/broadcasting.js'
import * as convert from './elementwise/cast.js'
import * as compare from './elementwise/compare.js'
import * as divisions from './elementwise/division.js'
import * as select from './elementwise/select.js'
import * as signs from './elementwise/signs.js'
import * as unary from './elementwise/unary.js'
import * as gathers from './gather/index.js'
import { type Choosing, type Giving, install, type Joining, type Meeting } from './methods.js'
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
  interface Tensor<D extends Dtype = Dtype>
    extends Giving<typeof compare, 'bool'>,
      Giving<Omit<typeof unary, 'abs' | 'ceil' | 'floor' | 'round' | 'sign' | 'square'>, Fractional[D]>,
      Giving<Pick<typeof unary, 'abs' | 'sign' | 'square'>, Computed[D]>,
      Giving<Pick<typeof unary, 'ceil' | 'floor' | 'round'>, Rounded[D]>,
      Giving<Pick<typeof arithmetic, 'neg'>, Computed[D]>,
      Meeting<Pick<typeof arithmetic, 'add' | 'maximum' | 'minimum' | 'mul'>, D, Computed>,
      Meeting<Pick<typeof arithmetic, 'mod' | 'pow' | 'sub'>, D, Rounded>,
      Meeting<Pick<typeof arithmetic, 'div'>, D, Fractional>,
      Meeting<typeof divisions, D, Counted>,
      Giving<Pick<typeof signs, 'trunc' | 'frac' | 'nanToNum'>, Computed[D]>,
      Giving<Pick<typeof signs, 'isInf' | 'isPosInf' | 'isNegInf' | 'signBit'>, 'bool'>,
      Giving<Pick<typeof signs, 'copySign'>, Fractional[D]>,
      Meeting<Pick<typeof signs, 'heaviside'>, D, Counted>,
      Giving<Pick<typeof select, 'maskedFill'>, Computed[D]>,
      Giving<Pick<typeof gathers, 'at' | 'embedding' | 'take' | 'takeAlong'>, D>,
      Giving<Pick<typeof gathers, 'indexAdd' | 'indexPut' | 'maskedScatter' | 'scatter' | 'scatterAdd' | 'scatterReduce'>, Computed[D]>,
      Joining<typeof products, D, Computed>,
      Joining<typeof tensorProducts, D, Computed>,
      Joining<Omit<typeof vectors, 'trace' | 'vecdot'>, D, Computed>,
      Joining<Pick<typeof vectors, 'vecdot'>, D, Summed>,
      Giving<Pick<typeof vectors, 'trace'>, Summed[D]>,
      Giving<Pick<typeof orders, 'flip' | 'repeat' | 'roll'>, D>,
      Giving<Pick<typeof orders, 'tile'>, Computed[D]>,
      Giving<typeof shapes, D>,
      Giving<typeof parts, D>,
      Giving<Pick<typeof triangles, 'diagonal'>, D>,
      Giving<Pick<typeof triangles, 'tril' | 'triu'>, Computed[D]>,
      Giving<typeof axes, D>,
      Giving<typeof diagonals, Computed[D]>,
      Giving<typeof running, Summed[D]>,
      Giving<Pick<typeof extremes, 'max' | 'min'>, Computed[D]>,
      Giving<Pick<typeof extremes, 'argmax' | 'argmin'>, 'i32'>,
      Giving<Pick<typeof extremes, 'all' | 'any'>, 'bool'>,
      Giving<typeof norms, Fractional[D]>,
      Giving<Pick<typeof sums, 'mean' | 'std' | 'variance'>, Fractional[D]>,
      Giving<Pick<typeof sums, 'sum'>, Summed[D]>,
      Choosing<Pick<typeof sorting, 'sort' | 'topK'>, Computed[D]>,
      Giving<Pick<typeof sorting, 'argsort'>, 'i32'> {
    // signatures that no mapped type can say
    cast<E extends Dtype>(dtype: E): Tensor<E>
    where<const A extends Operand, const B extends Operand>(a: A, b: B): Tensor<Meet<A, B>>
    clamp(limits: { min?: number | undefined; max?: number | undefined }): Tensor<Limited[D]>
    clamp(limits: { min?: Operand | undefined; max?: Operand | undefined }): Tensor
    oneHot<E extends Dtype = 'f32'>(classes: number, options?: { dtype?: E | undefined }): Tensor<E>
    nonzero(): Promise<Tensor<'i32'>>
    nonzero(options: gathers.FixedSize): Tensor<'i32'>
    maskedSelect(mask: Tensor): Promise<Tensor<Computed[D]>>
    maskedSelect(mask: Tensor, options: gathers.FixedSize): Tensor<Computed[D]>
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
