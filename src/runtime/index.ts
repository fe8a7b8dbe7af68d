/** How graphs run: compiled programs on ONNX Runtime. */
import '../functional/index.js'
import '../maths/index.js'

export { OrtError } from './backend.js'
export { type CompiledFunction, type CompileOptions, compile, type Given } from './compile.js'
export { compute } from './compute.js'
export { type ExplainedNode, Explanation, explain, type NodeTime, type OpCost, type Profile } from './explain/explain.js'
export { getThreads, setThreads } from './machine.js'
export { assertMaxCompiles, compileCount } from './program.js'
export { clearPrograms, limitPrograms, programBytes } from './store.js'
