/** Writing a language model as a folder that others read. */
import { inside, isFolder, namesIn, readBytes, writeAtomic, writeFolder } from '../../files/files.js'
import { converted } from '../../files/safetensors/converted.js'
import { writeSafetensors } from '../../files/safetensors/file.js'
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { tokenizerFiles } from '../../interop/modelFiles.js'
import { parameters } from '../../nn/index.js'
import { momentOf } from '../../saving/save.js'
import { HebbError } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/options.js'
import { openFolder } from '../../tokenize/publishedFolder.js'
import type { ModelConfig } from '../families/index.js'
import { configText, newStyle, release } from '../families/newStyle.js'
import { type GenerationConfig, LLM, type WeightFormat } from '../llm.js'

/** Settings of `saveLLM`. */
export interface SaveLLMOptions {
  /** the number format of the weights; default as they are kept, f32 where they train */
  readonly dtype?: WeightFormat | undefined
  /** bytes of one file of weights at most, beyond which there are several and an index. Default 5 GB */
  readonly shardBytes?: number | undefined
  /** whether a folder that is there already is replaced, with all it holds; default false */
  readonly replace?: boolean | undefined
  /** whether it is written into a folder that is there, beside what that holds: config.json comes last and keeps the fields it had besides. Default false */
  readonly beside?: boolean | undefined
}

const furtherTemplates = 'additional_chat_templates'

/**
 * Writes a model as a folder that Hugging Face's transformers and `loadLLM` read: config.json in the style of transformers 5, model.safetensors (several with an index
 * beyond 5 GB), generation_config.json, the files of the tokenizer. The weights are those of the moment of the call. The folder is there when all of it is, or not
 * at all.
 *
 * Weights of few bits are written as the numbers they stand for. A tied head is no tensor of its own.
 *
 * @throws HebbError for a model that holds more than its family has, as adapters that are not merged; FileError where the folder holds files already, and where
 * the disk refuses
 * @example await saveLLM(model, 'models/mine')
 */
export async function saveLLM(model: LLM, folder: string, options: SaveLLMOptions = {}): Promise<void> {
  checkOptions('saveLLM', options, ['dtype', 'shardBytes', 'replace', 'beside'])
  const { dtype, shardBytes = 5e9, replace, beside = false } = options
  if (!(shardBytes >= 1)) throw new HebbError(`saveLLM: shardBytes ${shardBytes}: give a number of bytes`)
  if (dtype !== undefined && !['f32', 'f16', 'bf16'].includes(dtype))
    throw new HebbError(`saveLLM: dtype ${String(dtype)}: give f32, f16 or bf16`)
  requirePlain(model)
  const weights = await momentOf(model)
  // read before anything is written
  const besides = beside ? await configIn(folder) : {}
  const fill = async (to: string): Promise<void> => {
    const json = (name: string, value: unknown): Promise<void> => writeAtomic(inside(to, name), `${JSON.stringify(value, null, 2)}\n`)
    await writeWeights(weights, to, { dtype, shardBytes, json })
    if (to !== model.parts.folder) await writeBesides(model, to, json)
    await json('generation_config.json', generationOf(model))
    const some = dtype ?? ([...weights.values()].some((t) => t.dtype === 'f32') ? 'f32' : ([...weights.values()][0]!.dtype as WeightFormat))
    const config = newStyle(model.config, model.family, model.decoder, some)
    await writeAtomic(inside(to, 'config.json'), configText({ ...besides, ...config }))
  }
  if (beside) await fill(folder)
  else await writeFolder(folder, fill, { replace })
}

/** The fields of the config.json of a folder; none where there is none. Throws HebbError where it is no JSON. */
const configIn = async (folder: string): Promise<ModelConfig> =>
  ((await (await openFolder(folder, 'saveLLM')).json('config.json')) ?? {}) as ModelConfig

/** Throws HebbError where a model has weights that files of its family have no names for, or lacks some. */
function requirePlain(model: LLM): void {
  const [own, plain] = [parameters(model), parameters(new LLM({ ...model.config, tie_word_embeddings: model.decoder.tied }))]
  const more = [...own.keys()].filter((name) => !plain.has(name))
  const less = [...plain.keys()].filter((name) => !own.has(name))
  if (more.length === 0 && less.length === 0) return
  throw new HebbError(
    `saveLLM: ${more.length > 0 ? `the model holds ${more[0]}, which a ${model.family} has not` : `the model lacks ${less[0]}`}: merge adapters or put the layers back first, or write the weights alone with save`,
  )
}

interface Writing {
  readonly dtype: WeightFormat | undefined
  readonly shardBytes: number
  json(name: string, value: unknown): Promise<void>
}

async function writeWeights(
  weights: ReadonlyMap<string, StoredTensor>,
  folder: string,
  { dtype, shardBytes, json }: Writing,
): Promise<void> {
  const bytes = (t: StoredTensor): number =>
    (t.data.byteLength / t.data.BYTES_PER_ELEMENT) * (dtype === undefined ? t.data.BYTES_PER_ELEMENT : dtype === 'f32' ? 4 : 2)
  const shards: Map<string, StoredTensor>[] = [new Map()]
  let [size, total] = [0, 0]
  for (const [name, t] of weights) {
    const own = bytes(t)
    if (size > 0 && size + own > shardBytes) {
      shards.push(new Map())
      size = 0
    }
    shards.at(-1)!.set(name, t)
    ;[size, total] = [size + own, total + own]
  }
  const number = (i: number): string => String(i).padStart(5, '0')
  const nameOf = (i: number): string =>
    shards.length === 1 ? 'model.safetensors' : `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`
  for (const [i, shard] of shards.entries()) {
    const stored = dtype === undefined ? shard : new Map([...shard].map(([name, t]) => [name, inFormat(t, dtype)]))
    await writeSafetensors(inside(folder, nameOf(i)), stored, { format: 'pt' })
  }
  if (shards.length === 1) return
  const places = shards.flatMap((shard, i) => [...shard.keys()].map((name) => [name, nameOf(i)] as const))
  const parametersInAll = [...weights.values()].reduce((sum, t) => sum + t.data.length, 0)
  await json('model.safetensors.index.json', {
    metadata: { total_parameters: parametersInAll, total_size: total },
    weight_map: Object.fromEntries(places),
  })
}

const inFormat = (t: StoredTensor, dtype: WeightFormat): StoredTensor => ({
  dtype,
  shape: t.shape,
  data: converted(t, dtype) as Exclude<ReturnType<typeof converted>, string>,
})

async function writeBesides({ parts: { folder, files = {} } }: LLM, to: string, json: Writing['json']): Promise<void> {
  for (const [name, value] of Object.entries(files)) await json(name, value)
  if (folder === undefined) return
  const { files: there } = await namesIn(folder)
  for (const name of tokenizerFiles.filter((one) => there.includes(one)))
    await writeAtomic(inside(to, name), await readBytes(inside(folder, name)))
  const further = inside(folder, furtherTemplates)
  if (!(await isFolder(further))) return
  const templates = (await namesIn(further)).files.filter((name) => name.endsWith('.jinja'))
  await writeFolder(inside(to, furtherTemplates), async (temporary) => {
    for (const name of templates) await writeAtomic(inside(temporary, name), await readBytes(inside(further, name)))
  })
}

/** How the model writes: what it came with, else the ids that its config names. */
function generationOf({ generation, config }: LLM): GenerationConfig {
  const ids = ['bos_token_id', 'eos_token_id', 'pad_token_id'].filter((name) => (config[name] ?? null) !== null)
  return { ...(generation ?? Object.fromEntries(ids.map((name) => [name, config[name]]))), transformers_version: release }
}
