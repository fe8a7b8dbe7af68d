/** Some of the weights in flat memory, as stretches that one pass of a kernel takes. */
import type { Slice } from '../../../optim/clip.js'
import type { Trainable } from './trainable.js'

/** The weights an objective moves, in every block of the arena: weights, gradients, sums, averages. */
export class Region {
  readonly #trained: Trainable
  /** how many numbers a block has of these weights, gaps included */
  readonly length: number
  /** first and last weight of each stretch */
  readonly #stretches: readonly (readonly [first: number, last: number])[]
  readonly #slices = new Map<number, readonly Slice[]>()

  constructor(
    trained: Trainable,
    /** the weights, by number, in order */
    readonly members: readonly number[],
  ) {
    this.#trained = trained
    const stretches: [number, number][] = []
    for (const i of members) {
      const last = stretches.at(-1)
      if (last?.[1] === i - 1 && trained.arena.follows(i)) last[1] = i
      else stretches.push([i, i])
    }
    this.#stretches = stretches
    this.length = this.slices(0).reduce((sum, { length }) => sum + length, 0)
  }

  /** Where these weights lie in a block, the zero gaps behind them included. */
  slices(block: number): readonly Slice[] {
    let slices = this.#slices.get(block)
    if (!slices) {
      const trained = this.#trained
      slices = this.#stretches.map(([first, last]) => ({ ...trained.stretch(first, last), at: trained.arena.offset(block, first) }))
      this.#slices.set(block, slices)
    }
    return slices
  }
  /** The numbers of a block. */
  numbers(block: number): Float32Array[] {
    return this.slices(block).map(({ k, at, length }) => new Float32Array(k.memory.buffer, at, length))
  }

  /** Fills a block with zeros: multiplied by 0, an infinite gradient of an earlier step would leave NaN behind. */
  clear(block: number): void {
    for (const numbers of this.numbers(block)) numbers.fill(0)
  }
  /** into ← into + factor · from */
  add(into: number, from: number, factor: number): void {
    const sources = this.slices(from)
    for (const [i, { k, at, length }] of this.slices(into).entries()) k.axpy(at, sources[i]!.at, length, factor)
  }
}
