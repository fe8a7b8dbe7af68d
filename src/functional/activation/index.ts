/** Every activation, each also a method. */
export * from './exponential.js'
export * from './gelu.js'
export * from './prelu.js'
export * from './relu.js'
export * from './softplus.js'
export * from './swish.js'
