/** How wrong it is: losses from output and target to one number, each knowing what counts in it. */
export { type BinaryCrossEntropyOptions, binaryCrossEntropy, binaryCrossEntropyWithLogits } from './binaryCrossEntropy.js'
export { type ClassLossOptions, type CrossEntropyOptions, crossEntropy, nll } from './crossEntropy.js'
export { type CtcOptions, ctc, type Lengths } from './ctc.js'
export {
  type GaussianNllOptions,
  gaussianNll,
  type KlDivergenceOptions,
  klDivergence,
  type PoissonNllOptions,
  poissonNll,
} from './likelihood.js'
export { hinge, hingeEmbedding, type MarginOptions, type MultiMarginOptions, marginRanking, multiMargin } from './margin.js'
export type { LossOptions, Reduction } from './reduction.js'
export { huber, meanAbsoluteError, meanSquaredError, smoothL1 } from './regression.js'
export { cosineEmbedding, type TripletMarginOptions, tripletMargin } from './similarity.js'
