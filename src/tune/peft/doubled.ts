/** Adapters that began as a part of the weights, as others of twice the rank for the whole weights: BA − B₀A₀ = [B, −B₀] [A; A₀]. */
import type { StoredTensor } from '../../files/safetensors/stored.js'
import type { Param } from '../../nn/index.js'
import type { Model } from '../../nn/module.js'
import type { Adapters } from '../lora/adapters.js'
import type { LoraSettings } from '../lora/settings.js'
import { prefix } from './names.js'

const each = (record: Readonly<Record<string, number>>, factor: number): Record<string, number> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, factor * value]))

/** Settings with twice the rank and the same scale. */
export function doubled(settings: LoraSettings): LoraSettings {
  const { rank, alpha, rslora, rankPattern, alphaPattern } = settings
  const factor = rslora ? Math.SQRT2 : 2
  return {
    ...settings,
    rank: 2 * rank,
    alpha: factor * alpha,
    rankPattern: each(rankPattern, 2),
    alphaPattern: each(alphaPattern, factor),
    initialisation: true,
  }
}

/** Puts tensors of twice the rank in the place of an adapter's; tables, which began with 0, get zeros. */
export function double<M extends Model>(adapters: Adapters<M>, name: string, tensors: Map<string, StoredTensor>): void {
  const parts = adapters.parts(name)
  for (const { path, tail, param } of adapters.tensors(name).values()) {
    const part = parts.get(path)
    const isFirst = tail === 'lora_A.weight' || tail === 'lora_embedding_A'
    if (!isFirst && tail !== 'lora_B.weight' && tail !== 'lora_embedding_B') continue
    tensors.set(`${prefix}${path}.${tail}`, isFirst ? below(param, part?.first) : beside(param, part?.second))
  }
}

/** Rows below rows, zeros where there are none. */
function below(upper: Param, lower: Param | undefined): StoredTensor {
  const [rows, columns] = upper.shape as readonly [number, number]
  const data = new Float32Array(2 * rows * columns)
  data.set(upper.storage.numbers()!)
  if (lower) data.set(lower.storage.numbers()!, rows * columns)
  return { dtype: 'f32', shape: [2 * rows, columns], data }
}

/** Columns beside columns that are taken away, zeros where there are none. */
function beside(left: Param, right: Param | undefined): StoredTensor {
  const [rows, columns] = left.shape as readonly [number, number]
  const [a, b] = [left.storage.numbers()!, right?.storage.numbers()]
  const data = new Float32Array(2 * rows * columns)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      data[2 * i * columns + j] = a[i * columns + j]!
      data[(2 * i + 1) * columns + j] = b ? -b[i * columns + j]! : 0
    }
  return { dtype: 'f32', shape: [rows, 2 * columns], data }
}
