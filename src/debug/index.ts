/** What went on: how often programs were compiled, how a graph runs, whether gradients are right, what flows inside a model. */
export { type GradcheckOptions, type GradcheckResult, GradientError, gradcheck } from '../autodiff/index.js'
export { type Activations, activations, capture } from '../nn/index.js'
export {
  assertMaxCompiles,
  clearPrograms,
  compileCount,
  type ExplainedNode,
  Explanation,
  explain,
  limitPrograms,
  type NodeTime,
  type OpCost,
  type Profile,
  programBytes,
} from '../runtime/index.js'
