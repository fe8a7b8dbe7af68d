/** Everything the rooms of operations offer, as one module. */
export * from '../../src/functional/index.js'
export * from '../../src/maths/index.js'
export * from '../../src/ops/index.js'
