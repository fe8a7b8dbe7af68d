/** What layers compute: activations, normalisation, convolution, attention; most are methods of Tensor too. */
import '../ops/index.js'
import { type Giving, install, type Joining } from '../ops/methods.js'
import type { Dtype } from '../tensor/dtype.js'
import type { Computed, Fractional, Ranked } from '../tensor/dtypes.js'
import * as activations from './activation/index.js'
import * as normals from './normal/index.js'
import * as padding from './pad.js'
import * as averages from './spatial/avgPool.js'
import * as convolutions from './spatial/conv.js'
import * as fractional from './spatial/fractionalMaxPool.js'
import type { PerAxis } from './spatial/geometry.js'
import * as sampling from './spatial/gridSample.js'
import * as resizing from './spatial/interpolate.js'
import * as powers from './spatial/lpPool.js'
import * as maxima from './spatial/maxPool.js'
import * as shuffles from './spatial/shuffle.js'
import * as columns from './spatial/unfold.js'
import * as unpooling from './spatial/unpool.js'

export * from './activation/index.js'
export { type AttentionOptions, type AveragingOptions, attentionWeights, scaledDotProductAttention } from './attention.js'
export {
  type Attended,
  type AttentionAfterOptions,
  attentionAfter,
  type KeptKeysValues,
  type KeysValues,
  keptWidth,
  placesAfter,
  type RotaryTables,
} from './attentionAfter.js'
export * from './normal/index.js'
export * from './pad.js'
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

declare module '../tensor/tensor.js' {
  interface Tensor<D extends Dtype = Dtype>
    extends Giving<typeof activations, Fractional[D]>,
      Giving<typeof padding, Computed[D]>,
      Giving<typeof normals, Fractional[D]>,
      Giving<typeof averages, Computed[D]>,
      Joining<typeof convolutions, D, Computed>,
      Giving<typeof fractional, Ranked[D]>,
      Giving<typeof sampling, Fractional[D]>,
      Giving<typeof resizing, Computed[D]>,
      Giving<typeof powers, Fractional[D]>,
      Giving<typeof maxima, Ranked[D]>,
      Giving<typeof shuffles, D>,
      Giving<typeof columns, D>,
      Giving<Pick<typeof unpooling, 'maxUnpool'>, Ranked[D]> {
    // results of two dtypes
    maxPoolWithIndices(
      size: PerAxis,
      options?: maxima.MaxPoolOptions,
    ): { readonly values: Tensor<Ranked[D]>; readonly indices: Tensor<'i64'> }
  }
}

install(activations, padding, normals, averages, convolutions, fractional, sampling, resizing, powers, maxima, shuffles, columns, unpooling)
