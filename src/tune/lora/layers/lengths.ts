/** How long the rows of weights are with an adapter in them: what a magnitude starts from. */
import type { Param } from '../../../nn/index.js'

/** ‖W + s · BA‖ of each output, over the inputs. W (out, in), or (in, out) where `transposed`; A (r, in), B (out, r). */
export function lengthsOf(weights: Param, transposed: boolean, first: Param, second: Param, scale: number): Float32Array {
  const [w, a, b] = [weights.storage.numbers()!, first.storage.numbers()!, second.storage.numbers()!]
  const [rank, inputs] = first.shape as readonly [number, number]
  const outputs = second.shape[0]!
  const own = b.some((value) => value !== 0) && a.some((value) => value !== 0)
  const squares = new Float64Array(outputs)
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) {
      let value = w[transposed ? i * outputs + o : o * inputs + i]!
      if (own) for (let k = 0; k < rank; k++) value += scale * b[o * rank + k]! * a[k * inputs + i]!
      squares[o]! += value * value
    }
  return Float32Array.from(squares, Math.sqrt)
}
