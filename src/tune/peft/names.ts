/** How PEFT calls the tensors of an adapter in its file. */
import type { Param } from '../../nn/index.js'
import type { Model } from '../../nn/module.js'
import type { Adapters } from '../lora/adapters.js'
import { headPath, isTied } from '../lora/heads.js'

/** What all names begin with. */
export const prefix = 'base_model.model.'

/** A tensor that a file may hold. */
export interface FileTensor {
  readonly param: Param
  /** whether a file without it is one of another adapter */
  readonly required: boolean
}

/** What a file of an adapter holds, by name: what must be there, and what may. */
export function fileTensors<M extends Model>(adapters: Adapters<M>, name: string): Map<string, FileTensor> {
  const found = new Map<string, FileTensor>()
  for (const [key, { param }] of adapters.tensors(name)) found.set(prefix + key, { param, required: true })
  const { settings, plan } = adapters.of(name)
  const targeted = new Set(plan.targets.map(({ path }) => path))
  const layerOf = (path: string): string => path.slice(0, path.lastIndexOf('.'))
  for (const [path, param] of adapters.trainedBiases(name))
    found.set(prefix + (targeted.has(layerOf(path)) ? `${layerOf(path)}.base_layer.bias` : path), {
      param,
      required: settings.bias === 'all',
    })
  // a table that is targeted is written whole beside its adapter
  for (const { path, kind } of plan.targets) {
    const isEmbedding = kind === 'embedding' || path === headPath
    const param =
      adapters.baseParameters().get(`${path}.weight`) ?? (path === headPath && isTied(adapters.model) ? tiedTable(adapters) : undefined)
    if (isEmbedding && param) found.set(`${prefix}${path}.base_layer.weight`, { param, required: false })
  }
  return found
}

function tiedTable<M extends Model>(adapters: Adapters<M>): Param | undefined {
  return (adapters.model as { readonly lm_head?: { readonly base?: { readonly weight?: Param } } }).lm_head?.base?.weight
}

/** Whether a table is written whole beside its adapter: where it is named `embed_tokens` or `lm_head`, and no single rows of it are trained. */
export function savesTables<M extends Model>(adapters: Adapters<M>, name: string, names: unknown): boolean {
  const { settings, plan } = adapters.of(name)
  if (settings.trainableTokens !== undefined) return false
  const tables = ['embed_tokens', headPath]
  if (Array.isArray(names)) return tables.some((table) => names.includes(table))
  return plan.targets.some(({ path }) => tables.includes(path.split('.').at(-1)!))
}
