/** How a model lasts: its weights in files and read back, and the whole of it as an ONNX file. */

export { type Loaded, type LoadModelOptions, load } from './load.js'
export { type ExportOptions, exportOnnx, onnxBytes } from './onnx/exportOnnx.js'
export { save } from './save.js'
export { weightsOf } from './weightsOf.js'
