/** Models in safetensors files, named as PyTorch and Hugging Face name them. */
import { initialize } from '../nn/initialize.js'
import { type Model, requireParameters } from '../nn/module.js'
import type { Param } from '../nn/param.js'
import { allocate } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { decodeHalf } from '../tensor/half.js'
import { sameShape, showShape } from '../tensor/shape.js'
import { readSafetensors, writeSafetensors } from './safetensors/file.js'
import type { StoredTensor } from './safetensors/stored.js'

/** Writes every parameter and buffer of a model to a safetensors file, whole or not at all. */
export async function save(model: Model, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  initialize(model)
  await writeSafetensors(path, stateOf(model), metadata)
}

/** The parameters and buffers of an initialised model as stored tensors. */
export const stateOf = (model: Model): Map<string, StoredTensor> =>
  new Map([...requireParameters(model)].map(([name, p]) => [name, { dtype: p.dtype, shape: p.shape, data: p.storage.array! }]))

/**
 * Reads a safetensors file, sharded folder or index into a model. Names and shapes must be those of the model: throws HebbError listing what
 * is missing, extra or of another shape, and changes nothing then. With `strict: false` missing and extra names are allowed.
 */
export async function load(model: Model, path: string, { strict = true }: { strict?: boolean } = {}): Promise<void> {
  const { tensors } = await readSafetensors(path)
  restore(model, tensors, path, strict)
}

/** Puts stored tensors into a model's parameters; all of them or none. */
export function restore(model: Model, tensors: ReadonlyMap<string, StoredTensor>, source: string, strict = true): void {
  const params = requireParameters(model)
  const missing = [...params.keys()].filter((name) => !tensors.has(name))
  const extra = [...tensors.keys()].filter((name) => !params.has(name))
  const misshapen = [...params].flatMap(([name, p]) => {
    const t = tensors.get(name)
    return t && !sameShape(t.shape, p.shape) ? [`${name}: ${showShape(t.shape)} in the file, ${showShape(p.shape)} in the model`] : []
  })
  const problems = [
    ...(strict && missing.length > 0 ? [`missing in the file: ${some(missing)}`] : []),
    ...(strict && extra.length > 0 ? [`not in the model: ${some(extra)}`] : []),
    ...(misshapen.length > 0 ? [`of another shape: ${some(misshapen)}`] : []),
  ]
  if (problems.length > 0)
    throw new HebbError(
      `load: ${source} does not fit the model; nothing was changed.\n  ${problems.join('\n  ')}\n  Build the model the file was saved from${misshapen.length > 0 ? '' : ', or pass { strict: false }'}.`,
    )
  initialize(model)
  for (const [name, p] of params) {
    const t = tensors.get(name)
    if (t) put(p, t, name)
  }
}

const some = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')

function put(p: Param, t: StoredTensor, name: string): void {
  const into = p.storage.array ?? allocate(p.dtype, p.size)
  if (t.dtype === p.dtype) into.set(t.data as never)
  else if (into instanceof Float32Array && (t.dtype === 'f16' || t.dtype === 'bf16')) into.set(decodeHalf(t.data as Uint16Array, t.dtype))
  else if (into instanceof Float32Array || into instanceof Float64Array || into instanceof Int32Array)
    into.set(Array.from(t.data as Iterable<number | bigint>, Number))
  else if (into instanceof BigInt64Array) into.set(Array.from(t.data as Iterable<number | bigint>, BigInt))
  else throw new HebbError(`load: ${name} is ${t.dtype} in the file and ${p.dtype} in the model`)
}
