/** What a number grid is: tensors, dtypes, shapes, and the errors about them. */
export { type Arrays, arrayOf, bytesOf, type Dtype, dtypes, isFloat, promote, type TypedArray } from './dtype.js'
export { DtypeError, HebbError, ShapeError } from './errors.js'
export type { Argument } from './form.js'
export { decodeHalf, encodeHalf } from './half.js'
export type { Nested, Scalar } from './nested.js'
export { broadcast, type Shape, sizeOf } from './shape.js'
export { fromMemory, type Spec, Tensor, type TensorLike, tensor } from './tensor.js'
export type { Tree } from './tree.js'
