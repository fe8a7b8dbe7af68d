/** Adapters in files, as PEFT 0.21 writes and reads them: adapter_config.json and adapter_model.safetensors. */
import { FileError } from '../../files/fileError.js'
import { inside, isFolder, readBytes, writeAtomic, writeFolder } from '../../files/files.js'
import { converted } from '../../files/safetensors/converted.js'
import { openSafetensors, writeSafetensors } from '../../files/safetensors/file.js'
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { frozen, initialize, type Param } from '../../nn/index.js'
import { some } from '../../nn/module/select.js'
import type { Model } from '../../nn/module.js'
import { arrayOf } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { type Adapters, adaptersFor, adaptersOf } from '../lora/adapters.js'
import { isPartOfBase } from '../lora/start/names.js'
import { planOf } from '../lora/targets.js'
import { peftConfig, readPeftConfig } from './config.js'
import { double, doubled } from './doubled.js'
import { fileTensors, savesTables } from './names.js'

const [configName, weightsName] = ['adapter_config.json', 'adapter_model.safetensors']

/** Options of `loadAdapter`. */
export interface LoadAdapterOptions {
  /** what it is called in the model. Default 'default' */
  readonly name?: string | undefined
  /** whether it is trained further. Default false */
  readonly trainable?: boolean | undefined
}

/**
 * Reads an adapter that PEFT or `saveAdapter` wrote into a model, and uses it alone. Its base need not be that of the file's path: it must have the layers, and of
 * these shapes. Settings that mean nothing here are kept for when it is written again.
 *
 * Throws HebbError for settings that compute what is not built, and for tensors that are missing, have no place in the model or are of another shape, naming them;
 * FileError for files that are not there or damaged. The model is then as it was.
 *
 * @example const adapters = await loadAdapter(model, 'adapters/french', { name: 'french' })
 */
export async function loadAdapter<M extends Model>(model: M, folder: string, options: LoadAdapterOptions = {}): Promise<Adapters<M>> {
  checkOptions('loadAdapter', options, ['name', 'trainable'])
  const { name = 'default', trainable = false } = options
  const path = inside(folder, configName)
  const { settings, kept } = readPeftConfig(path, await readJson(path), name)
  const file = await openSafetensors(inside(folder, weightsName))
  try {
    planOf(path, model, settings)
    const before = adaptersOf(model)
    const used = before?.active
    const adapters = adaptersFor(model)
    try {
      adapters.add(path, settings, kept)
      await receive(adapters, name, file)
    } catch (error) {
      if (adapters.names.includes(name)) await adapters.remove(name)
      else if (!before) await adapters.remove()
      if (used) adapters.use(used)
      throw error
    }
    if (!trainable) for (const { param } of adapters.tensors(name).values()) frozen(param)
    return adapters
  } finally {
    await file.close()
  }
}

/** Puts a file's tensors where they belong; all or none. */
async function receive<M extends Model>(
  adapters: Adapters<M>,
  name: string,
  file: {
    readonly name: string
    readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>
    all(): Promise<ReadonlyMap<string, StoredTensor>>
  },
): Promise<void> {
  const wanted = fileTensors(adapters, name)
  const placeOf = (key: string): string => (wanted.has(key) ? key : key.replace(/\.bias$/, '.base_layer.bias'))
  const places = new Map([...file.tensors.keys()].map((key) => [placeOf(key), key]))
  const missing = [...wanted].filter(([key, { required }]) => required && !places.has(key)).map(([key]) => key)
  const extra = [...places].filter(([key]) => !wanted.has(key)).map(([, key]) => key)
  const misshapen = [...places].flatMap(([key, stored]) => {
    const [place, shape] = [wanted.get(key), file.tensors.get(stored)!.shape]
    if (!place || sameShape(shape, place.param.shape)) return []
    return [`${stored}: ${showShape(shape)} in the file, ${showShape(place.param.shape)} for the model`]
  })
  const problems = [
    ...(missing.length > 0 ? [`missing in the file: ${some(missing)}`] : []),
    ...(extra.length > 0 ? [`with no place in the model: ${some(extra)}`] : []),
    ...(misshapen.length > 0 ? [`of another shape: ${some(misshapen)}`] : []),
  ]
  if (problems.length > 0)
    throw new HebbError(
      `loadAdapter: ${file.name} does not fit the model; nothing was changed.\n  ${problems.join('\n  ')}\n  Give the base model it was made for.`,
    )
  const stored = await file.all()
  const ready: [Param, Float32Array][] = []
  for (const [key, from] of places) {
    const numbers = converted(stored.get(from)!, 'f32')
    if (typeof numbers === 'string') throw new HebbError(`loadAdapter: ${file.name}: ${from}: ${numbers}`)
    ready.push([wanted.get(key)!.param, arrayOf(numbers, 'f32')])
  }
  initialize(adapters.model)
  for (const [{ storage }, numbers] of ready) {
    if (same(storage.numbers()!, numbers)) continue
    if (storage.frozen) storage.settle(Float32Array.from(numbers))
    else storage.open()!.set(numbers)
  }
}

const same = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

/** Options of `saveAdapter`. */
export interface SaveAdapterOptions {
  /** which adapter. Default the only one in use */
  readonly name?: string | undefined
  /** the base, as others find it: a folder or a name on the hub. Default none, or what the adapter's own file said */
  readonly base?: string | undefined
}

/**
 * Writes an adapter as PEFT 0.21 does, into a folder: `PeftModel.from_pretrained(base, folder)` reads it. A table of tokens that has an adapter is written whole beside it.
 * An adapter that began as a part of the weights (`'pissa'`, `'olora'`) is written as one of twice the rank for the weights as they are, as PEFT does with
 * `path_initial_model_for_weight_conversion`; read again it is such a one.
 * A folder that is not there is made, and is there when both files are; in one that is, each of the two is written whole or not at all, the tensors first.
 *
 * @throws FileError naming the file, the reason and the cure
 * @example await saveAdapter(adapters, 'adapters/french', { base: 'owner/model' })
 */
export async function saveAdapter<M extends Model>(adapters: Adapters<M>, folder: string, options: SaveAdapterOptions = {}): Promise<void> {
  checkOptions('saveAdapter', options, ['name', 'base'])
  const active = Object.keys(adapters.active)
  const name = options.name ?? (active.length === 1 ? active[0]! : undefined)
  if (name === undefined) throw new HebbError(`saveAdapter: there are ${active.length} adapters in use: say which by { name }`)
  if (adapters.merged) throw new HebbError('saveAdapter: the adapters are merged into the base: unmerge them first')
  initialize(adapters.model)
  const installed = adapters.of(name)
  const isPart = isPartOfBase(installed.settings.initialisation)
  const config = peftConfig(adapters.model, isPart ? { ...installed, settings: doubled(installed.settings) } : installed, options.base)
  const tables = savesTables(adapters, name, config.target_modules)
  const tensors = new Map<string, StoredTensor>()
  for (const [key, { param }] of fileTensors(adapters, name))
    if (tables || !key.endsWith('.base_layer.weight'))
      tensors.set(key, { dtype: 'f32', shape: param.shape, data: Float32Array.from(param.storage.numbers()!) })
  if (isPart) double(adapters, name, tensors)
  const write = async (to: string): Promise<void> => {
    await writeSafetensors(inside(to, weightsName), tensors, { format: 'pt' })
    await writeAtomic(inside(to, configName), `${JSON.stringify(config, undefined, 2)}\n`)
  }
  await ((await isFolder(folder)) ? write(folder) : writeFolder(folder, write))
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new FileError(`cannot read ${path}: it is no JSON (${(error as Error).message}). Fetch it again.`, path)
  }
}
