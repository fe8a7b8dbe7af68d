/** Key–value memories in safetensors files: `keys` (S, D) and `values` (S). */

import { FileError } from '../files/fileError.js'
import { readSafetensors, writeSealed } from '../files/safetensors/file.js'
import { arrayOf } from '../tensor/dtype.js'
import { KeyValueMemory } from './keyValueMemory.js'
import { checkDistance } from './nearest.js'

/** Writes a memory to a safetensors file, whole or not at all, as it is now. Throws FileError where it cannot be written. */
export const saveMemory = (memory: KeyValueMemory, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> =>
  writeSealed(
    path,
    {
      keys: { dtype: 'f32', shape: [memory.size, memory.width], data: memory.keys.slice() },
      values: { dtype: 'i32', shape: [memory.size], data: memory.values.slice() },
    },
    { ...metadata, distance: memory.distance },
  )

/** no key is wider; a memory without slots has no bytes that would vouch for its width */
const mostWidth = 2 ** 24

/**
 * Reads a memory that {@link saveMemory} wrote. Throws FileError when the file is not whole or holds something else, saying what.
 *
 * @example const memory = await loadMemory('plays.safetensors')
 */
export async function loadMemory(path: string): Promise<KeyValueMemory> {
  const { tensors, metadata } = await readSafetensors(path)
  const [keys, values] = [tensors.get('keys'), tensors.get('values')]
  const [slots, width] = keys?.shape ?? []
  const { distance } = metadata
  const found = [...tensors].slice(0, 8).map(([name, { dtype, shape }]) => `${name} (${shape.join(', ')}) ${dtype}`)
  const fits =
    tensors.size === 2 && keys?.dtype === 'f32' && keys.shape.length === 2 && values?.dtype === 'i32' && values.shape.join() === `${slots}`
  if (!fits || !width || width > mostWidth || slots === undefined || distance === undefined)
    throw new FileError(
      `${path} is no memory: it holds ${found.join(', ') || 'no tensors'}${distance === undefined ? ' and names no distance' : ''}, not keys (S, D) f32, values (S) i32 and their distance. Give a file that saveMemory wrote.`,
      path,
    )
  checkDistance(path, distance)
  const memory = new KeyValueMemory(width, { distance, capacity: Math.max(slots, 1) })
  memory.append(arrayOf(keys.data, 'f32'), arrayOf(values.data, 'i32'))
  return memory
}
