/** Products of low rank before a product of the base. */
import { stopGradient } from '../../../autodiff/grad.js'
import { Dropout } from '../../../nn/dropout.js'
import { init, isTraining, type Linear, Param } from '../../../nn/index.js'
import { lecunBound } from '../../../nn/init.js'
import type { Layer } from '../../../nn/module.js'
import { add, div, linear, matmul, mul, norm, sub, transpose } from '../../../ops/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { Adapted, type Entry, type Named, type Weighted } from './adapted.js'
import { lengthsOf } from './lengths.js'
import { frozenCopy } from './replaced.js'

/** A product whose weights are (out, in), or (in, out) as GPT-2's are. */
export type Product = Pick<Linear, 'weight' | 'bias'> & Layer

/**
 * y = base(x) + s · B A x [Hu 2021], less s · B₀ A₀ x where the first BA was a part of the weights, which themselves stay as they are;
 * with a magnitude m [Liu 2024] (m/‖W + sBA‖) · (Wx + s · B A x) + b, the norm of each row taken as a constant.
 */
export class LoraLinear extends Adapted<Product> {
  readonly lora_A: Named<Weighted> = {}
  readonly lora_B: Named<Weighted> = {}
  readonly lora_magnitude_vector: Named<Weighted> = {}
  readonly lora_dropout: Named<Dropout> = {}
  private readonly scales: Named<number> = {}
  /** A and B as they were at first, where s · BA was a part of the weights: they belong to no model, as nobody trains or saves them */
  readonly #parts = new Map<string, { readonly first: Param; readonly second: Param }>()

  constructor(
    base: Product,
    /** whether weights are (in, out) */
    readonly transposed: boolean,
  ) {
    super(base)
  }

  put(name: string, { rank, scale, dropout, bias, dora, initialisation, start }: Entry): void {
    const [outputs, inputs] = this.sizes
    this.scales[name] = scale
    const second = initialisation === false ? lecunBound(rank) : init.zeros
    this.lora_A[name] = { weight: new Param([rank, inputs], initialisation === 'gaussian' ? init.normal(1 / rank) : lecunBound(inputs)) }
    this.lora_B[name] = { weight: new Param([outputs, rank], second), ...(bias && { bias: new Param([outputs], second) }) }
    if (start) {
      const [a, b] = [this.lora_A[name].weight, this.lora_B[name].weight]
      a.storage.settle(start.first)
      b.storage.settle(start.second)
      if (start.isPart) this.#parts.set(name, { first: frozenCopy(a), second: frozenCopy(b) })
    }
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
    this.#parts.delete(name)
  }
  /** A (rank, in) and B (out, rank) as they were at first, where s · BA of them is a part of the weights that went out. */
  part(name: string): { readonly first: Param; readonly second: Param } | undefined {
    return this.#parts.get(name)
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
    // what was taken out of the weights and what is put in are the same at first
    const scale = this.#parts.has(name) ? 0 : this.scale(name)
    if (m) m.weight.storage.settle(lengthsOf(this.base.weight, this.transposed, a, b, scale))
  }

  protected adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const [a, b, m, dropout] = [this.lora_A[name]!, this.lora_B[name]!, this.lora_magnitude_vector[name], this.lora_dropout[name]]
    const scale = this.scales[name]!
    const entered = dropout ? dropout.forward(x) : x
    const low = linear(entered, a.weight)
    const rest = this.without(name, x, y, weight)
    if (!m) {
      const s = scale * weight
      return add(rest, b.bias ? mul(linear(low, b.weight, b.bias), s) : linear(mul(low, s), b.weight))
    }
    const factor = div(m.weight, stopGradient(this.rowNorms(this.rows(this.base.weight), name)))
    const { bias } = this.base
    const whole = dropout && isTraining() ? linear(entered, this.rows(this.base.weight)) : bias ? sub(y, bias) : y
    const straight = this.without(name, entered, whole, 1)
    const change = add(mul(sub(factor, 1), straight), mul(factor, mul(linear(low, b.weight, b.bias), scale)))
    return add(rest, weight === 1 ? change : mul(change, weight))
  }

  /** y without the part of the weights that an adapter began with. */
  private without(name: string, x: Tensor, y: Tensor, weight: number): Tensor {
    const part = this.#parts.get(name)
    return part ? sub(y, linear(mul(linear(x, part.first), this.scale(name) * weight), part.second)) : y
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

  /** s · BA, (out, in), less what it was at first where that was a part of the weights */
  private delta(name: string): Tensor {
    const part = this.#parts.get(name)
    const product = matmul(this.lora_B[name]!.weight, this.lora_A[name]!.weight)
    return mul(part ? sub(product, matmul(part.second, part.first)) : product, this.scale(name))
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
