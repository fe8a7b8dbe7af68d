/** One step of a recurrent net: what the state becomes when an input comes in. */

import { gateSigmoid as sigmoid } from '../../functional/activation/gateSigmoid.js'
import { relu } from '../../functional/activation/relu.js'
import { add, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { tanh } from '../../ops/elementwise/unary.js'
import { split } from '../../ops/move/slice.js'
import { linear } from '../../ops/products/matmul.js'
import type { Tensor } from '../../tensor/tensor.js'

/** How ONNX's own node computes a recurrence. */
export interface RecurrentNode {
  readonly type: 'RNN' | 'LSTM' | 'GRU'
  /** our gates in the order of theirs */
  readonly order: readonly number[]
  /** numbers of a state, N · D, up to which the runtime's node is faster than a loop */
  readonly upTo: number
  /** function of a plain unit; default Tanh */
  readonly activation?: 'Relu' | undefined
}

/** A kind of recurrence. Widths of the state are D; the projected input holds one block of D for each gate. */
export interface Recurrence {
  /** blocks of the weights */
  readonly gates: number
  /** tensors of the state, the first of which is the output */
  readonly states: number
  /** whether the hidden bias may join the input's: it stands in the same sum */
  readonly oneBias: boolean
  /** which gates hold the state while they are open (1) and which let new things in (−1), for first values that remember; none for a plain unit */
  readonly holds?: readonly (1 | 0 | -1)[] | undefined
  readonly node: RecurrentNode
  /** state after the step: x (N, gates·D), each state (N, D), weight (gates·D, D), bias (gates·D), of LSTM perhaps a projection (P, D) of the output */
  step(x: Tensor, state: readonly Tensor[], weight: Tensor, bias: Tensor | undefined, projection?: Tensor): readonly Tensor[]
}

/** h′ = f(x + W h) */
const plain = (nonlinearity: (x: Tensor) => Tensor, activation?: 'Relu'): Recurrence => ({
  gates: 1,
  states: 1,
  oneBias: true,
  node: { type: 'RNN', order: [0], upTo: 128, activation },
  step: (x, [h], weight, bias) => [nonlinearity(add(x, linear(h!, weight, bias)))],
})

/** A plain unit by the name of its function. */
export const plainUnits: { readonly tanh: Recurrence; readonly relu: Recurrence } = { tanh: plain(tanh), relu: plain(relu, 'Relu') }

/** c′ = σ(f) c + σ(i) tanh(g), h′ = σ(o) tanh(c′), with i, f, g, o = x + W h; with a projection h′ = P (σ(o) tanh(c′)) */
export const longShortTerm: Recurrence = {
  gates: 4,
  states: 2,
  oneBias: true,
  holds: [-1, 1, 0, 0],
  node: { type: 'LSTM', order: [0, 3, 1, 2], upTo: Number.POSITIVE_INFINITY },
  step: (x, [h, c], weight, bias, projection) => {
    const width = c!.shape[1]!
    const [input, forget, candidate, output] = split(add(x, linear(h!, weight, bias)), width, 1)
    const cell = add(mul(sigmoid(forget!), c!), mul(sigmoid(input!), tanh(candidate!)))
    const hidden = mul(sigmoid(output!), tanh(cell))
    return [projection ? linear(hidden, projection) : hidden, cell]
  },
}

/** h′ = n + z (h − n), with r, z = σ(x + W h) and n = tanh(x + r (W h + b)) */
export const gatedUnit: Recurrence = {
  gates: 3,
  states: 1,
  oneBias: false,
  holds: [0, 1, 0],
  node: { type: 'GRU', order: [1, 0, 2], upTo: 1024 },
  step: (x, [h], weight, bias) => {
    const width = h!.shape[1]!
    const [xGates, xNew] = split(x, [2 * width, width], 1)
    const [hGates, hNew] = split(linear(h!, weight, bias), [2 * width, width], 1)
    const [reset, update] = split(sigmoid(add(xGates!, hGates!)), width, 1)
    const candidate = tanh(add(xNew!, mul(reset!, hNew!)))
    return [add(candidate, mul(update!, sub(h!, candidate)))]
  },
}
