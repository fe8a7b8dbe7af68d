/** What every method of tuning is told: which model, by adapters or whole, in how many bits, from which examples, into which folder. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type LLM, loadLLM } from '../../llm/index.js'
import { countParameters } from '../../nn/index.js'
import { choice, count, positive, type Settings, text } from '../../recipes/index.js'
import { HebbError } from '../../tensor/errors.js'
import { type Adapters, loadAdapter, lora } from '../../tune/index.js'

/** Options of every method, besides its own. */
export const baseOptions = {
  model: text('', 'the model: a folder, a .gguf file, or a name of the hub', '<name>'),
  data: text('', 'examples', '<file>'),
  validation: text('', 'examples that are only measured, after each epoch', '<file>'),
  out: text('', 'folder of the result, and of the run below it', '<folder>'),
  lora: count(0, 'trains adapters of this rank alone, the model stays as it is; 0 trains all of it', { least: 0 }),
  alpha: positive(0, 'of adapters: their change is scaled by alpha / rank; 0 stands for twice the rank', { zero: true }),
  dropout: positive(0, 'of adapters: share of what enters them that is dropped', { zero: true, most: 0.99 }),
  targets: text('all-linear', 'layers that get adapters: all-linear, or ends of their paths, with commas between', '<names>'),
  dora: choice(['no', 'yes'], 'no', 'adapters with a length for each row'),
  adapter: text('', 'folder of an adapter that is trained further, instead of a new one', '<folder>'),
  bits: choice(['none', '4', '8'], 'none', 'bits of the frozen weights, for adapters'),
  saveSeconds: positive(60, 'seconds between two checkpoints', { zero: true }),
  seed: count(0, 'decides first values, order and all randomness', { least: 0 }),
} as const

/** What they are set to. */
export type Base = Settings<typeof baseOptions>

/** Throws HebbError where something is missing, or does not go together. */
export function requireBase(method: string, base: Base): void {
  const missing = (['model', 'data', 'out'] as const).filter((name) => base[name] === '')
  if (missing.length > 0) throw new HebbError(`tune ${method}: give ${missing.map((name) => `--${name}`).join(', ')}`)
  for (const name of ['data', 'validation'] as const)
    if (base[name] !== '' && !existsSync(base[name])) throw new HebbError(`tune ${method}: --${name}: there is no file ${base[name]}`)
  if (base.bits !== 'none' && base.lora === 0 && base.adapter === '')
    throw new HebbError(
      `tune ${method}: weights in ${base.bits} bits cannot be trained themselves: give --lora 8, say, or leave --bits out`,
    )
  if (base.adapter !== '' && base.lora > 0)
    throw new HebbError(`tune ${method}: --adapter goes on with the adapter that is there, --lora makes a new one: give one of them`)
}

/** A model and what of it is trained. */
export interface Tuned {
  readonly model: LLM
  readonly adapters: Adapters<LLM> | undefined
  /** as PEFT prints it */
  readonly share: string
}

/** Reads the model, and puts its adapter before it. */
export async function tunedModel(base: Base, signal: AbortSignal, onProgress?: Parameters<typeof loadLLM>[1]): Promise<Tuned> {
  const bits = base.bits === 'none' ? undefined : (Number(base.bits) as 4 | 8)
  const model = await loadLLM(base.model, { bits, signal, ...onProgress })
  const adapters = await adaptersFor(model, base)
  if (adapters) return { model, adapters, share: adapters.share.text }
  const { total } = countParameters(model)
  const all = total.toLocaleString('en-US')
  return { model, adapters, share: `trainable params: ${all} || all params: ${all} || trainable%: 100.0000` }
}

async function adaptersFor(
  model: LLM,
  { adapter, lora: rank, alpha, dropout, targets, dora, seed }: Base,
): Promise<Adapters<LLM> | undefined> {
  if (adapter !== '') {
    if (!existsSync(join(adapter, 'adapter_config.json')))
      throw new HebbError(`--adapter: ${adapter} holds no adapter: there is no adapter_config.json`)
    return loadAdapter(model, adapter, { trainable: true })
  }
  if (rank === 0) return undefined
  const names = targets.split(',').map((name) => name.trim())
  const chosen = names.length === 1 ? names[0]! : names
  return lora(model, { rank, alpha: alpha === 0 ? 2 * rank : alpha, dropout, targets: chosen, dora: dora === 'yes', seed })
}
