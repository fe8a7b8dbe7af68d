// Every kernel, by name. Addresses are byte offsets into the memory, lengths count elements; nothing here owns memory.
export { scale, axpy, ema, clampValues } from './vector'
