/** The layers that stand in front of a layer of the base: the products of low rank, and what else an adapter may hold. */
import { stopGradient } from '../../autodiff/grad.js'
import { Dropout } from '../../nn/dropout.js'
import type { Embedding } from '../../nn/embedding.js'
import { init, isTraining, type Linear, Param } from '../../nn/index.js'
import { lecunBound } from '../../nn/init.js'
import type { Layer } from '../../nn/module.js'
import { add, div, embedding, linear, matmul, mul, norm, sub, transpose } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import { lengthsOf } from './lengths.js'
import { adaptersOff } from './off.js'
import type { Initialisation } from './settings.js'

/** A product whose weights are (out, in), or (in, out) as GPT-2's are. */
export type Product = Pick<Linear, 'weight' | 'bias'> & Layer

/** Adapters that a layer computes with now, each with its weight. */
export type Active = readonly { readonly name: string; readonly weight: number }[]

/** How one adapter enters one layer. */
export interface Entry {
  readonly rank: number
  /** what the product BA is scaled by */
  readonly scale: number
  readonly dropout: number
  /** whether B has a bias */
  readonly bias: boolean
  /** whether it has a magnitude */
  readonly dora: boolean
  readonly initialisation: Initialisation
}

/** What all wrappers are: a base that is seen through, and adapters by name. */
export abstract class Adapted<L extends Layer = Layer> {
  static readonly through: string = 'base'
  /** those that are computed with; a new list when they change, so that programs know */
  active: Active = []
  /** whether the base's weights hold them now */
  merged = false

  constructor(readonly base: L) {}

  forward(x: Tensor): Tensor {
    const y = this.base.forward(x)
    if (this.merged || adaptersOff()) return y
    return this.active.filter(({ name }) => this.has(name)).reduce((sum, { name, weight }) => this.adapted(x, sum, name, weight), y)
  }

  /** Whether an adapter is in this layer. */
  abstract has(name: string): boolean
  /** Takes an adapter out. */
  abstract drop(name: string): void
  /** An adapter's tensors by what files call them behind the layer's path. */
  abstract tensors(name: string): Map<string, Param>
  /** What the layer gives with an adapter, of what it gives without. */
  protected abstract adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor
  /** Gives a magnitude that was just put there the lengths that the weights have with the adapter; everything has numbers by now. */
  measure(_name: string): void {
    // only what has a magnitude has something to measure
  }
  /** The base's tensors with an adapter in them, of what is there without. */
  abstract mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][]
}

type Named<T> = Record<string, T>
interface Weighted {
  readonly weight: Param
  readonly bias?: Param
}

/** y = base(x) + s · B A x [Hu 2021]; with a magnitude m [Liu 2024] (m/‖W + sBA‖) · (Wx + s · B A x) + b, the norm of each row taken as a constant. */
export class LoraLinear extends Adapted<Product> {
  readonly lora_A: Named<Weighted> = {}
  readonly lora_B: Named<Weighted> = {}
  readonly lora_magnitude_vector: Named<Weighted> = {}
  readonly lora_dropout: Named<Dropout> = {}
  private readonly scales: Named<number> = {}

  constructor(
    base: Product,
    /** whether weights are (in, out) */
    readonly transposed: boolean,
  ) {
    super(base)
  }

  put(name: string, { rank, scale, dropout, bias, dora, initialisation }: Entry): void {
    const [outputs, inputs] = this.sizes
    this.scales[name] = scale
    const second = initialisation === false ? lecunBound(rank) : init.zeros
    this.lora_A[name] = { weight: new Param([rank, inputs], initialisation === 'gaussian' ? init.normal(1 / rank) : lecunBound(inputs)) }
    this.lora_B[name] = { weight: new Param([outputs, rank], second), ...(bias && { bias: new Param([outputs], second) }) }
    if (dora) this.lora_magnitude_vector[name] = { weight: new Param([outputs], init.ones) }
    if (dropout > 0) this.lora_dropout[name] = new Dropout(dropout)
  }

  /** outputs and inputs */
  get sizes(): readonly [outputs: number, inputs: number] {
    const [rows, columns] = this.base.weight.shape as readonly [number, number]
    return this.transposed ? [columns, rows] : [rows, columns]
  }

  has(name: string): boolean {
    return Object.hasOwn(this.lora_A, name)
  }
  drop(name: string): void {
    for (const held of [this.lora_A, this.lora_B, this.lora_magnitude_vector, this.lora_dropout, this.scales])
      Reflect.deleteProperty(held, name)
  }
  scale(name: string): number {
    return this.scales[name]!
  }

  tensors(name: string): Map<string, Param> {
    const [a, b, m] = [this.lora_A[name]!, this.lora_B[name]!, this.lora_magnitude_vector[name]]
    return new Map([
      ['lora_A.weight', a.weight],
      ['lora_B.weight', b.weight],
      ...(b.bias ? [['lora_B.bias', b.bias] as const] : []),
      ...(m ? [['lora_magnitude_vector', m.weight] as const] : []),
    ])
  }

  override measure(name: string): void {
    const m = this.lora_magnitude_vector[name]
    const [a, b] = [this.lora_A[name]!.weight, this.lora_B[name]!.weight]
    if (m) m.weight.storage.settle(lengthsOf(this.base.weight, this.transposed, a, b, this.scale(name)))
  }

  protected adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const [a, b, m, dropout] = [this.lora_A[name]!, this.lora_B[name]!, this.lora_magnitude_vector[name], this.lora_dropout[name]]
    const scale = this.scales[name]!
    const entered = dropout ? dropout.forward(x) : x
    const low = linear(entered, a.weight)
    if (!m) {
      const s = scale * weight
      return add(y, b.bias ? mul(linear(low, b.weight, b.bias), s) : linear(mul(low, s), b.weight))
    }
    const factor = div(m.weight, stopGradient(this.rowNorms(this.rows(this.base.weight), name)))
    const { bias } = this.base
    const straight = dropout && isTraining() ? linear(entered, this.rows(this.base.weight)) : bias ? sub(y, bias) : y
    const change = add(mul(sub(factor, 1), straight), mul(factor, mul(linear(low, b.weight, b.bias), scale)))
    return add(y, weight === 1 ? change : mul(change, weight))
  }

  mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][] {
    const { base } = this
    const [b, m] = [this.lora_B[name]!, this.lora_magnitude_vector[name]]
    const rows = this.rows(now(base.weight))
    const moved = add(rows, this.delta(name))
    const whole = m ? mul(moved, div(m.weight, this.rowNorms(rows, name)).unsqueeze(1)) : moved
    const mixed = weight === 1 ? whole : add(rows, mul(sub(whole, rows), weight))
    const merged: [Param, Tensor][] = [[base.weight, this.rows(mixed)]]
    if (b.bias && base.bias) merged.push([base.bias, add(now(base.bias), mul(b.bias, this.scale(name) * weight))])
    return merged
  }

  /** s · BA, (out, in) */
  private delta(name: string): Tensor {
    return mul(matmul(this.lora_B[name]!.weight, this.lora_A[name]!.weight), this.scale(name))
  }

  /** The length of each row of W + sBA. */
  rowNorms(rows: Tensor, name: string): Tensor {
    return norm(add(rows, this.delta(name)), 1)
  }

  /** A matrix with a row for each output, or back. */
  rows(w: Tensor): Tensor {
    return this.transposed ? transpose(w) : w
  }
}

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
