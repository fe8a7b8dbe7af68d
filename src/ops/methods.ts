/** Functions as methods of Tensor: each takes the tensor first, and says what dtype it gives. */
import type { Dtype } from '../tensor/dtype.js'
import type { Promoted, Row } from '../tensor/dtypes.js'
import { Tensor } from '../tensor/tensor.js'
import type { Operand } from './elementwise/broadcasting.js'
import type { Found } from './reduce/extremes.js'

// Inference through a mapped type forgets type parameters, so that a function cannot say itself what its method gives: these do, a group at a time.

/** What a function gives, with X as dtype of its tensors. */
type Made<Out, X extends Dtype> = Out extends Tensor
  ? Tensor<X>
  : Out extends readonly Tensor[]
    ? Tensor<X>[]
    : Out extends object
      ? { readonly [K in keyof Out]: Out[K] extends Tensor ? Tensor<X> : Out[K] }
      : Out

/** Functions as methods with results of dtype X. */
export type Giving<M, X extends Dtype> = {
  [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer R) => infer Out ? (...rest: R) => Made<Out, X> : never
}

/** Functions as methods with the results they say. */
export type Methods<M> = {
  [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer R) => infer Out ? (...rest: R) => Out : never
}

/** Functions that give numbers of dtype X and where they were found. */
export type Choosing<M, X extends Dtype> = {
  [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer R) => Found ? (...rest: R) => Found<X> : never
}

/** Functions of x and another tensor or number: what table T says of the dtype in which both meet. */
export type Meeting<M, D extends Dtype, T extends Record<Dtype, Dtype>> = {
  [K in keyof M]: M[K] extends (x: Tensor, other: Operand, ...rest: infer R) => unknown
    ? <const O extends Operand>(other: O, ...rest: R) => Tensor<T[Row<O>[D]]>
    : never
}

/** Functions of x and another tensor. */
export type Joining<M, D extends Dtype, T extends Record<Dtype, Dtype>> = {
  [K in keyof M]: M[K] extends (x: Tensor, other: Tensor, ...rest: infer R) => unknown
    ? <E extends Dtype>(other: Tensor<E>, ...rest: R) => Tensor<T[Promoted[D][E]]>
    : never
}

/** Gives Tensor the functions of modules as methods; their types come from `interface Tensor<D> extends Giving<typeof module, …>` beside the call. */
export function install(...modules: readonly object[]): void {
  for (const module of modules)
    for (const [name, f] of Object.entries(module))
      Object.defineProperty(Tensor.prototype, name, {
        value(this: Tensor, ...rest: readonly unknown[]) {
          return (f as (...all: readonly unknown[]) => unknown)(this, ...rest)
        },
        configurable: true,
        writable: true,
      })
}
