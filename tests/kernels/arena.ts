/** A small memory for tests: arrays laid out one after the other, at any multiple of 4 bytes, with guard numbers between them. */
import { type Kernels, kernels, newMemory } from '../../src/kernels/index.js'

const guard = 12345.5

export class Arena {
  readonly k: Kernels
  #used: number
  readonly #guards: number[] = []

  constructor(floats: number, skip = 0) {
    this.k = kernels(newMemory(4 * (floats + 64)))
    this.#used = 4 * skip
    this.#fence()
  }

  /** Copies numbers in; the view is live, its byteOffset is its address. */
  put(values: ArrayLike<number>): Float32Array {
    const view = new Float32Array(this.k.memory.buffer, this.#used, values.length)
    view.set(values)
    this.#used += view.byteLength
    this.#fence()
    return view
  }

  /** Whether the numbers between the arrays are untouched. */
  whole(): boolean {
    return this.#guards.every((at) => new Float32Array(this.k.memory.buffer, at, 1)[0] === guard)
  }

  #fence(): void {
    new Float32Array(this.k.memory.buffer, this.#used, 1)[0] = guard
    this.#guards.push(this.#used)
    this.#used += 4
  }
}
