/** The trained weights of a model in flat memory: weights, gradients and optimizer state as equal blocks of one arena. */
import { type Kernels, kernels } from '../../../kernels/kernels.js'
import type { Param } from '../../../nn/param.js'
import { type Part, partition } from '../../../optim/groups.js'
import type { Optimizer } from '../../../optim/optimizer.js'
import { Arena } from '../../../runtime/arena.js'
import { DtypeError, HebbError } from '../../../tensor/errors.js'

/** The block of gradients; that of the weights is block 0. */
export const gradients = 1

/** From so many numbers on a pass over them takes some milliseconds, for which the event loop has to wait. */
export const manyNumbers = 1 << 21

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
  /** block of averaged weights, and one array of it per weight; undefined without an average */
  readonly average: number | undefined
  readonly averages: readonly Float32Array[] | undefined
  /** first of the blocks that hold states of optimizers */
  readonly firstState: number

  /** draws first values, until they are there */
  #draw: (() => void) | undefined

  /**
   * `draw` gives parameters without values their first ones, in their homes. Of many numbers it is called when they are first needed, and `later`
   * before: who has the time may draw them in pieces until then.
   */
  constructor(
    all: ReadonlyMap<string, Param>,
    optimizer: Optimizer,
    extra: { sums: boolean; average: boolean },
    draw: (homes: ReadonlyMap<Param, Float32Array>) => void,
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
    this.averages = this.average === undefined ? undefined : this.arena.block(this.average)
    this.#draw = () => draw(homes)
    if (this.weights.reduce((sum, { length }) => sum + length, 0) < manyNumbers) this.begin()
    else later(homes)
  }

  /** One array per weight of the s-th state of its optimizer. */
  state(s: number): readonly Float32Array[] {
    return this.arena.block(this.firstState + s)
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

  /** Whether weights, states and averages have their first values. */
  get begun(): boolean {
    return this.#draw === undefined
  }

  /** Gives weights, states and averages their first values, once. */
  begin(): void {
    const draw = this.#draw
    if (!draw) return
    this.#draw = undefined
    draw()
    this.#claim()
    for (const { weight, part } of this.members())
      Object.values(part.optimizer.state).forEach((first, s) => {
        // memory is zeros at first
        if (first !== 0) this.state(s)[weight]!.fill(first)
      })
    this.averages?.forEach((average, i) => {
      average.set(this.weights[i]!)
    })
  }

  /** Lets the model hold the weights that train, whatever it held until now. */
  hold(): void {
    this.begin()
    this.showWeights()
    this.#claim()
  }

  /** Takes over parameters that were given numbers elsewhere since: these are copied here, where the parameters live from now on. */
  #claim(): void {
    this.params.forEach((p, i) => {
      const here = this.weights[i]!
      if (p.storage.array === here) return
      const numbers = p.storage.numbers()
      if (numbers) here.set(numbers)
      p.storage.array = here
    })
  }

  /** Lets the model hold the averages, where there are any, without copying. */
  showAverages(): void {
    if (!this.averages) return
    this.hold()
    this.params.forEach(({ storage }, i) => {
      storage.array = this.averages![i]!
    })
  }
  /** Ends that; parameters that were given numbers elsewhere meanwhile keep them. */
  showWeights(): void {
    this.params.forEach(({ storage }, i) => {
      if (this.averages && storage.array === this.averages[i]) storage.array = this.weights[i]!
    })
  }
}
