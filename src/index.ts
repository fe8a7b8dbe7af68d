/** The front door: every public name, by room. */
import './runtime/index.js'

// tensor: what a number grid is
export { type Dtype, type TypedArray } from './tensor/dtype.js'
export { DtypeError, HebbError, ShapeError } from './tensor/errors.js'
export { type Shape } from './tensor/shape.js'
export { Tensor, tensor } from './tensor/tensor.js'
export { type Tree } from './tensor/tree.js'

// ops: every primitive, most of them methods of Tensor too
export * from './ops/index.js'
export { cond } from './ops/control/cond.js'
export { scan } from './ops/control/scan.js'

// autodiff: how it learns
export { checkpoint, customGrad } from './autodiff/custom.js'
export { hessian, jacobian, jvp, vjp } from './autodiff/forward.js'
export { grad, stopGradient, valueAndGrad } from './autodiff/grad.js'
export { type GradcheckOptions, type GradcheckResult, GradientError, gradcheck } from './autodiff/gradcheck.js'

// runtime: how it runs
export { assertMaxCompiles, clearPrograms, compileCount, compute, getThreads, OrtError, setThreads } from './runtime/index.js'

// nn: what a layer is
export { Dropout } from './nn/dropout.js'
export { initialize } from './nn/initialize.js'
export { Linear } from './nn/linear.js'
export { countParameters, type Layer, type Model, parameters } from './nn/module.js'
export { Param } from './nn/param.js'
export { Residual, residual, Sequential, sequential } from './nn/sequential.js'
