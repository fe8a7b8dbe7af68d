/** Applying an optimizer to the flat memory of a model: the fused kernel where there is one, else its graph form. */
import type { Steps } from '../../../host/pace.js'
import type { Kernels } from '../../../kernels/kernels.js'
import { hyperAt, type Part, scalarsAt } from '../../../optim/groups.js'
import { compute } from '../../../runtime/compute.js'
import { fromData, type Tensor } from '../../../tensor/tensor.js'
import type { Move, Segment } from './clocks.js'

type Scalars = Readonly<Record<string, number>>

/** Everything one update needs to know, found before any weight moves. */
export interface Update {
  /** learning rate of the first part that moves */
  readonly lr: number | undefined
  readonly moves: readonly Move[]
  readonly ready: readonly Ready[]
  /** new weights and states where optimizers have no kernel */
  readonly written: readonly Written[]
}

/** Prepares the update `step`, counted from 1, along the gradients in the arena; at once where every optimizer has a kernel. */
export function prepare(moves: readonly Move[], step: number): Update | Promise<Update> {
  let part: Part | undefined
  let values: Scalars = {}
  let lr: number | undefined
  const ready: Ready[] = new Array(moves.length)
  let graphs = false
  for (let i = 0; i < moves.length; i++) {
    const { clock } = moves[i]!
    // moves stand in the order of their parts, whose schedules are asked once a step
    if (clock.part !== part) {
      values = hyperAt(clock.part.optimizer, clock.part.hyper, step)
      if (part === undefined) lr = values.lr
      part = clock.part
    }
    const { optimizer, hyper } = part
    const carry = { ...clock.carry }
    ready[i] = { scalars: scalarsAt({ optimizer, hyper, carry }, clock.updates + 1, values), carry }
    graphs ||= !optimizer.kernel
  }
  if (!graphs) return { lr, moves, ready, written: none }
  return byGraphs(moves, ready).then((written) => ({ lr, moves, ready, written }))
}

const none: readonly Written[] = []

/** What one clock's move is made with: the numbers of this step, and what they leave for the next. */
interface Ready {
  readonly scalars: Scalars
  readonly carry: Readonly<Record<string, number>>
}

/** Moves the weights, all in one go: whoever looks at them sees those from before or those from after. */
export function apply(update: Update, step: number): void {
  const { moves, ready, written } = update
  for (let i = 0; i < moves.length; i++) {
    const { clock, segments } = begin(update, i)
    const { kernel } = clock.part.optimizer
    if (!kernel) continue
    for (const segment of segments) {
      kernel(segment.kernels, segment.place, ready[i]!.scalars)
      if (step % sweep === 0) dropTinyStates(segment)
    }
  }
  for (const one of written) write(one)
}

/** The same bits in pieces of some milliseconds, for many weights. */
export function* applyInPieces(update: Update, step: number): Steps<void> {
  const { moves, ready, written } = update
  for (let i = 0; i < moves.length; i++) {
    const { clock, segments } = begin(update, i)
    const { kernel } = clock.part.optimizer
    if (!kernel) continue
    for (const segment of segments)
      for (const piece of piecesOf(segment, clock.part.optimizer.granularity)) {
        kernel(piece.kernels, piece.place, ready[i]!.scalars)
        if (step % sweep === 0) dropTinyStates(piece)
        yield
      }
  }
  for (const one of written) {
    write(one)
    yield
  }
}

/** The i-th move, whose clock goes on. */
function begin({ moves, ready }: Update, i: number): Move {
  const move = moves[i]!
  move.clock.updates++
  Object.assign(move.clock.carry, ready[i]!.carry)
  return move
}

function write({ kernels, at, values }: Written): void {
  new Float32Array(kernels.memory.buffer, at, values.length).set(values)
}

/** Numbers that a kernel takes between two turns of the event loop: a millisecond, or some where the memory is touched for the first time. */
const pieceLength = 1 << 19

/** A segment cut into pieces, where its optimizer looks at each number by itself. */
function* piecesOf(segment: Segment, granularity: 'element' | 'tensor'): Generator<Segment> {
  const { place } = segment
  if (granularity !== 'element') {
    yield segment
    return
  }
  for (let from = 0; from < place.length; from += pieceLength) {
    const length = Math.min(pieceLength, place.length - from)
    const at = (start: number): number => start + 4 * from
    const state = Object.fromEntries(Object.entries(place.state).map(([name, start]) => [name, at(start)]))
    yield { ...segment, place: { weight: at(place.weight), grad: at(place.grad), state, length }, shape: [length] }
  }
}

/**
 * Running means of gradients that have stayed 0 shrink until they are subnormal, below 2⁻¹²⁶, and never reach 0. Processors take twice as long
 * with those, so every few steps the kernels' means are cleared of what would get there before the next time, and moves no weight.
 */
const sweep = 64
const tiny = 2 ** -110
function dropTinyStates({ kernels, place }: Segment): void {
  for (const at of Object.values(place.state)) kernels.dropTiny(at, place.length, tiny)
}

async function byGraphs(moves: readonly Move[], ready: readonly Ready[]): Promise<Written[]> {
  const written: Written[] = []
  for (const [i, { clock, segments }] of moves.entries())
    if (!clock.part.optimizer.kernel)
      for (const segment of segments) written.push(...(await byGraph(clock.part, segment, ready[i]!.scalars)))
  return written
}

interface Written {
  readonly kernels: Kernels
  readonly at: number
  readonly values: Float32Array
}

/** The new weights and states of a segment, beside the old ones: inputs and outputs may not share memory. */
async function byGraph(part: Part, { kernels, place, shape }: Segment, h: Scalars): Promise<Written[]> {
  const input = (at: number): Tensor => fromData(new Float32Array(kernels.memory.buffer, at, place.length), shape, 'f32')
  const scalars = Object.fromEntries(Object.entries(h).map(([name, value]) => [name, fromData(Float32Array.of(value), [], 'f32')]))
  const states = Object.entries(place.state)
  const next = part.optimizer.update(
    input(place.weight),
    input(place.grad),
    Object.fromEntries(states.map(([name, at]) => [name, input(at)])),
    scalars,
  )
  const [weight, ...rest] = await compute([next.weight, ...states.map(([name]) => next.state[name]!)].map((t) => t.cast('f32')))
  return [{ kernels, at: place.weight, values: weight! }, ...states.map(([, at], i) => ({ kernels, at, values: rest[i]! }))]
}
