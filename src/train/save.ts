/** Writing models as safetensors files, named as PyTorch and Hugging Face name them. */

import { writeSealed } from '../files/safetensors/file.js'
import type { StoredTensor } from '../files/safetensors/stored.js'
import { dtypeAt, isStill } from '../graph/storage.js'
import { initializeAsync } from '../nn/initialize.js'
import { type Model, requireParameters } from '../nn/module.js'
import { settled } from '../runtime/machine.js'

/**
 * Writes every parameter and buffer of a model to a safetensors file, whole or not at all. The weights are those of the moment of the call:
 * the model may train on before the promise resolves. The file has a checksum in its metadata, by which `load` finds any damage.
 *
 * @throws FileError naming the file, the reason and the cure; an earlier file is then untouched
 */
export async function save(model: Model, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await initializeAsync(model)
  while (settled()) await settled()
  await writeSealed(path, snapshotOf(model), metadata)
}

/** The parameters and buffers of an initialised model as stored tensors. */
export const stateOf = (model: Model): Map<string, StoredTensor> =>
  new Map(
    [...requireParameters(model)].map(([name, { dtype, shape, storage }]) => {
      const home = storage.home!
      return [name, { dtype: dtypeAt(home, dtype), shape, data: home.array }]
    }),
  )

/** The same, where no later step changes it: numbers that may move are copied. */
export function snapshotOf(model: Model): Map<string, StoredTensor> {
  const params = requireParameters(model)
  return new Map(
    [...stateOf(model)].map(([name, t]) => [name, isStill(params.get(name)!.storage.home!) ? t : { ...t, data: t.data.slice() }]),
  )
}
