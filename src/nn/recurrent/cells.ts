/** Recurrent cells: a single step, for loops of one's own. */

import { describe } from '../../graph/leaf.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import { real } from '../../ops/elementwise/real.js'
import { zeros } from '../../ops/move/create.js'
import { squeeze, unsqueeze } from '../../ops/move/reshape.js'
import { linear } from '../../ops/products/matmul.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { lecunBound } from '../init.js'
import { Param } from '../param.js'
import { checkSizes } from './layer.js'
import { plainUnit } from './layers.js'
import { gatedUnit, longShortTerm, type Recurrence } from './steps.js'

/** Options of cells. */
export interface CellOptions {
  /** default true */
  readonly bias?: boolean | undefined
}

/** What cells share. */
class Cell {
  readonly weight_ih: Param
  readonly weight_hh: Param
  readonly bias_ih?: Param
  readonly bias_hh?: Param

  constructor(
    private readonly name: string,
    private readonly kind: Recurrence,
    private readonly inputs: number,
    private readonly width: number,
    { bias = true }: CellOptions,
  ) {
    checkSizes(name, { inputs, width })
    const rows = kind.gates * width
    const init = lecunBound(width)
    this.weight_ih = new Param([rows, inputs], init)
    this.weight_hh = new Param([rows, width], init)
    if (!bias) return
    this.bias_ih = new Param([rows], init)
    this.bias_hh = new Param([rows], init)
  }

  /** The state after x (N, inputs) or (inputs). */
  protected step(x: Tensor, state: readonly (Tensor | undefined)[]): readonly Tensor[] {
    if (x.rank === 1)
      return this.step(
        unsqueeze(x, 0),
        state.map((s) => s && unsqueeze(s, 0)),
      ).map((s) => squeeze(s, 0))
    const { N } = x.sizes(`N ${this.inputs}`, this.name)
    const input = real(x)
    const size = [N, this.width]
    const before = state.map((s) => {
      if (s && !sameShape(s.shape, size)) throw new ShapeError(`${this.name}: the state ${describe(s)} is not ${showShape(size)}: N, width`)
      return s ? real(s) : zeros(size, { dtype: input.dtype })
    })
    const { bias_ih: biasIn, bias_hh: bias, kind } = this
    const projected = linear(input, this.weight_ih, biasIn && bias && kind.oneBias ? add(biasIn, bias) : biasIn)
    return kind.step(projected, before, this.weight_hh, kind.oneBias ? undefined : bias)
  }
}

/**
 * One step of {@link RNN}: h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.
 *
 * Shapes: x (N, inputs) or (inputs), h (N, D) or (D), by default 0 → h′; weight_ih (D, inputs), weight_hh (D, D), biases (D).
 * Initial values: uniform within ±1/√D, as in PyTorch.
 *
 * @example const cell = new RNNCell(8, 32); h = cell.forward(x, h)
 */
export class RNNCell extends Cell {
  constructor(
    inputs: number,
    width: number,
    { nonlinearity = 'tanh', ...options }: CellOptions & { nonlinearity?: 'tanh' | 'relu' | undefined } = {},
  ) {
    super('RNNCell', plainUnit('RNNCell', nonlinearity), inputs, width, options)
  }

  forward<D extends Dtype>(x: Tensor<D>, hidden?: Tensor<D | Fractional[D]>): Tensor<Fractional[D]>
  forward(x: Tensor, hidden?: Tensor): Tensor {
    return this.step(x, [hidden])[0]!
  }
}

/**
 * One step of {@link LSTM}.
 *
 * Shapes: x (N, inputs), hidden and cell (N, D), by default 0 → both anew; weight_ih (4 · D, inputs), weight_hh (4 · D, D), biases (4 · D).
 * Initial values: uniform within ±1/√D, as in PyTorch.
 *
 * @example const cell = new LSTMCell(8, 32); state = cell.forward(x, state)
 */
export class LSTMCell extends Cell {
  constructor(inputs: number, width: number, options: CellOptions = {}) {
    super('LSTMCell', longShortTerm, inputs, width, options)
  }

  forward<D extends Dtype>(
    x: Tensor<D>,
    state?: { readonly hidden?: Tensor<D | Fractional[D]> | undefined; readonly cell?: Tensor<D | Fractional[D]> | undefined },
  ): { hidden: Tensor<Fractional[D]>; cell: Tensor<Fractional[D]> }
  forward(
    x: Tensor,
    { hidden, cell }: { readonly hidden?: Tensor | undefined; readonly cell?: Tensor | undefined } = {},
  ): { hidden: Tensor; cell: Tensor } {
    const [h, c] = this.step(x, [hidden, cell])
    return { hidden: h!, cell: c! }
  }
}

/**
 * One step of {@link GRU}.
 *
 * Shapes: x (N, inputs), h (N, D), by default 0 → h′; weight_ih (3 · D, inputs), weight_hh (3 · D, D), biases (3 · D).
 * Initial values: uniform within ±1/√D, as in PyTorch.
 *
 * @example const cell = new GRUCell(8, 32); h = cell.forward(x, h)
 */
export class GRUCell extends Cell {
  constructor(inputs: number, width: number, options: CellOptions = {}) {
    super('GRUCell', gatedUnit, inputs, width, options)
  }

  forward<D extends Dtype>(x: Tensor<D>, hidden?: Tensor<D | Fractional[D]>): Tensor<Fractional[D]>
  forward(x: Tensor, hidden?: Tensor): Tensor {
    return this.step(x, [hidden])[0]!
  }
}
