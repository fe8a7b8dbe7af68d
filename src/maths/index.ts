/** Matrices, waves, statistics, special functions; most are methods of Tensor too. */
import '../ops/index.js'
import type { FixedSize } from '../ops/gather/index.js'
import { install, type Methods } from '../ops/methods.js'
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

declare module '../tensor/tensor.js' {
  interface Tensor
    extends Methods<typeof distances>,
      Methods<typeof matrices>,
      Methods<typeof searches>,
      Methods<typeof special>,
      Methods<typeof statistics> {
    // a mapped type sees the last of several signatures only
    bincount(options?: searches.BincountOptions): Promise<Tensor>
    bincount(options: { weights?: Tensor; length: number }): Tensor
    unique(options?: searches.UniqueOptions): Promise<searches.Unique>
    unique(options: FixedSize): searches.Unique
  }
}

install(distances, matrices, searches, special, statistics)
