/** The trained weights of a model in flat memory: weights, gradients and optimizer state as equal blocks of one arena. */
import { type Kernels, kernels } from '../../../kernels/kernels.js'
import type { Param } from '../../../nn/param.js'
import { type Part, partition } from '../../../optim/groups.js'
import type { Optimizer } from '../../../optim/optimizer.js'
import { Arena } from '../../../runtime/arena.js'
import { DtypeError, HebbError } from '../../../tensor/errors.js'

/** The block of gradients; that of the weights is block 0. */
export const gradients = 1

/** From so many numbers on drawing first values takes some milliseconds. */
const manyNumbers = 1 << 21

/** Moves parameters into an arena and keeps them there while they train. */
export class Trainable {
  readonly paths: readonly string[]
  readonly params: readonly Param[]
  readonly parts: readonly Part[]
  readonly arena: Arena<'f32'>
  readonly weights: readonly Float32Array[]
  readonly gradients: readonly Float32Array[]
  /** block that sums the gradients of several batches; undefined when each batch is a step */
  readonly sums: number | undefined
  /** block of averaged weights; undefined without an average */
  readonly average: number | undefined
  /** first of the blocks that hold states of optimizers */
  readonly firstState: number

  /** first values and states, until they are there */
  #begin: (() => void) | undefined

  /**
   * `begin` gives parameters without values their first ones, in their homes. Of many numbers it is called when they are first needed, and `later`
   * before: who has the time may draw them in pieces until then.
   */
  constructor(
    all: ReadonlyMap<string, Param>,
    optimizer: Optimizer,
    extra: { sums: boolean; average: boolean },
    begin: (homes: ReadonlyMap<Param, Float32Array>) => void,
    later: (homes: ReadonlyMap<Param, Float32Array>) => void,
  ) {
    for (const [path, p] of all) if (p.dtype !== 'f32') throw new DtypeError(`train: ${path} is ${p.dtype}: trained parameters are f32`)
    if (all.size === 0) throw new HebbError('train: the model holds no trainable parameters: keep layers and Params in its public fields')
    const listed = [...all]
    const parts = partition(optimizer, listed)
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
    this.weights = this.arena.block(0)
    this.gradients = this.arena.block(gradients)
    const homes = new Map(this.params.map((p, i) => [p, this.weights[i]!]))
    this.#begin = () => begin(homes)
    if (this.weights.reduce((sum, { length }) => sum + length, 0) < manyNumbers) this.claim()
    else later(homes)
  }

  /** Whether the weights have their first values. */
  get begun(): boolean {
    return this.#begin === undefined
  }

  /** First values of the optimizer's states, and of the averages. */
  #fill(): void {
    for (const { weight, part } of this.members())
      Object.values(part.optimizer.state).forEach((first, s) => {
        // memory is zeros at first
        if (first !== 0) this.state(s)[weight]!.fill(first)
      })
    if (this.average !== undefined)
      this.averages().forEach((a, i) => {
        a.set(this.weights[i]!)
      })
  }

  /** One array per weight of the s-th state of its optimizer. */
  state(s: number): readonly Float32Array[] {
    return this.arena.block(this.firstState + s)
  }
  /** The averaged weights, one array per weight. */
  averages(): readonly Float32Array[] {
    return this.arena.block(this.average ?? 0)
  }
  /** Where weights from `first` to `last`, side by side in one memory, lie in it, gaps included: its kernels, and how many numbers. */
  stretch(first: number, last: number): { readonly k: Kernels; readonly length: number } {
    return { k: kernels(this.arena.memoryOf(first)), length: this.arena.span(first, last) / 4 }
  }
  /** Every weight's place with the part that moves it. */
  *members(): Generator<{ weight: number; part: Part }> {
    let weight = 0
    for (const part of this.parts) for (let i = 0; i < part.weights.length; i++) yield { weight: weight++, part }
  }

  /** Takes the parameters over from wherever they were moved to since, values included. */
  claim(): void {
    const begin = this.#begin
    this.#begin = undefined
    begin?.()
    this.#take()
    if (begin) this.#fill()
  }

  #take(): void {
    this.params.forEach((p, i) => {
      const here = this.weights[i]!
      if (p.storage.array === here) return
      const numbers = p.storage.numbers()
      if (numbers) here.set(numbers)
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
    const averages = this.averages()
    this.params.forEach((p, i) => {
      const { buffer, byteOffset } = p.storage.array!
      if (buffer === averages[i]!.buffer && byteOffset === averages[i]!.byteOffset) p.storage.array = this.weights[i]!
    })
  }
}
