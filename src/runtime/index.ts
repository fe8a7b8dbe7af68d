/** How graphs run: compiled programs on ONNX Runtime. */
import './node.js'

export { compile } from './compile.js'
export { compute } from './compute.js'
export { OrtError } from './ort-api.js'
export { assertMaxCompiles, clearPrograms, compileCount, getThreads, setThreads } from './program.js'
