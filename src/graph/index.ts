/** What a computation is: the contract of a primitive, leaves and walks of the graph. */
export { describe, literal, placeholder } from './leaf.js'
export {
  allOps,
  applyOp,
  defineMultiOp,
  defineOp,
  type Emit,
  float,
  type MultiOpDefinition,
  type Op,
  type OpDefinition,
  type OpFacts,
  opOf,
  type VjpContext,
} from './op.js'
export { signature, substitute, topological } from './walk.js'
