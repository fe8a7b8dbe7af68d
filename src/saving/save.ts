/** Writing models as safetensors files, named as PyTorch and Hugging Face name them. */

import { writeSealed } from '../files/safetensors/file.js'
import type { StoredArray, StoredTensor } from '../files/safetensors/stored.js'
import { dtypeAt, isStill } from '../graph/storage.js'
import { inOneGo, inPieces, type Steps } from '../host/pace.js'
import { initializeAsync } from '../nn/initialize.js'
import { type Model, requireParameters } from '../nn/module.js'
import { reading, settled } from '../runtime/machine.js'

/**
 * Writes every parameter and buffer of a model to a safetensors file, whole or not at all. The weights are those of the moment of the call:
 * the model may train on before the promise resolves. The file has a checksum in its metadata, by which `load` finds any damage.
 *
 * @throws FileError naming the file, the reason and the cure; an earlier file is then untouched
 */
export async function save(model: Model, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await writeSealed(path, await momentOf(model), metadata)
}

/** Parameters and buffers of a model as they are now: it may train on while they are written. */
export async function momentOf(model: Model): Promise<Map<string, StoredTensor>> {
  if ([...requireParameters(model).values()].some(({ storage }) => !storage.home)) await initializeAsync(model)
  while (settled()) await settled()
  const many = [...requireParameters(model).values()].reduce((sum, { size }) => sum + size, 0) > 4 * pieceLength
  // no step moves weights until the copy is made
  return many ? reading(() => inPieces(snapshot(model))) : snapshotOf(model)
}

/** Numbers copied between two turns of the event loop: some milliseconds where memory is touched for the first time. */
const pieceLength = 1 << 20

/** The parameters and buffers of an initialised model as stored tensors. */
export const stateOf = (model: Model): Map<string, StoredTensor> =>
  new Map(
    [...requireParameters(model)].map(([name, { dtype, shape, storage }]) => {
      const home = storage.home!
      // what blocks stand for: any reader finds the weights
      if (home.kind === 'blocks') return [name, { dtype, shape, data: storage.numbers()! }]
      return [name, { dtype: dtypeAt(home, dtype), shape, data: home.array }]
    }),
  )

/** The same, where no later step changes it: numbers that may move are copied. */
function* snapshot(model: Model): Steps<Map<string, StoredTensor>> {
  const params = requireParameters(model)
  const found = new Map<string, StoredTensor>()
  for (const [name, t] of stateOf(model)) {
    if (isStill(params.get(name)!.storage.home!)) {
      found.set(name, t)
      continue
    }
    const data = new (t.data.constructor as new (length: number) => StoredArray)(t.data.length)
    for (let from = 0; from < data.length; from += pieceLength) {
      data.set(t.data.subarray(from, from + pieceLength) as never, from)
      yield
    }
    found.set(name, { ...t, data })
  }
  return found
}

/** The same at once. */
export const snapshotOf = (model: Model): Map<string, StoredTensor> => inOneGo(snapshot(model))
