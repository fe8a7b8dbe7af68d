/** Some of the weights in flat memory, as stretches that one pass of a kernel takes. */
import type { Slice } from '../../../optim/clip.js'
import type { Trainable } from './trainable.js'

/** The weights an objective moves, in every block of the arena: weights, gradients, sums, averages. */
export class Region {
  readonly #trained: Trainable
  /** first weight, and the one behind the last, of each stretch */
  readonly #stretches: readonly (readonly [first: number, end: number])[]
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
      if (last?.[1] === i) last[1]++
      else stretches.push([i, i + 1])
    }
    this.#stretches = stretches
  }

  /** Where these weights lie in a block, the zero gaps behind them included. */
  slices(block: number): readonly Slice[] {
    let slices = this.#slices.get(block)
    if (!slices) {
      const { arena, kernels } = this.#trained
      slices = this.#stretches.map(([first, end]) => ({
        k: kernels,
        at: arena.offset(block, first),
        length: this.#trained.lengthOf(first, end),
      }))
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
