/** Whole safetensors files in memory: to tensors and back. */

import { inOneGo } from '../../host/pace.js'
import { joined } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { zerosAndOnes } from '../../tensor/nested.js'
import { checker, withoutChecksum } from './checksum.js'
import { formatHeader, headerLength, headerSteps, prefixBytes } from './header.js'
import { checkStored, type StoredInfo, type StoredTensor, storedArray } from './stored.js'

/** Tensors by name, and texts beside them. */
export interface Safetensors {
  readonly tensors: Map<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** Tensors to be written: a Map or a plain object. */
export type NamedTensors = ReadonlyMap<string, StoredTensor> | Readonly<Record<string, StoredTensor>>

/**
 * Reads a safetensors file. The arrays are views of `bytes` wherever those are aligned: keep `bytes` unchanged, or copy.
 *
 * @param name what messages call the file; default `safetensors`
 * @throws FileError naming the file, the tensor and the values, on anything that is not exactly the format
 * @example const { tensors, metadata } = parseSafetensors(bytes)
 */
export function parseSafetensors(bytes: Uint8Array, name = 'safetensors'): Safetensors {
  const start = prefixBytes + headerLength(name, bytes.subarray(0, prefixBytes), bytes.length)
  const header = inOneGo(headerSteps(name, bytes.subarray(prefixBytes, start), bytes.length - start))
  const tensors = new Map<string, StoredTensor>()
  for (const [key, info] of header.tensors)
    tensors.set(key, storedTensor(info, bytes.subarray(start + info.begin, start + info.begin + info.size)))
  const check = checker(name, bytes.subarray(0, start), header.metadata)
  check?.update(bytes.subarray(start))
  check?.end()
  return { tensors, metadata: withoutChecksum(header.metadata) }
}

/** A tensor from its bytes. In booleans every byte but 0 is true. */
export const storedTensor = ({ dtype, shape }: Pick<StoredInfo, 'dtype' | 'shape'>, bytes: Uint8Array): StoredTensor => ({
  dtype,
  shape,
  data: storedArray(dtype, dtype === 'bool' ? zerosAndOnes(bytes) : bytes),
})

/**
 * The bytes of a safetensors file. Equal content gives equal bytes: names and metadata are sorted, wide dtypes come first.
 *
 * @throws HebbError where a tensor's data is not what its dtype and shape say
 * @example formatSafetensors({ weight: { dtype: 'f32', shape: [2, 3], data: new Float32Array(6) } }, { format: 'pt' })
 */
export function formatSafetensors(tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return joined(safetensorsPieces(tensors, metadata), 'u8')
}

/** The same bytes in pieces, without a copy of any tensor: what large files are written from. */
export function safetensorsPieces(tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  const all = tensors instanceof Map ? (tensors as ReadonlyMap<string, StoredTensor>) : new Map(Object.entries(tensors))
  for (const [name, tensor] of all) checkStored(name, tensor)
  for (const [key, text] of Object.entries(metadata))
    if (typeof text !== 'string')
      throw new HebbError(`cannot store metadata ${JSON.stringify(key)}: it is ${JSON.stringify(text)}, and the format holds texts only`)
  const infos = new Map([...all].map(([name, { dtype, shape, data }]) => [name, { dtype, shape, size: data.byteLength }]))
  const { bytes, order } = formatHeader(infos, metadata)
  const view = ({ data }: StoredTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return [bytes, ...order.map((name) => view(all.get(name)!))]
}
