/** Runs an optimizer on a few weights in one memory: by its kernel, or by its graph form. */
import { init, Param } from '../../src/index.js'
import { type Kernels, kernels, newMemory } from '../../src/kernels/index.js'
import { type Optimizer, type Part, partition, type Slice, scalarsAt } from '../../src/optim/index.js'
import { type Tensor, tensor } from '../../src/tensor/tensor.js'

interface Weight {
  readonly path: string
  readonly shape: readonly number[]
}

/** Weights as models have them. */
export const named = (weights: readonly Weight[]): [string, Param][] =>
  weights.map(({ path, shape }) => [path, new Param(shape, init.zeros)])

export class Stepper {
  readonly k: Kernels
  readonly weights: readonly Float32Array[]
  readonly grads: readonly Float32Array[]
  readonly states: readonly Readonly<Record<string, Float32Array>>[]
  readonly parts: readonly Part[]
  readonly #weights: readonly Weight[]
  #step = 0

  constructor(
    optimizer: Optimizer,
    weights: readonly Weight[],
    readonly form: 'kernel' | 'graph',
  ) {
    this.#weights = weights
    this.parts = partition(optimizer, named(weights))
    const sizes = weights.map(({ shape }) => shape.reduce((a, b) => a * b, 1))
    this.k = kernels(newMemory(sizes.reduce((a, b) => a + b, 0) * 4 * 8))
    let at = 0
    const place = (n: number, value = 0): Float32Array => {
      const view = new Float32Array(this.k.memory.buffer, at, n).fill(value)
      at += 4 * n
      return view
    }
    this.weights = sizes.map((n) => place(n))
    this.grads = sizes.map((n) => place(n))
    this.states = sizes.map((n, i) => {
      const { state } = this.parts.find((part) => part.weights.includes(i))!.optimizer
      return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, place(n, value)]))
    })
  }

  get slices(): Slice[] {
    return this.grads.map((g) => ({ k: this.k, at: g.byteOffset, length: g.length }))
  }

  async step(): Promise<void> {
    this.#step++
    for (const part of this.parts) {
      const h = scalarsAt(part, this.#step)
      for (const i of part.weights) await this.#update(part.optimizer, i, h)
    }
  }

  async #update(optimizer: Optimizer, i: number, h: Record<string, number>): Promise<void> {
    const [w, g, state] = [this.weights[i]!, this.grads[i]!, this.states[i]!]
    if (this.form === 'kernel') {
      if (!optimizer.kernel) throw new Error(`${optimizer.name} has no kernel`)
      const offsets = Object.fromEntries(Object.entries(state).map(([name, view]) => [name, view.byteOffset]))
      optimizer.kernel(this.k, { weight: w.byteOffset, grad: g.byteOffset, state: offsets, length: w.length }, h)
      return
    }
    const { shape } = this.#weights[i]!
    const graph = (x: Float32Array): Tensor => tensor(x.slice(), { shape: [...shape] })
    const next = optimizer.update(
      graph(w),
      graph(g),
      Object.fromEntries(Object.entries(state).map(([name, x]) => [name, graph(x)])),
      Object.fromEntries(Object.entries(h).map(([name, x]) => [name, tensor(Float32Array.of(x), { shape: [] })])),
    )
    w.set((await next.weight.data()) as Float32Array)
    for (const [name, x] of Object.entries(next.state)) state[name]!.set((await x.data()) as Float32Array)
  }
}
