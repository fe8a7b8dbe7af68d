/** What an adapter may hold besides products of low rank: layers of its own, and single rows of a table. */
import { frozen, init, Param } from '../../../nn/index.js'
import type { Layer } from '../../../nn/module.js'
import { add, cast, equal, linear, matmul, mul, oneHot, reshape, sub, sum, where } from '../../../ops/index.js'
import { type Tensor, tensor } from '../../../tensor/index.js'
import { Adapted } from './adapted.js'

/** A parameter of its own with the numbers that another one has now. */
function copyOf({ shape, storage }: Param): Param {
  const copy = new Param(shape, init.zeros)
  copy.storage.settle(Float32Array.from(storage.numbers()!))
  return copy
}

/** A copy that stays as it is. */
export const frozenCopy = (p: Param): Param => frozen(copyOf(p))

/** A layer with copies of a layer's parameters. */
function copied<L extends object>(layer: L): L {
  const copy = Object.create(Object.getPrototypeOf(layer) as object) as L
  for (const [name, field] of Object.entries(layer))
    Object.assign(copy, { [name]: field instanceof Param ? copyOf(field) : (field as unknown) })
  return copy
}

/** A layer of the adapter's own in the place of the base's: trained whole. */
export class Replaced extends Adapted {
  readonly modules_to_save: Record<string, Layer> = {}

  put(name: string): void {
    this.modules_to_save[name] = copied(this.base)
  }
  has(name: string): boolean {
    return Object.hasOwn(this.modules_to_save, name)
  }
  drop(name: string): void {
    Reflect.deleteProperty(this.modules_to_save, name)
  }
  tensors(name: string): Map<string, Param> {
    return new Map(Object.entries(this.modules_to_save[name]!).filter((entry): entry is [string, Param] => entry[1] instanceof Param))
  }

  protected adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const own = this.modules_to_save[name]!.forward(x)
    return weight === 1 ? own : add(y, mul(sub(own, y), weight))
  }

  mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][] {
    const fields = this.base as Layer & Readonly<Record<string, unknown>>
    return [...this.tensors(name)].map(([field, own]) => {
      const p = fields[field] as Param
      return [p, weight === 1 ? own : add(now(p), mul(sub(own, now(p)), weight))]
    })
  }
}

type Table = Layer & { readonly weight: Param }

/** Some rows of a table that are trained while all others stay: they take the place of the base's. */
export class TrainedRows extends Adapted<Table> {
  readonly token_adapter: { readonly trainable_tokens_delta: Record<string, Param> } = { trainable_tokens_delta: {} }
  private readonly ids: Record<string, readonly number[]> = {}

  put(name: string, ids: readonly number[]): void {
    const width = this.base.weight.shape[1]!
    const from = this.base.weight.storage.numbers()!
    const rows = new Param([ids.length, width], init.zeros)
    rows.storage.settle(Float32Array.from(ids.flatMap((id) => [...from.subarray(id * width, (id + 1) * width)])))
    this.ids[name] = ids
    this.token_adapter.trainable_tokens_delta[name] = rows
  }
  has(name: string): boolean {
    return Object.hasOwn(this.ids, name)
  }
  drop(name: string): void {
    Reflect.deleteProperty(this.token_adapter.trainable_tokens_delta, name)
    Reflect.deleteProperty(this.ids, name)
  }
  idsOf(name: string): readonly number[] {
    return this.ids[name]!
  }
  rowsOf(name: string): Param {
    return this.token_adapter.trainable_tokens_delta[name]!
  }
  tensors(name: string): Map<string, Param> {
    return new Map([['token_adapter.trainable_tokens_delta', this.rowsOf(name)]])
  }

  protected adapted(ids: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const own = this.idsOf(name)
    const hits = cast(equal(reshape(ids, [...ids.shape, 1]), tensor([...own], { dtype: ids.dtype })), 'f32')
    const rows = matmul(hits, this.rowsOf(name))
    const at = sum(hits, -1, { keep: true }).greater(0.5)
    return where(at, weight === 1 ? rows : add(y, mul(sub(rows, y), weight)), y)
  }

  mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][] {
    return [[this.base.weight, withRows(now(this.base.weight), this.idsOf(name), this.rowsOf(name), weight)]]
  }
}

/** The scores of a head with some rows of its own: those of a `TrainedRows`, where the head is its table, or trained themselves. */
export class TrainedScores extends Adapted<Table> {
  readonly token_adapter: { readonly trainable_tokens_delta: Record<string, Param> } = { trainable_tokens_delta: {} }
  private readonly ids: Record<string, readonly number[]> = {}
  private readonly shared: Record<string, TrainedRows> = {}

  put(name: string, ids: readonly number[], shared: TrainedRows | undefined): void {
    this.ids[name] = ids
    if (shared) {
      this.shared[name] = shared
      return
    }
    const rows = new TrainedRows(this.base)
    rows.put(name, ids)
    this.token_adapter.trainable_tokens_delta[name] = rows.rowsOf(name)
  }
  has(name: string): boolean {
    return Object.hasOwn(this.ids, name)
  }
  drop(name: string): void {
    for (const held of [this.token_adapter.trainable_tokens_delta, this.ids, this.shared]) Reflect.deleteProperty(held, name)
  }
  tensors(name: string): Map<string, Param> {
    const own = this.token_adapter.trainable_tokens_delta[name]
    return new Map(own ? [['token_adapter.trainable_tokens_delta', own]] : [])
  }

  protected adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor {
    const ids = this.ids[name]!
    const places = oneHot(tensor([...ids], { dtype: 'i32' }), y.shape.at(-1)!)
    const own = matmul(linear(x, this.#rows(name)), places)
    return where(sum(places, 0).greater(0.5), weight === 1 ? own : add(y, mul(sub(own, y), weight)), y)
  }

  mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][] {
    // a shared table has them from its own wrapper
    if (this.shared[name]) return []
    return [[this.base.weight, withRows(now(this.base.weight), this.ids[name]!, this.#rows(name), weight)]]
  }

  #rows(name: string): Param {
    return this.shared[name]?.rowsOf(name) ?? this.token_adapter.trainable_tokens_delta[name]!
  }
}

/** A table with some rows in the place of its own. */
function withRows(table: Tensor, ids: readonly number[], rows: Tensor, weight: number): Tensor {
  const places = oneHot(tensor([...ids], { dtype: 'i32' }), table.shape[0]!)
  const at = reshape(sum(places, 0).greater(0.5), [table.shape[0]!, 1])
  const own = matmul(places.transpose(), rows)
  return where(at, weight === 1 ? own : add(table, mul(sub(own, table), weight)), table)
}
