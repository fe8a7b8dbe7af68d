// Every kernel, by name. Addresses are byte offsets into the memory, lengths count elements; nothing here owns memory.
export { scale, axpy, ema, clampValues, dropTiny } from './vector'
export { squaredNorm, absSum, absMax, firstNonFinite, firstAbove } from './reduce'
export { scatterAddRows, scatterAddRows64 } from './scatter'
export { fillBits, fillUniform, fillNormal } from './random'
export { sgd, sgdMomentum, lion } from './momentum'
export { adam, amsgrad, nadam, adamax } from './adam'
export { rmsprop, adagrad, adadelta } from './rms'
