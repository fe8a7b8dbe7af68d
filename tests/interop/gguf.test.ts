import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openGguf } from '../../src/interop/gguf/file.js'
import { weightsOf } from '../../src/interop/gguf/weights.js'
import { decodeHalf } from '../../src/tensor/half.js'
import { goldenPath } from '../goldens.js'

interface Golden {
  readonly file: string
  readonly gguf_version: number
  readonly kv_count: number
  readonly tensor_count: number
  readonly metadata: readonly { readonly key: string; readonly type: string; readonly value: unknown }[]
  readonly metadata_arrays: readonly { readonly key: string; readonly types: readonly string[]; readonly value: unknown }[]
  readonly tensors: readonly {
    readonly name: string
    readonly type: string
    readonly shape: readonly number[]
    readonly bytes: number
    readonly data_offset_in_file: number
    readonly dequantized: { readonly data: readonly (number | string)[] }
  }[]
}

const types: Record<string, string> = {
  STRING: 'string',
  BOOL: 'bool',
  FLOAT32: 'f32',
  FLOAT64: 'f64',
  UINT8: 'u8',
  INT8: 'i8',
  UINT16: 'u16',
  INT16: 'i16',
  UINT32: 'u32',
  INT32: 'i32',
  UINT64: 'u64',
  INT64: 'i64',
}
const plain = (value: unknown): unknown =>
  typeof value === 'bigint'
    ? String(value)
    : ArrayBuffer.isView(value)
      ? Array.from(value as Float32Array)
      : Array.isArray(value)
        ? value.map(plain)
        : value
const special: Record<string, number> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }

const folder = goldenPath('gguf')
const found = folder ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')) : []
if (!folder) test('reference files', ({ skip }) => skip('no goldens/gguf; HEBB_SHARED names the folder that holds goldens/'))

describe.each(found)('%s', (json) => {
  const path = join(folder!, json)
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden
  const name = join(path, '..', golden.file)

  test('metadata of every type, and where tensors stand', async () => {
    const file = await openGguf(name)
    expect([file.version, file.metadata.size, file.tensors.size]).toEqual([golden.gguf_version, golden.kv_count, golden.tensor_count])
    for (const { key, type, value } of golden.metadata) {
      const found = file.metadata.get(key)!
      expect([key, found.type, plain(found.value)]).toEqual([key, types[type], type === 'FLOAT32' ? Math.fround(value as number) : value])
    }
    for (const { key, types: nested, value } of golden.metadata_arrays) {
      const found = file.metadata.get(key)!
      expect([key, found.type, plain(found.value)]).toEqual([key, types[nested.at(-1)!] + '[]'.repeat(nested.length - 1), value])
    }
    for (const { name, type, shape, bytes, data_offset_in_file } of golden.tensors) {
      const { kind, shape: found, begin, size } = file.tensors.get(name)!
      expect([name, kind.name, found, size, begin]).toEqual([name, type, shape, bytes, data_offset_in_file])
    }
    await file.close()
  })

  test.each(golden.tensors.map(({ name, type }) => [type, name]))('%s: %s, bit by bit', async (_, tensor) => {
    const file = await openGguf(name)
    const weights = weightsOf(file, (own) => ({ name: own }))
    const { dtype, data, shape } = await weights.read(tensor!)
    const wanted = golden.tensors.find((t) => t.name === tensor)!
    expect(shape).toEqual(wanted.shape)
    const got = dtype === 'f16' || dtype === 'bf16' ? decodeHalf(data as Uint16Array, dtype) : (data as Float32Array)
    const want = Float32Array.from(wanted.dequantized.data, (v) => (typeof v === 'string' ? special[v]! : v))
    for (let i = 0; i < want.length; i++) if (!Object.is(got[i], want[i])) throw new Error(`${tensor}[${i}] is ${got[i]}, not ${want[i]}`)
    expect(got.length).toBe(want.length)
    await file.close()
  })
})
