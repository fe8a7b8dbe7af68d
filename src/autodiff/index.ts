/** How it learns: derivatives of functions of tensors. */
export { customGrad, type GradientRule, recompute } from './custom.js'
export { hessian, jacobian, jvp, vjp } from './forward.js'
export { grad, gradients, stopGradient, valueAndGrad } from './grad.js'
export { type GradcheckOptions, type GradcheckResult, GradientError, gradcheck } from './gradcheck.js'
