/** Matrices, waves, statistics, special functions; most are methods of Tensor too. */
import '../ops/index.js'
import type { FixedSize } from '../ops/gather/index.js'
import { type Choosing, type Giving, install, type Joining, type Meeting, type Methods } from '../ops/methods.js'
import type { Dtype } from '../tensor/dtype.js'
import type { Computed, Counted, Fractional, Ranked, Summed } from '../tensor/dtypes.js'
import * as distances from './distance/index.js'
import * as matrices from './linalg/index.js'
import * as searches from './search/index.js'
import * as special from './special/index.js'
import * as statistics from './statistics/index.js'

export * from './distance/index.js'
export * from './fft/fft.js'
export * from './fft/spectra.js'
export type { Lu } from './linalg/factor/lu.js'
export type { TriangularOptions } from './linalg/factor/triangular.js'
export * from './linalg/index.js'
export type { LeastSquares, RankOptions } from './linalg/leastSquares.js'
export type { MatrixNormOptions, MatrixNormOrder } from './linalg/norms.js'
export { multiDot } from './linalg/powers.js'
export * from './search/index.js'
export * from './special/index.js'
export * from './statistics/index.js'

type Bits = 'bitwiseAnd' | 'bitwiseOr' | 'bitwiseXor'
type Shifts = 'shiftLeft' | 'shiftRight'
type Pairs = 'atan2' | 'hypot' | 'logaddexp' | 'logaddexp2' | 'xlogy'
type Running = 'cummax' | 'cummin' | 'kthValue' | 'mode'
type Extremes = 'aminmax' | 'diff' | 'nanMax' | 'nanMin'
type Sums = 'nanProd' | 'nanSum'
type Medians = 'median' | 'nanMedian'

declare module '../tensor/tensor.js' {
  interface Tensor<D extends Dtype = Dtype>
    extends Giving<Pick<typeof distances, 'normalize'>, Fractional[D]>,
      Joining<Omit<typeof distances, 'normalize'>, D, Fractional>,
      Giving<Omit<typeof matrices, 'lstsq' | 'matrixRank'>, Fractional[D]>,
      Giving<Pick<typeof matrices, 'matrixRank'>, 'i64'>,
      Methods<Pick<typeof matrices, 'lstsq'>>,
      Giving<Pick<typeof searches, 'bucketize' | 'searchSorted'>, 'i32'>,
      Methods<Pick<typeof searches, 'histogram'>>,
      Meeting<Pick<typeof special, Bits>, D, Computed>,
      Meeting<Pick<typeof special, Shifts>, D, Counted>,
      Giving<Pick<typeof special, 'bitwiseNot'>, D>,
      Meeting<Pick<typeof special, Pairs>, D, Fractional>,
      Methods<Pick<typeof special, 'lerp'>>,
      Giving<Omit<typeof special, Bits | Pairs | Shifts | 'bitwiseNot' | 'lerp'>, Fractional[D]>,
      Giving<Pick<typeof statistics, Extremes>, Computed[D]>,
      Giving<Pick<typeof statistics, Medians>, Ranked[D]>,
      Giving<Pick<typeof statistics, Sums>, Summed[D]>,
      Giving<Pick<typeof statistics, 'countNonzero'>, 'i32'>,
      Choosing<Pick<typeof statistics, Running>, Computed[D]>,
      Giving<Omit<typeof statistics, Extremes | Medians | Running | Sums | 'countNonzero'>, Fractional[D]> {
    // a mapped type sees the last of several signatures only
    bincount(options?: searches.BincountOptions): Promise<Tensor>
    bincount(options: { weights?: Tensor | undefined; length: number }): Tensor
    unique(options?: searches.UniqueOptions): Promise<searches.Unique>
    unique(options: FixedSize): searches.Unique
  }
}

install(distances, matrices, searches, special, statistics)
