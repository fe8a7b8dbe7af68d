/** The recurrent layers: RNN, LSTM, GRU. */
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Recurrent, type RecurrentOptions, type RecurrentRun } from './layer.js'
import { gatedUnit, longShortTerm, plainUnits, type Recurrence } from './steps.js'

/** What a recurrent layer gives; it can be handed on as the start of the next run. */
export interface RecurrentResult<D extends Dtype = Dtype> {
  /** the last layer's states after each step: (N, T, directions · D), 0 past a sequence's length */
  readonly output: Tensor<D>
  /** the state of every layer and direction after its last step: (layers · directions, N, D) */
  readonly hidden: Tensor<D>
}

/** What an LSTM gives; it can be handed on as the start of the next run. */
export interface LSTMResult<D extends Dtype = Dtype> extends RecurrentResult<D> {
  /** the cells of every layer and direction after the last step: (layers · directions, N, D) */
  readonly cell: Tensor<D>
}

/** Where a recurrent layer starts. */
export interface RecurrentStart<D extends Dtype = Dtype> extends RecurrentRun {
  /** (layers · directions, N, D), in the order layer 0, layer 0 backward, layer 1, …; default 0 */
  readonly hidden?: Tensor<D> | undefined
}

/** Where an LSTM starts. */
export interface LSTMStart<D extends Dtype = Dtype> extends RecurrentStart<D> {
  /** like `hidden`; default 0 */
  readonly cell?: Tensor<D> | undefined
}

/** Options of RNN. */
export interface RNNOptions extends RecurrentOptions {
  /** default 'tanh' */
  readonly nonlinearity?: 'tanh' | 'relu' | undefined
}

/** Options of LSTM. */
export interface LSTMOptions extends RecurrentOptions {
  /** width P of the output, projected from the cell's D; default none */
  readonly projectionSize?: number | undefined
}

/** The plain unit with the function of that name. Throws HebbError for another one. */
export function plainUnit(layer: string, name: 'tanh' | 'relu'): Recurrence {
  const found = plainUnits[name]
  if (!found) throw new HebbError(`${layer}: nonlinearity '${String(name)}' is neither 'tanh' nor 'relu'`)
  return found
}

/**
 * hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh), or relu instead of tanh [Elman 1990].
 *
 * Shapes: x (N, T, inputs) or (T, inputs), with `timeFirst` (T, N, inputs) → output (N, T, directions · D), hidden (layers · directions, N, D);
 * weight_ih_l0 (D, inputs), later layers (D, directions · D), weight_hh_l0 (D, D), biases (D); the backward direction's end in `_reverse`.
 * Initial values: uniform within ±1/√D, as in PyTorch. Unlike there batches come first unless told otherwise, and `lengths` takes the place
 * of packing: a sequence's outputs past its length are 0, its final state is the one at its length, and its backward run starts there.
 * Throws ShapeError when x, the first state or known lengths do not fit, HebbError for sizes that are none.
 *
 * @example const { output, hidden } = new RNN(8, 32).forward(x, { lengths: [5, 3] })
 */
export class RNN extends Recurrent {
  constructor(inputs: number, width: number, { nonlinearity = 'tanh', ...options }: RNNOptions = {}) {
    super('RNN', plainUnit('RNN', nonlinearity), inputs, width, options)
  }

  forward<D extends Dtype>(x: Tensor<D>, start?: RecurrentStart<D | Fractional[D]>): RecurrentResult<Fractional[D]>
  forward(x: Tensor, { hidden, lengths }: RecurrentStart = {}): RecurrentResult {
    const { output, state } = this.run(x, [hidden], lengths)
    return { output, hidden: state[0]! }
  }
}

/**
 * i, f, g, o = W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh; cₜ = σ(f) cₜ₋₁ + σ(i) tanh(g); hₜ = σ(o) tanh(cₜ) [Hochreiter 1997]: the cell carries
 * its content, and gradients, over many steps. With `projectionSize` P the output is narrower than the cell: hₜ = W_hr σ(o) tanh(cₜ) [Sak 2014].
 *
 * Shapes: x, output and hidden as {@link RNN}, cell like hidden; weights (4 · D, …) and biases (4 · D), gates in the order i, f, g, o.
 * With a projection output and hidden end in P in the place of D, weight_hh_l0 is (4 · D, P), weight_hr_l0 (P, D).
 * Initial values, layout, lengths and errors as {@link RNN}; throws HebbError unless P < D.
 *
 * @example const { output, hidden, cell } = new LSTM(8, 32, { layers: 2, bidirectional: true, dropout: 0.1 }).forward(x)
 */
export class LSTM extends Recurrent {
  constructor(inputs: number, width: number, options: LSTMOptions = {}) {
    super('LSTM', longShortTerm, inputs, width, options)
  }

  forward<D extends Dtype>(x: Tensor<D>, start?: LSTMStart<D | Fractional[D]>): LSTMResult<Fractional[D]>
  forward(x: Tensor, { hidden, cell, lengths }: LSTMStart = {}): LSTMResult {
    const { output, state } = this.run(x, [hidden, cell], lengths)
    return { output, hidden: state[0]!, cell: state[1]! }
  }
}

/**
 * r, z = σ(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh); n = tanh(W_in xₜ + b_in + r (W_hn hₜ₋₁ + b_hn)); hₜ = (1 − z) n + z hₜ₋₁ [Cho 2014].
 * The reset gate acts after the product, as in PyTorch, not on the state as in the paper.
 *
 * Shapes: x, output and hidden as {@link RNN}; weights (3 · D, …) and biases (3 · D), gates in the order r, z, n.
 * Initial values, layout, lengths and errors as {@link RNN}.
 *
 * @example const { hidden } = new GRU(8, 32).forward(x)
 */
export class GRU extends Recurrent {
  constructor(inputs: number, width: number, options: RecurrentOptions = {}) {
    super('GRU', gatedUnit, inputs, width, options)
  }

  forward<D extends Dtype>(x: Tensor<D>, start?: RecurrentStart<D | Fractional[D]>): RecurrentResult<Fractional[D]>
  forward(x: Tensor, { hidden, lengths }: RecurrentStart = {}): RecurrentResult {
    const { output, state } = this.run(x, [hidden], lengths)
    return { output, hidden: state[0]! }
  }
}
