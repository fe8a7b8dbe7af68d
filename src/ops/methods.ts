/** Functions as methods of Tensor: each takes the tensor first. */
import { Tensor } from '../tensor/tensor.js'

/** The functions of a module as methods. */
export type Methods<M> = {
  [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer R) => infer Out ? (...rest: R) => Out : never
}

/** Gives Tensor the functions of modules as methods; their types come from `interface Tensor extends Methods<typeof module>` beside the call. */
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
