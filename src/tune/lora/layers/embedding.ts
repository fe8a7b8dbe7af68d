/** Products of low rank before a table of vectors. */
import { stopGradient } from '../../../autodiff/grad.js'
import type { Embedding } from '../../../nn/embedding.js'
import { init, Param } from '../../../nn/index.js'
import type { Layer } from '../../../nn/module.js'
import { add, div, embedding, linear, matmul, mul, norm, sub, transpose } from '../../../ops/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { Adapted, type Entry, type Named, type Weighted } from './adapted.js'
import { lengthsOf } from './lengths.js'

/** y = base(ids) + s · (row of Aᵀ for each id) Bᵀ; with a magnitude (m/‖W + s(BA)ᵀ‖) · that, the norm of each column taken as a constant. */
export class LoraEmbedding extends Adapted<Pick<Embedding, 'weight'> & Layer> {
  readonly lora_embedding_A: Named<Param> = {}
  readonly lora_embedding_B: Named<Param> = {}
  readonly lora_magnitude_vector: Named<Weighted> = {}
  private readonly scales: Named<number> = {}

  put(name: string, { rank, scale, dora, initialisation }: Entry): void {
    const [rows, width] = this.base.weight.shape as readonly [number, number]
    this.scales[name] = scale
    this.lora_embedding_A[name] = new Param([rank, rows], initialisation === false ? init.normal(1) : init.zeros)
    this.lora_embedding_B[name] = new Param([width, rank], init.normal(1))
    if (dora) this.lora_magnitude_vector[name] = { weight: new Param([width], init.ones) }
  }

  has(name: string): boolean {
    return Object.hasOwn(this.lora_embedding_A, name)
  }
  drop(name: string): void {
    for (const held of [this.lora_embedding_A, this.lora_embedding_B, this.lora_magnitude_vector, this.scales])
      Reflect.deleteProperty(held, name)
  }
  scale(name: string): number {
    return this.scales[name]!
  }

  tensors(name: string): Map<string, Param> {
    const m = this.lora_magnitude_vector[name]
    return new Map([
      ['lora_embedding_A', this.lora_embedding_A[name]!],
      ['lora_embedding_B', this.lora_embedding_B[name]!],
      ...(m ? [['lora_magnitude_vector', m.weight] as const] : []),
    ])
  }

  override measure(name: string): void {
    const m = this.lora_magnitude_vector[name]
    const [a, b] = [this.lora_embedding_A[name]!, this.lora_embedding_B[name]!]
    if (m) m.weight.storage.settle(lengthsOf(this.base.weight, true, a, b, this.scale(name)))
  }

  protected adapted(ids: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const m = this.lora_magnitude_vector[name]
    const low = embedding(transpose(this.lora_embedding_A[name]!), ids)
    const more = linear(mul(low, this.scale(name) * (m ? 1 : weight)), this.lora_embedding_B[name]!)
    if (!m) return add(y, more)
    const factor = div(m.weight, stopGradient(this.columnNorms(this.base.weight, name)))
    const change = add(mul(sub(factor, 1), y), mul(factor, more))
    return add(y, weight === 1 ? change : mul(change, weight))
  }

  mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][] {
    const m = this.lora_magnitude_vector[name]
    const table = now(this.base.weight)
    const moved = add(table, this.delta(name))
    const whole = m ? mul(moved, div(m.weight, this.columnNorms(table, name))) : moved
    return [[this.base.weight, weight === 1 ? whole : add(table, mul(sub(whole, table), weight))]]
  }

  private delta(name: string): Tensor {
    return mul(transpose(matmul(this.lora_embedding_B[name]!, this.lora_embedding_A[name]!)), this.scale(name))
  }
  /** The length of each column of the table with the adapter in it. */
  columnNorms(table: Tensor, name: string): Tensor {
    return norm(add(table, this.delta(name)), 0)
  }
}
