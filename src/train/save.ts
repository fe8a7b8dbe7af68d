/** Models in safetensors files, named as PyTorch and Hugging Face name them. */

import { converted } from '../files/safetensors/converted.js'
import { readSafetensors, writeSealed } from '../files/safetensors/file.js'
import type { StoredTensor } from '../files/safetensors/stored.js'
import { initialize } from '../nn/initialize.js'
import { type Model, requireParameters } from '../nn/module.js'
import type { Param } from '../nn/param.js'
import type { TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sameShape, showShape } from '../tensor/shape.js'

/**
 * Writes every parameter and buffer of a model to a safetensors file, whole or not at all. The weights are those of the moment of the call:
 * the model may train on before the promise resolves. The file has a checksum in its metadata, by which {@link load} finds any damage.
 *
 * @throws FileError naming the file, the reason and the cure; an earlier file is then untouched
 */
export async function save(model: Model, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  initialize(model)
  await writeSealed(path, snapshotOf(model), metadata)
}

/** The parameters and buffers of an initialised model as stored tensors. */
export const stateOf = (model: Model): Map<string, StoredTensor> =>
  new Map([...requireParameters(model)].map(([name, p]) => [name, { dtype: p.dtype, shape: p.shape, data: p.storage.array! }]))

/** The same in memory of its own, which no later step changes. */
export const snapshotOf = (model: Model): Map<string, StoredTensor> =>
  new Map([...stateOf(model)].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]))

/** What {@link load} did, by the names of parameters and tensors. */
export interface Loaded {
  /** parameters that have the file's numbers now */
  readonly loaded: readonly string[]
  /** parameters that the file does not have: they keep what they had */
  readonly missing: readonly string[]
  /** tensors of the file that the model has no place for */
  readonly left: readonly string[]
}

/**
 * Reads a safetensors file, sharded folder or index into a model, and says what it loaded, what was missing, what was left. Names and shapes must
 * be those of the model. With `strict: false` missing and extra names are allowed, but not that nothing is loaded. Numbers of another dtype
 * are converted: to floats as near as they come, to integers where they are whole and within range.
 *
 * @throws HebbError listing what is missing, extra, of another shape or out of range, FileError for a file that is not there or damaged; no weight has changed then
 * @example const { missing } = await load(model, 'backbone.safetensors', { strict: false })
 */
export async function load(model: Model, path: string, { strict = true }: { strict?: boolean } = {}): Promise<Loaded> {
  const { tensors } = await readSafetensors(path)
  return restore(model, tensors, path, strict)
}

/** Puts stored tensors into a model's parameters; all of them or none. */
export function restore(model: Model, tensors: ReadonlyMap<string, StoredTensor>, source: string, strict = true): Loaded {
  const params = requireParameters(model)
  const missing = [...params.keys()].filter((name) => !tensors.has(name))
  const left = [...tensors.keys()].filter((name) => !params.has(name))
  const ready: [Param, TypedArray][] = []
  const loaded: string[] = []
  const [misshapen, unfit]: [string[], string[]] = [[], []]
  for (const [name, p] of params) {
    const t = tensors.get(name)
    if (!t) continue
    if (!sameShape(t.shape, p.shape)) {
      misshapen.push(`${name}: ${showShape(t.shape)} in the file, ${showShape(p.shape)} in the model`)
      continue
    }
    const numbers = converted(t, p.dtype)
    if (typeof numbers === 'string') unfit.push(`${name}: ${numbers}`)
    else {
      ready.push([p, numbers])
      loaded.push(name)
    }
  }
  const nothing = !strict && params.size > 0 && loaded.length === 0 && misshapen.length + unfit.length === 0
  const problems = [
    ...((strict || nothing) && missing.length > 0 ? [`missing in the file: ${some(missing)}`] : []),
    ...((strict || nothing) && left.length > 0 ? [`not in the model: ${some(left)}`] : []),
    ...(misshapen.length > 0 ? [`of another shape: ${some(misshapen)}`] : []),
    ...(unfit.length > 0 ? [`of numbers the model cannot hold: ${some(unfit)}`] : []),
  ]
  if (problems.length > 0) {
    const cure = nothing
      ? 'None of its names is in the model: compare the names, or build the model the file was saved from.'
      : `Build the model the file was saved from${misshapen.length + unfit.length > 0 ? '' : ', or pass { strict: false }'}.`
    throw new HebbError(`load: ${source} does not fit the model; nothing was changed.\n  ${problems.join('\n  ')}\n  ${cure}`)
  }
  initialize(model)
  for (const [p, numbers] of ready) p.storage.array!.set(numbers as never)
  return { loaded, missing, left }
}

const some = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')
