/** Truncated back-propagation through time: a state that outlives the step, and a gradient that does not. */
import { describe } from '../../graph/leaf.js'
import { cast } from '../../ops/elementwise/cast.js'
import { where } from '../../ops/elementwise/select.js'
import { reshape } from '../../ops/move/reshape.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { zeros } from '../init.js'
import { Param } from '../param.js'
import { latest, updateBuffer } from '../scope.js'
import { type GRU, LSTM, type RNN } from './layers.js'

/**
 * A recurrent layer that starts each training step where the last one ended: a long sequence is cut into pieces of T steps, given one after
 * another, and gradients reach back to the start of their piece, no further [Williams 1990]. The state is a buffer, saved and resumed with
 * the model; in evaluation it is read and stays as it is.
 *
 * Shapes: x (N, T, inputs) → output as the layer gives it, with N fixed; `fresh` bool (N): true where a new sequence begins, which starts at 0.
 * Initial values: state 0; the layer's own. Throws HebbError unless N is a whole number of 1 or more, ShapeError when `fresh` is no (N).
 *
 * @example const memory = new Carried(new GRU(8, 32), { batch: 16 }); memory.forward(piece, { fresh })
 */
export class Carried {
  readonly hidden: Param
  readonly cell?: Param

  constructor(
    readonly inner: RNN | GRU | LSTM,
    { batch }: { readonly batch: number },
  ) {
    if (!Number.isInteger(batch) || batch < 1) throw new HebbError(`Carried: a batch of ${batch} sequences: give 1 or more`)
    const [hidden, cell] = inner.stateShapes(batch)
    this.hidden = new Param(hidden!, zeros, { trainable: false })
    if (cell) this.cell = new Param(cell, zeros, { trainable: false })
  }

  forward(x: Tensor, { fresh }: { readonly fresh?: Tensor | undefined } = {}): Tensor {
    const start = (buffer: Param): Tensor => {
      if (!fresh) return latest(buffer)
      if (fresh.dtype !== 'bool' || fresh.rank !== 1 || fresh.size !== buffer.shape[1])
        throw new ShapeError(`Carried: fresh ${describe(fresh)} is not (${buffer.shape[1]}) bool, one for each sequence`)
      return where(reshape(fresh, [fresh.size, 1]), 0, latest(buffer))
    }
    if (this.cell && this.inner instanceof LSTM) {
      const { output, hidden, cell } = this.inner.forward(x, { hidden: start(this.hidden), cell: start(this.cell) })
      updateBuffer(this.hidden, cast(hidden, 'f32'))
      updateBuffer(this.cell, cast(cell, 'f32'))
      return output
    }
    const { output, hidden } = this.inner.forward(x, { hidden: start(this.hidden) })
    updateBuffer(this.hidden, cast(hidden, 'f32'))
    return output
  }
}
