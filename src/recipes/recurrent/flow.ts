/** How gradients flow back through time: how much the loss at the end feels the state at each step before it. */
import { grad } from '../../autodiff/index.js'
import type { Dataset } from '../../data/index.js'
import { batches } from '../../data/index.js'
import { meanSquaredError } from '../../loss/index.js'
import { GRU, GRUCell, type Linear, LSTM, LSTMCell, type RNN, RNNCell } from '../../nn/index.js'
import { scan, zeros } from '../../ops/index.js'
import { compute } from '../../runtime/index.js'
import type { Tensor } from '../../tensor/index.js'

/** The layers that are compared. */
export type RecurrentLayer = RNN | GRU | LSTM

/** ‖∂loss/∂state‖ after each step, root mean square over the examples. */
export interface Flow {
  readonly hidden: readonly number[]
  /** of an LSTM's cell */
  readonly cell?: readonly number[] | undefined
}

/** The weights of a layer's first level, under the names of a cell. */
const weightsOf = (layer: RecurrentLayer) => ({
  weight_ih: layer.weight_ih_l0,
  weight_hh: layer.weight_hh_l0,
  bias_ih: layer.bias_ih_l0,
  bias_hh: layer.bias_hh_l0,
})

/** The state after one step of the layer, through a cell that shares its weights. */
function stepOf(layer: RecurrentLayer, inputs: number, width: number): (x: Tensor, state: readonly Tensor[]) => readonly Tensor[] {
  if (layer instanceof LSTM) {
    const cell = Object.assign(new LSTMCell(inputs, width), weightsOf(layer))
    return (x, [h, c]) => {
      const next = cell.forward(x, { hidden: h!, cell: c! })
      return [next.hidden, next.cell]
    }
  }
  const cell = Object.assign(layer instanceof GRU ? new GRUCell(inputs, width) : new RNNCell(inputs, width), weightsOf(layer))
  return (x, [h]) => [cell.forward(x, h)]
}

/**
 * Runs the layer over `data` (x (T, inputs), y (1)) with a number added to each state after each step: those numbers are 0, and their
 * gradients are what the loss feels of that state.
 */
export async function gradientFlow(layer: RecurrentLayer, head: Linear, data: Dataset<'x' | 'y'>, width: number): Promise<Flow> {
  const [batch] = batches(data, data.length, { shuffle: false })
  const { x, y } = batch!
  const [n, steps, inputs] = x.shape as [number, number, number]
  const step = stepOf(layer, inputs, width)
  const states = layer instanceof LSTM ? 2 : 1
  const nudges = Array.from({ length: states }, () => zeros([steps, n, width]))
  const loss = (added: readonly Tensor[]): Tensor => {
    const { carry } = scan(
      (state: readonly Tensor[], [now, ...nudge]: readonly Tensor[]): [readonly Tensor[], readonly Tensor[]] => [
        step(now!, state).map((s, i) => s.add(nudge[i]!)),
        [],
      ],
      Array.from({ length: states }, () => zeros([n, width])),
      [x.transpose([1, 0, 2]), ...added],
    )
    // one loss for each example: the sum, as the mean would shrink them all by n
    return meanSquaredError(head.forward(carry[0]!), y, { reduction: 'sum' })
  }
  const gradients = grad(loss)(nudges)
  const norms = gradients.map((g) => g.square().sum(2).mean(1).sqrt().cast('f32'))
  const [hidden, cell] = (await compute(norms)).map((values) => Array.from(values))
  return { hidden: hidden!, cell }
}

/** The same by distance from the end: `[distance, norm]`, what has vanished below the smallest f32 left out. */
export const byDistance = (norms: readonly number[]): { x: number; y: number }[] =>
  norms.map((y, t) => ({ x: norms.length - 1 - t, y })).filter(({ y }) => y > 1e-30)
