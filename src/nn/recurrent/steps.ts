/** One step of a recurrent net: what the state becomes when an input comes in. */
import { add, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { sigmoid, tanh } from '../../ops/elementwise/unary.js'
import { linear } from '../../ops/linalg/matmul.js'
import { split } from '../../ops/move/slice.js'
import type { Tensor } from '../../tensor/tensor.js'

/** A kind of recurrence. Widths of the state are D; the projected input holds one block of D for each gate. */
export interface Recurrence {
  /** blocks of the weights */
  readonly gates: number
  /** tensors of the state, the first of which is the output */
  readonly states: number
  /** whether the hidden bias may join the input's: it stands in the same sum */
  readonly oneBias: boolean
  /** which gates hold the state while they are open (1) and which let new things in (−1), for first values that remember; none for a plain unit */
  readonly holds?: readonly (1 | 0 | -1)[]
  /** state after the step: x (N, gates·D), each state (N, D), weight (gates·D, D), bias (gates·D) */
  step(x: Tensor, state: readonly Tensor[], weight: Tensor, bias: Tensor | undefined): readonly Tensor[]
}

/** h′ = f(x + W h) */
export const plain = (nonlinearity: (x: Tensor) => Tensor): Recurrence => ({
  gates: 1,
  states: 1,
  oneBias: true,
  step: (x, [h], weight, bias) => [nonlinearity(add(x, linear(h!, weight, bias)))],
})

/** c′ = σ(f) c + σ(i) tanh(g), h′ = σ(o) tanh(c′), with i, f, g, o = x + W h */
export const longShortTerm: Recurrence = {
  gates: 4,
  states: 2,
  oneBias: true,
  holds: [-1, 1, 0, 0],
  step: (x, [h, c], weight, bias) => {
    const width = h!.shape[1]!
    const [input, forget, candidate, output] = split(add(x, linear(h!, weight, bias)), width, 1)
    const cell = add(mul(sigmoid(forget!), c!), mul(sigmoid(input!), tanh(candidate!)))
    return [mul(sigmoid(output!), tanh(cell)), cell]
  },
}

/** h′ = n + z (h − n), with r, z = σ(x + W h) and n = tanh(x + r (W h + b)) */
export const gatedUnit: Recurrence = {
  gates: 3,
  states: 1,
  oneBias: false,
  holds: [0, 1, 0],
  step: (x, [h], weight, bias) => {
    const width = h!.shape[1]!
    const [xGates, xNew] = split(x, [2 * width, width], 1)
    const [hGates, hNew] = split(linear(h!, weight, bias), [2 * width, width], 1)
    const [reset, update] = split(sigmoid(add(xGates!, hGates!)), width, 1)
    const candidate = tanh(add(xNew!, mul(reset!, hNew!)))
    return [add(candidate, mul(update!, sub(h!, candidate)))]
  },
}
