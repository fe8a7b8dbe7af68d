/** What others wrote: weights in the formats they are published in, and models of the hub by name. */
export type { TensorForm, WeightFile } from '../files/weightFile.js'
export { type GgufFile, type GgufTensor, openGguf } from './gguf/file.js'
export type { GgufEntry, GgufValue } from './gguf/metadata.js'
export { type GgufModel, openGgufModel } from './gguf/model.js'
export type { TokenizerParts } from './gguf/tokenizer.js'
export { type HubOptions, hubFolder } from './hub.js'
export { openWeights, renamed } from './weights.js'
