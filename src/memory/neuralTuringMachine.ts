/** The neural Turing machine: a recurrent net with a memory beside it that it reads and writes by soft addresses. */

import { softplus } from '../functional/activation/softplus.js'
import { softmax } from '../functional/normal/softmax.js'
import { type Initializer, lecunBound } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Param } from '../nn/param.js'
import { longShortTerm } from '../nn/recurrent/steps.js'
import { scan } from '../ops/control/scan.js'
import { add } from '../ops/elementwise/arithmetic.js'
import { real } from '../ops/elementwise/real.js'
import { sigmoid, tanh } from '../ops/elementwise/unary.js'
import { concat } from '../ops/move/concat.js'
import { full, zeros } from '../ops/move/create.js'
import { expand, reshape, transpose, unsqueeze } from '../ops/move/reshape.js'
import { slice, split } from '../ops/move/slice.js'
import { linear } from '../ops/products/matmul.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import type { Settled } from '../tensor/options.js'
import { showShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { contentWeights, interpolateWeights, readMemory, sharpenWeights, shiftWeights, writeMemory } from './addressing.js'

/** Sizes of a neural Turing machine. */
export interface NeuralTuringMachineOptions {
  /** places of the memory, S; default 64 */
  readonly slots?: number | undefined
  /** numbers in each, W; default 16 */
  readonly slotWidth?: number | undefined
  /** width D of the LSTM that controls it; default 64 */
  readonly controller?: number | undefined
  /** reading heads, and as many writing ones; default 1 */
  readonly heads?: number | undefined
  /** how far a head can step at once; default 1 */
  readonly reach?: number | undefined
}

/** What a run gives. */
export interface MemoryRun {
  /** (N, T, outputs) */
  readonly output: Tensor
  /** where the reading heads looked, (N, T, heads, S) */
  readonly reads: Tensor
  /** where the writing heads wrote, (N, T, heads, S) */
  readonly writes: Tensor
}

/** What one step hands to the next. */
interface State {
  readonly [name: string]: Tensor
  readonly memory: Tensor
  readonly weights: Tensor
  readonly read: Tensor
  readonly hidden: Tensor
  readonly cell: Tensor
}

/** Almost all weight on slot 0, so that heads start at one place. */
const firstSlot: Initializer = (out, shape) => {
  for (let i = 0; i < out.length; i++) out[i] = i % shape[1]! === 0 ? 6 : 0
}

/**
 * An LSTM that, at each step, sees the input and what its heads read last, and says where its heads go next and what they write
 * [Graves 2014]. Each head weighs the slots by content, mixes that with where it looked before, steps along, sharpens; reading heads
 * take the weighted mean of the slots, writing heads erase and add. Everything is differentiable, the time axis one loop.
 *
 * Shapes: x (N, T, inputs) → output (N, T, outputs), reads and writes (N, T, heads, S).
 * Initial values: as Linear and LSTM; memory 1e-6 everywhere [Collier 2018], heads (learned) on slot 0, what was read last 0.
 * Throws HebbError for sizes that are no whole numbers of 1 or more, ShapeError when x does not fit.
 *
 * @example const { output, reads } = new NeuralTuringMachine(9, 8, { slots: 64, slotWidth: 16 }).run(x)
 */
export class NeuralTuringMachine {
  /** of the controller's gates, from the input */
  readonly input: Linear
  /** … from what was read, (4 · D, heads · W) */
  readonly weight_read: Param
  /** … from its own state, (4 · D, D) */
  readonly weight_hh: Param
  /** what the heads are told */
  readonly head: Linear
  /** from the controller and what was read now */
  readonly answer: Linear
  /** where heads start, (2 · heads, S) before the softmax */
  readonly start: Param
  private readonly sizes: Settled<NeuralTuringMachineOptions>

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    { slots = 64, slotWidth = 16, controller = 64, heads = 1, reach = 1 }: NeuralTuringMachineOptions = {},
  ) {
    this.sizes = { slots, slotWidth, controller, heads, reach }
    for (const [what, n] of Object.entries({ inputs, outputs, ...this.sizes }))
      if (!Number.isInteger(n) || n < 1) throw new HebbError(`NeuralTuringMachine: ${what} is ${n}; give a whole number of 1 or more`)
    if (slots < 2 * reach + 1) throw new HebbError(`NeuralTuringMachine: ${slots} slots are too few for steps of ${reach} to either side`)
    const gates = longShortTerm.gates * controller
    this.input = new Linear(inputs, gates)
    this.weight_read = new Param([gates, heads * slotWidth], lecunBound(heads * slotWidth))
    this.weight_hh = new Param([gates, controller], lecunBound(controller))
    this.head = new Linear(controller, heads * (2 * this.addressWidth + 2 * slotWidth))
    this.answer = new Linear(controller + heads * slotWidth, outputs)
    this.start = new Param([2 * heads, slots], firstSlot)
  }

  /** x (N, T, inputs) → output (N, T, outputs) */
  forward(x: Tensor): Tensor {
    return this.run(x).output
  }

  /** The output, and where the heads were. */
  run(x: Tensor): MemoryRun {
    if (x.rank !== 3 || x.shape[2] !== this.inputs || x.shape[1] === 0)
      throw new ShapeError(`NeuralTuringMachine: x ${showShape(x.shape)} is not (N, T, ${this.inputs}) with T of 1 or more`)
    const n = x.shape[0]!
    const { slots, slotWidth, controller, heads } = this.sizes
    const projected = this.input.forward(transpose(real(x), [1, 0, 2]))
    const { dtype } = projected
    const first: State = {
      memory: full([n, slots, slotWidth], 1e-6, { dtype }),
      weights: expand(unsqueeze(softmax(this.start), 0), [n, 2 * heads, slots]),
      read: zeros([n, heads * slotWidth], { dtype }),
      hidden: zeros([n, controller], { dtype }),
      cell: zeros([n, controller], { dtype }),
    }
    const { ys } = scan(
      (state: State, now: Tensor): readonly [State, { seen: Tensor; weights: Tensor }] => {
        const next = this.step(state, now)
        return [next, { seen: concat([next.hidden, next.read], 1), weights: next.weights }]
      },
      first,
      projected,
    )
    const weights = transpose(ys.weights, [1, 0, 2, 3])
    return {
      output: transpose(this.answer.forward(ys.seen), [1, 0, 2]),
      reads: slice(weights, [null, null, [0, heads]]),
      writes: slice(weights, [null, null, [heads, 2 * heads]]),
    }
  }

  /** Numbers that say where one head goes: key, strength, gate, shifts, sharpness. */
  private get addressWidth(): number {
    return this.sizes.slotWidth + 2 * this.sizes.reach + 4
  }

  private step(state: State, projected: Tensor): State {
    const { slotWidth, heads, reach } = this.sizes
    const n = projected.shape[0]!
    const [hidden, cell] = longShortTerm.step(
      add(projected, linear(state.read, this.weight_read)),
      [state.hidden, state.cell],
      this.weight_hh,
      undefined,
    )
    const both = 2 * heads
    const [address, erase, added] = split(this.head.forward(hidden!), [both * this.addressWidth, heads * slotWidth, heads * slotWidth], 1)
    const [key, strength, gate, shifts, power] = split(
      reshape(address!, [n, both, this.addressWidth]),
      [slotWidth, 1, 1, 2 * reach + 1, 1],
      2,
    )
    const content = contentWeights(state.memory, tanh(key!), softplus(strength!))
    const mixed = interpolateWeights(content, state.weights, sigmoid(gate!))
    const weights = sharpenWeights(shiftWeights(mixed, softmax(shifts!)), add(softplus(power!), 1))
    const [reading, writing] = split(weights, heads, 1)
    const read = reshape(readMemory(state.memory, reading!), [n, heads * slotWidth])
    const perHead = (t: Tensor): Tensor => reshape(t, [n, heads, slotWidth])
    const memory = writeMemory(state.memory, writing!, sigmoid(perHead(erase!)), tanh(perHead(added!)))
    return { memory, weights, read, hidden: hidden!, cell: cell! }
  }
}
