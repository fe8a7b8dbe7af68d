/** What others wrote: weights in the formats they are published in. */
export type { TensorForm, WeightFile } from '../files/weightFile.js'
export { openWeights, renamed } from './weights.js'
