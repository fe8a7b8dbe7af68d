/** A recurrent layer as loops along time, one for each direction. */
import { scan } from '../../ops/control/scan.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import { where } from '../../ops/elementwise/select.js'
import { concat, stack } from '../../ops/move/concat.js'
import { zeros } from '../../ops/move/create.js'
import { transpose, unsqueeze } from '../../ops/move/reshape.js'
import { linear } from '../../ops/products/matmul.js'
import type { Tensor } from '../../tensor/tensor.js'
import { lengthMask } from './lengths.js'
import type { Recurrence } from './steps.js'

/** One direction of a layer: weights as checkpoints have them, and where it starts. */
export interface Direction {
  /** (gates · D, inputs) */
  readonly input: Tensor
  /** (gates · D, D) */
  readonly hidden: Tensor
  /** (gates · D) each, or both missing */
  readonly biasIn: Tensor | undefined
  readonly bias: Tensor | undefined
  /** (P, D), of LSTM only */
  readonly projection: Tensor | undefined
  /** (N, D) for each tensor of the state; missing ones are 0 */
  readonly start: readonly (Tensor | undefined)[]
}

/** What a layer does with a batch. */
export interface LayerRun {
  /** (T, N, inputs) */
  readonly x: Tensor
  /** i32 (N): steps of each sequence; the others leave the state alone and give 0. Missing: all */
  readonly lengths: Tensor | undefined
  /** forward, and then backward where there is one */
  readonly directions: readonly Direction[]
}

/** Outputs (T, N, directions · D), and each tensor of the last state as (directions, N, D). */
export interface LayerResult {
  readonly output: Tensor
  readonly state: readonly Tensor[]
}

/**
 * The layer as one loop for each direction, with gradients of every order. The inputs of all steps are projected in one product, outside the loop.
 * Steps past a length leave the state as it is, so that a backward run starts at each sequence's true end.
 */
export function byLoop(kind: Recurrence, { x, lengths, directions }: LayerRun): LayerResult {
  const [steps, batch] = [x.shape[0]!, x.shape[1]!]
  const active = lengths && unsqueeze(transpose(lengthMask(lengths, steps, batch)), 2)
  const runs = directions.map(({ input, hidden, biasIn, bias, projection, start }, d) => {
    const projected = linear(x, input, biasIn && bias && kind.oneBias ? add(biasIn, bias) : biasIn)
    const widths = start.map((_, i) => (i === 0 ? hidden.shape[1]! : hidden.shape[0]! / kind.gates))
    // a loop even for few steps: written out they run no faster, and compile ten times longer
    return scan(
      (state: readonly Tensor[], [now, on]: readonly Tensor[]): [readonly Tensor[], Tensor] => {
        const next = kind.step(now!, state, hidden, kind.oneBias ? undefined : bias, projection)
        if (!on) return [next, next[0]!]
        return [next.map((s, i) => where(on, s, state[i]!)), where(on, next[0]!, 0)]
      },
      start.map((s, i): Tensor => s ?? zeros([batch, widths[i]!], { dtype: x.dtype })),
      active ? [projected, active] : [projected],
      { reverse: d === 1 },
    )
  })
  const outputs = runs.map(({ ys }) => ys)
  return {
    output: outputs.length === 1 ? outputs[0]! : concat(outputs, 2),
    state: directions[0]!.start.map((_, i) => stack(runs.map(({ carry }) => carry[i]!))),
  }
}
