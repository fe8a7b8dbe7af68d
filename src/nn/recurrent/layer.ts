/** What recurrent layers share: weights named as in checkpoints, layers, directions, lengths and the first state. */
import { describe } from '../../graph/leaf.js'
import { keyOf } from '../../kernels/random.js'
import type { Lengths } from '../../loss/ctc.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { at } from '../../ops/gather/at.js'
import { concat } from '../../ops/move/concat.js'
import { squeeze, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Dropout } from '../dropout.js'
import { type Initializer, lecunBound, uniform } from '../init.js'
import { Param } from '../param.js'
import { isExporting, isTraining } from '../scope.js'
import { checkedLengths, lengthMask } from './lengths.js'
import { byNode, hasNode } from './node.js'
import { byLoop, type Direction, type LayerRun } from './recur.js'
import type { Recurrence } from './steps.js'

/** Options of recurrent layers. */
export interface RecurrentOptions {
  /** layers on top of one another; default 1 */
  readonly layers?: number | undefined
  /** whether each layer also runs from the end to the start, its outputs beside the others; default false */
  readonly bidirectional?: boolean | undefined
  /** default true */
  readonly bias?: boolean | undefined
  /** probability with which an output of each layer but the last is dropped in training; default 0 */
  readonly dropout?: number | undefined
  /**
   * steps over which the gates of an LSTM or GRU remember at first [Tallec 2018]: the input bias of the gate that holds the state starts at
   * ln u, u uniform in [1, span − 1), one for each unit, and that of the gate that lets new things in at −ln u. Default: as PyTorch
   */
  readonly span?: number | undefined
  /** x and outputs are (T, N, …) instead of (N, T, …); default false */
  readonly timeFirst?: boolean | undefined
}

/** What the engine takes: a projection is LSTM's alone. */
interface EngineOptions extends RecurrentOptions {
  readonly projectionSize?: number | undefined
}

/** What one run of a recurrent layer may start from. */
export interface RecurrentRun {
  /** steps of each sequence, (N) whole numbers up to T; what comes after them is ignored. Default T for all */
  readonly lengths?: Lengths | undefined
}

/** The engine of RNN, GRU and LSTM. */
export class Recurrent {
  [weight: `weight_${string}`]: Param
  [bias: `bias_${string}`]: Param
  private readonly between: Dropout
  /** width of an output: P where it is projected */
  private readonly outputs: number
  private readonly layers: number
  private readonly directions: readonly ('' | '_reverse')[]
  private readonly timeFirst: boolean

  constructor(
    private readonly name: string,
    private readonly kind: Recurrence,
    private readonly inputs: number,
    private readonly width: number,
    { layers = 1, bidirectional = false, bias = true, dropout = 0, timeFirst = false, span, projectionSize }: EngineOptions,
  ) {
    checkSizes(name, { inputs, width, layers, projectionSize })
    if (projectionSize !== undefined && projectionSize >= width)
      throw new HebbError(`${name}: projectionSize is ${projectionSize}; a projection is narrower than the width ${width}: leave it out`)
    this.outputs = projectionSize ?? width
    this.layers = layers
    this.directions = bidirectional ? ['', '_reverse'] : ['']
    this.timeFirst = timeFirst
    this.between = new Dropout(dropout)
    const rows = kind.gates * width
    const init = lecunBound(width)
    const biasInit = span === undefined ? init : remembering(name, kind, { span, width, bias }, init)
    for (let k = 0; k < layers; k++)
      for (const side of this.directions) {
        this[`weight_ih_l${k}${side}`] = new Param([rows, k === 0 ? inputs : this.outputs * this.directions.length], init)
        this[`weight_hh_l${k}${side}`] = new Param([rows, this.outputs], init)
        if (bias) {
          this[`bias_ih_l${k}${side}`] = new Param([rows], biasInit)
          this[`bias_hh_l${k}${side}`] = new Param([rows], init)
        }
        if (projectionSize !== undefined) this[`weight_hr_l${k}${side}`] = new Param([projectionSize, width], init)
      }
  }

  /** (layers · directions, N, D): the shape of each tensor of the state for a batch of N, the one that is the output first; D is P where that is projected */
  stateShapes(batch: number): [number, number, number][] {
    const rows = this.layers * this.directions.length
    return Array.from({ length: this.kind.states }, (_, i) => [rows, batch, i === 0 ? this.outputs : this.width])
  }

  /** All layers over x: outputs of the last, and the last states, each (layers · directions, N, D). In evaluation a layer is one node where that is faster. */
  protected run(x: Tensor, initial: readonly (Tensor | undefined)[], lengths: Lengths | undefined): { output: Tensor; state: Tensor[] } {
    if (x.rank === 2) return this.single(x, initial, lengths)
    const sequence = this.checked(x)
    const [steps, batch] = [sequence.shape[0]!, sequence.shape[1]!]
    const sizes = lengths === undefined ? undefined : checkedLengths(lengths, steps, batch)
    const shapes = this.stateShapes(batch)
    const first = initial.map((s, i) => s && this.firstState(s, shapes[i]!))
    // padding may hold anything, NaN too: it must reach neither the sums nor their gradients
    let layer = sizes ? where(unsqueeze(transpose(lengthMask(sizes, steps, batch)), 2), sequence, 0) : sequence
    const last: Tensor[][] = initial.map(() => [])
    for (let k = 0; k < this.layers; k++) {
      if (k > 0) layer = this.between.forward(layer)
      const run: LayerRun = { x: layer, lengths: sizes, directions: this.directions.map((_, d) => this.direction(k, d, first)) }
      const whole = !isTraining() && hasNode(this.kind, run, isExporting())
      const { output, state } = whole ? byNode(this.kind, run) : byLoop(this.kind, run)
      state.forEach((s, i) => {
        last[i]!.push(s)
      })
      layer = output
    }
    return { output: this.timeFirst ? layer : transpose(layer, [1, 0, 2]), state: last.map((s) => (s.length === 1 ? s[0]! : concat(s))) }
  }

  /** The weights of one layer in one direction, and where it starts. */
  private direction(k: number, d: number, first: readonly (Tensor | undefined)[]): Direction {
    const end = `l${k}${this.directions[d]!}` as const
    return {
      input: this[`weight_ih_${end}`]!,
      hidden: this[`weight_hh_${end}`]!,
      biasIn: this[`bias_ih_${end}`],
      bias: this[`bias_hh_${end}`],
      projection: this[`weight_hr_${end}`],
      start: first.map((s) => s && at(s, k * this.directions.length + d)),
    }
  }

  /** A sequence without a batch is a batch of one. */
  private single(x: Tensor, initial: readonly (Tensor | undefined)[], lengths: Lengths | undefined): { output: Tensor; state: Tensor[] } {
    const axis = this.timeFirst ? 1 : 0
    const { output, state } = this.run(
      unsqueeze(x, axis),
      initial.map((s) => s && unsqueeze(s, 1)),
      lengths,
    )
    return { output: squeeze(output, axis), state: state.map((s) => squeeze(s, 1)) }
  }

  /** x in floats as (T, N, inputs). */
  private checked(x: Tensor): Tensor {
    const { T } = x.sizes(`${this.timeFirst ? 'T N' : 'N T'} ${this.inputs}`, this.name)
    const sequence = this.timeFirst ? real(x) : transpose(real(x), [1, 0, 2])
    if (T === 0) throw new ShapeError(`${this.name}: x ${showShape(x.shape)} has no step: T must be 1 or more`)
    return sequence
  }

  private firstState(given: Tensor, size: readonly number[]): Tensor {
    if (!sameShape(given.shape, size))
      throw new ShapeError(
        `${this.name}: the first state ${describe(given)} is not ${showShape(size)}: layers · directions, N, width, whichever way x is laid out`,
      )
    return real(given)
  }
}

/** First values of a bias that make the gates hold the state for about 1 to `span` steps: a gate at σ(ln u) forgets over u + 1 steps. */
function remembering(
  name: string,
  { holds }: Recurrence,
  { span, width, bias }: { readonly span: number; readonly width: number; readonly bias: boolean },
  others: Initializer,
): Initializer {
  if (!holds || !bias)
    throw new HebbError(`${name}: span: ${holds ? 'without bias there is nothing to set' : 'it has no gates'}: leave it out`)
  if (!(span > 2 && Number.isFinite(span))) throw new HebbError(`${name}: span is ${span}; give a number of steps above 2`)
  return (out, shape, key) => {
    others(out, shape, key)
    const times = new Float32Array(width)
    uniform(1, span - 1)(times, [width], keyOf(0, ...key, 'span'))
    holds.forEach((sign, gate) => {
      if (sign !== 0) for (let i = 0; i < width; i++) out[gate * width + i] = sign * Math.log(times[i]!)
    })
  }
}

/** Throws HebbError unless every size is a whole number from 1 on. */
export function checkSizes(name: string, sizes: Readonly<Record<string, number | undefined>>): void {
  for (const [what, n] of Object.entries(sizes))
    if (n !== undefined && !(Number.isInteger(n) && n >= 1))
      throw new HebbError(`${name}: ${what} is ${n}; give a whole number of 1 or more`)
}
