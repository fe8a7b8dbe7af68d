/** Every normalisation, each also a method. */
export * from './batchNorm.js'
export * from './groupNorm.js'
export * from './layerNorm.js'
export * from './localResponseNorm.js'
export * from './softmax.js'
