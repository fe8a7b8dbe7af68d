/** Kernels on WebAssembly memory, and random numbers as a function of seed, use and step. */
export { type Kernels, kernels } from './kernels.js'
export { type Key, philox } from './philox.js'
export { bits, keyOf, normal, permutation, randint, uniform } from './random.js'
export { type Memory, newMemory } from './webassembly.js'
