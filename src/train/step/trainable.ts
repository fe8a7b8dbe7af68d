/** The trained weights of a model in flat memory: weights, gradients and optimizer state as equal blocks of one arena. */
import { type Kernels, kernels } from '../../kernels/kernels.js'
import type { Param } from '../../nn/param.js'
import { type Part, partition } from '../../optim/groups.js'
import type { Optimizer, Slices } from '../../optim/optimizer.js'
import { Arena } from '../../runtime/arena.js'
import { DtypeError, HebbError } from '../../tensor/errors.js'

/** Weights of a part that have always moved together: the updates they had, and the running scalars of their optimizer. */
export interface Clock {
  readonly part: Part
  updates: number
  readonly carry: Record<string, number>
}

/** Weights side by side in memory that one update may take together. */
export interface Segment {
  /** where its weights, gradients and states lie; the zero gaps between weights count into the length */
  readonly place: Slices
  readonly shape: readonly number[]
}

/** What an update moves of one clock. */
export interface Move {
  readonly clock: Clock
  readonly segments: readonly Segment[]
}

/** Moves parameters into an arena and keeps them there while they train. */
export class Trainable {
  readonly paths: readonly string[]
  readonly params: readonly Param[]
  readonly parts: readonly Part[]
  readonly arena: Arena
  readonly kernels: Kernels
  readonly weights: readonly Float32Array[]
  readonly gradients: readonly Float32Array[]
  /** block that sums the gradients of several batches; undefined when each batch is a step */
  readonly sums: number | undefined
  /** block of averaged weights; undefined without an average */
  readonly average: number | undefined
  private readonly firstState: number
  private readonly clocks: Clock[] = []
  /** what an update of some weights moves, by the list that says which; made anew when weights part ways */
  private plans = new WeakMap<readonly boolean[], readonly Move[]>()

  /** `begin` gives parameters without values their first ones, in their homes. */
  constructor(
    all: ReadonlyMap<string, Param>,
    optimizer: Optimizer,
    extra: { sums: boolean; average: boolean },
    begin: (homes: ReadonlyMap<Param, Float32Array>) => void,
  ) {
    for (const [path, p] of all) if (p.dtype !== 'f32') throw new DtypeError(`train: ${path} is ${p.dtype}: trained parameters are f32`)
    if (all.size === 0) throw new HebbError('train: the model holds no trainable parameters: keep layers and Params in its public fields')
    const listed = [...all]
    const parts = partition(
      optimizer,
      listed.map(([path, { shape }]) => ({ path, shape })),
    )
    const order = parts.flatMap((part) => part.weights)
    this.parts = parts
    this.paths = order.map((i) => listed[i]![0])
    this.params = order.map((i) => listed[i]![1])
    const states = Math.max(...parts.map((part) => Object.keys(part.optimizer.state).length))
    let blocks = 2
    this.sums = extra.sums ? blocks++ : undefined
    this.average = extra.average ? blocks++ : undefined
    this.firstState = blocks
    this.arena = new Arena(this.params, blocks + states)
    this.kernels = kernels(this.arena.memory)
    this.weights = this.arena.block(0) as Float32Array[]
    this.gradients = this.arena.block(1) as Float32Array[]
    for (const { part, weight } of this.members())
      this.clocks[weight] = this.clocks[weight - 1]?.part === part ? this.clocks[weight - 1]! : { part, updates: 0, carry: part.carry }
    begin(new Map(this.params.map((p, i) => [p, this.weights[i]!])))
    this.claim()
    for (const { weight, part } of this.members())
      Object.values(part.optimizer.state).forEach((first, s) => {
        this.state(s)[weight]!.fill(first)
      })
    if (this.average !== undefined)
      this.averages().forEach((a, i) => {
        a.set(this.weights[i]!)
      })
  }

  /** One array per weight of the s-th state of its optimizer. */
  state(s: number): readonly Float32Array[] {
    return this.arena.block(this.firstState + s) as Float32Array[]
  }
  /** The averaged weights, one array per weight. */
  averages(): readonly Float32Array[] {
    return this.arena.block(this.average ?? 0) as Float32Array[]
  }
  /** Numbers in one block, gaps included. */
  get length(): number {
    return this.arena.blockBytes / 4
  }
  /** Every weight's place with the part that moves it. */
  *members(): Generator<{ weight: number; part: Part }> {
    let weight = 0
    for (const part of this.parts) for (let i = 0; i < part.weights.length; i++) yield { weight: weight++, part }
  }

  /** Takes the parameters over from wherever they were moved to since, values included. */
  claim(): void {
    this.params.forEach((p, i) => {
      const here = this.weights[i]!
      if (p.storage.array === here) return
      if (p.storage.array) here.set(p.storage.array as Float32Array)
      p.storage.array = here
    })
  }

  /** Lets the model hold the averaged weights, without copying them, until `showWeights`. Nothing happens without an average. */
  showAverages(): void {
    if (this.average === undefined) return
    this.claim()
    const averages = this.averages()
    this.params.forEach((p, i) => {
      p.storage.array = averages[i]!
    })
  }
  /** Ends `showAverages`. Weights that were moved elsewhere meanwhile are left to `claim`. */
  showWeights(): void {
    if (this.average === undefined) return
    const start = this.arena.offset(this.average) - this.arena.offset(0)
    this.params.forEach((p, i) => {
      const array = p.storage.array!
      if (array.buffer === this.arena.memory.buffer && array.byteOffset === start + this.weights[i]!.byteOffset)
        p.storage.array = this.weights[i]!
    })
  }

  /** Where each weight stands: those that share a clock give the same one. */
  get clockOf(): readonly Clock[] {
    return this.clocks
  }
  /** Goes on from clocks saved with a run, one for each weight. */
  setClocks(clocks: readonly Clock[]): void {
    this.clocks.splice(0, this.clocks.length, ...clocks)
    this.plans = new WeakMap()
  }

  /**
   * What an update of the weights marked in `touched` moves, in their order. Weights of one clock that are not all moved get clocks of their own:
   * each weight counts its own updates, as PyTorch does.
   */
  plan(touched: readonly boolean[]): readonly Move[] {
    const known = this.plans.get(touched)
    if (known) return known
    for (const clock of new Set(this.clocks)) {
      const members = this.clocks.flatMap((c, i) => (c === clock ? [i] : []))
      const moved = members.filter((i) => touched[i])
      if (moved.length === 0 || moved.length === members.length) continue
      const own: Clock = { part: clock.part, updates: clock.updates, carry: { ...clock.carry } }
      for (const i of moved) this.clocks[i] = own
      this.plans = new WeakMap()
    }
    const moves = [...new Set(this.clocks.filter((_, i) => touched[i]))].map((clock) => ({ clock, segments: this.segmentsOf(clock) }))
    this.plans.set(touched, moves)
    return moves
  }

  private segmentsOf(clock: Clock): Segment[] {
    const { granularity, state } = clock.part.optimizer
    const start = (i: number): number => (i < this.params.length ? this.arena.offset(0, i) - this.arena.offset(0) : this.arena.blockBytes)
    const segments: Segment[] = []
    for (let first = 0, end = 0; first < this.params.length; first = end) {
      end = first + 1
      if (this.clocks[first] !== clock) continue
      // an optimizer that needs shapes takes one weight at a time, without the gap behind it
      if (granularity === 'element') while (this.clocks[end] === clock) end++
      const { shape, size } = this.params[first]!
      const length = granularity === 'tensor' ? size : (start(end) - start(first)) / 4
      const at = (block: number): number => this.arena.offset(block) + start(first)
      const states = Object.fromEntries(Object.keys(state).map((name, s) => [name, at(this.firstState + s)]))
      segments.push({
        place: { weight: at(0), grad: at(1), state: states, length },
        shape: granularity === 'tensor' ? shape : [length],
      })
    }
    return segments
  }
}
