import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { FileError } from '../../src/files/fileError.js'
import { openGguf } from '../../src/interop/gguf/file.js'
import { weightsOf } from '../../src/interop/gguf/weights.js'
import { decodeHalf } from '../../src/tensor/half.js'
import { goldenPath } from '../goldens.js'
import { type Entry, gguf, type Made, u32, u64 } from './makeGguf.js'

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

const root = mkdtempSync(join(tmpdir(), 'hebb-gguf-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('a file that is not to be believed', () => {
  const path = join(root, 'a.gguf')
  const said = async (bytes: Uint8Array): Promise<string> => {
    writeFileSync(path, bytes)
    return openGguf(path).then(
      async (file) => {
        await file.close()
        return 'nothing thrown'
      },
      (e: unknown) => {
        if (!(e instanceof FileError)) throw e
        return e.message
      },
    )
  }
  const damaged = (problem: string): string =>
    `cannot read ${path}: ${problem}. The file is damaged or no GGUF file: fetch or write it again.`
  const tensor = (name: string, more: Partial<Made> = {}): Made => ({ name, shape: [2, 4], kind: 0, bytes: new Uint8Array(32), ...more })
  const entries: Entry[] = [
    ['general.architecture', 8, 'llama'],
    ['a.list', 9, [8, ['x', 'yy']]],
  ]
  const head = (version: Buffer, tensors: bigint, keys: bigint, ...rest: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from('GGUF'), version, u64(tensors), u64(keys), ...rest])
  const text = (value: string): Buffer => Buffer.concat([u64(value.length), Buffer.from(value)])
  /** header of one tensor of these sizes, this kind and offset, and 64 bytes */
  const one = (sizes: readonly (number | bigint)[], kind: number, offset: number | bigint): Buffer => {
    const header = head(u32(3), 1n, 0n, text('t'), u32(sizes.length), ...sizes.map(u64), u32(kind), u64(offset))
    return Buffer.concat([header, Buffer.alloc((-header.length & 31) + 64)])
  }

  test.each([
    ['no bytes', Buffer.alloc(0), 'the beginning takes 4 bytes at byte 0, and 0 are left'],
    ['another format', Buffer.from('GGML and more'), 'it does not begin with GGUF'],
    ['version 1', head(u32(1), 0n, 0n), 'it is of version 1, and 2 and 3 are read: convert the model again'],
    ['version 4', head(u32(4), 0n, 0n), 'it is of version 4, and 2 and 3 are read: convert the model again'],
    [
      'big-endian',
      head(u32(0x3000000), 0n, 0n),
      'its numbers are big-endian (version 3): convert it with gguf_convert_endian.py of llama.cpp',
    ],
    ['too many tensors', head(u32(3), 2n ** 60n, 0n), `it claims ${2n ** 60n} tensors and 0 metadata, and 0 bytes are left`],
    ['too many keys', head(u32(3), 0n, 2n ** 63n), `it claims 0 tensors and ${2n ** 63n} metadata, and 0 bytes are left`],
    [
      'a text of 2^62 bytes',
      head(u32(3), 0n, 1n, u64(2n ** 62n), Buffer.alloc(20)),
      `key 1 of the metadata takes ${2n ** 62n} bytes at byte 32, and 20 are left`,
    ],
    [
      'a list of 2^61 texts',
      head(u32(3), 0n, 1n, text('k'), u32(9), u32(8), u64(2n ** 61n)),
      `metadata "k" is a list of ${2n ** 61n}, and 0 bytes are left`,
    ],
    ['an unknown type', head(u32(3), 0n, 1n, text('k'), u32(13), Buffer.alloc(9)), 'metadata "k" is of type 13, which no version knows'],
    [
      'lists in lists',
      head(u32(3), 0n, 1n, text('k'), u32(9), ...Array.from({ length: 20 }, () => [u32(9), u64(1)]).flat(), Buffer.alloc(12)),
      'metadata "k" is a list nested more than 8 deep',
    ],
    ['a key twice', gguf([...entries, ...entries], []), 'its metadata name "general.architecture" twice'],
    ['a tensor twice', gguf(entries, [tensor('t'), tensor('t')]), 'it names tensor "t" twice'],
    ['an alignment of 24', gguf([['general.alignment', 4, 24]], []), 'its alignment is 24, not a power of 2'],
    ['five axes', one([1, 1, 1, 1, 1], 0, 0), 'tensor "t" has 5 axes, and at most 4 are read'],
    ['sizes that no file holds', one([2n ** 40n, 2n ** 40n], 0, 0), `tensor "t" has sizes that no file holds: ${2n ** 40n}, ${2n ** 40n}`],
    ['an unknown kind', one([4], 99, 0), 'tensor "t" is of kind 99, which is not known'],
    [
      'a kind of vectors',
      one([256], 16, 0),
      'tensor "t" is of kind IQ2_XXS, whose numbers stand in a list of vectors that Hebb has not: take a file in Q2_K, Q3_K, Q4_K or more',
    ],
    ['a kind that was', one([32], 4, 0), 'tensor "t" is of kind Q4_2, which is not read: take a file in Q4_0, Q4_K, Q8_0 or another kind'],
    ['rows that are no blocks', one([33], 2, 0), 'tensor "t" has rows of 33 numbers, and Q4_0 has blocks of 32'],
    ['an offset between', one([4], 0, 3), 'tensor "t": its offset 3 is no multiple of 32'],
    ['an offset outside', one([4], 0, 128), 'tensor "t": its 16 bytes from 128 on reach past the 64 bytes of data'],
    ['a huge offset', one([4], 0, 2n ** 63n), `tensor "t": its 16 bytes from ${2n ** 63n} on reach past the 64 bytes of data`],
    ['a row beyond the end', one([32], 0, 0), 'tensor "t": its 128 bytes from 0 on reach past the 64 bytes of data'],
    ['more numbers than bytes', one([2 ** 40], 0, 0), `tensor "t": its ${2 ** 42} bytes from 0 on reach past the 64 bytes of data`],
  ])('%s', async (_, bytes, problem) => {
    expect(await said(bytes)).toBe(damaged(problem))
  })

  test('tensors that lie in one another', async () => {
    const header = head(u32(3), 2n, 0n, text('a'), u32(1), u64(16), u32(0), u64(0), text('b'), u32(1), u64(8), u32(0), u64(32))
    expect(await said(Buffer.concat([header, Buffer.alloc((-header.length & 31) + 64)]))).toBe(
      damaged('tensor "b": its bytes begin inside those of "a"'),
    )
  })

  test('any damage gives one error, or a file that can be read', async () => {
    const whole = gguf(
      [...entries, ['n', 4, 7], ['f', 6, 1.5], ['b', 7, true], ['l', 9, [6, [1, 2, 3]]]],
      [tensor('a'), tensor('b', { shape: [1, 32], kind: 2, bytes: new Uint8Array(18) })],
    )
    const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 9, 127, 128, 255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.integer({ min: 0, max: whole.length }), async (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length))
        for (const [at, value] of changes) if (at < length) bytes[at] = value
        const before = process.memoryUsage().arrayBuffers
        if ((await said(bytes)) === 'nothing thrown') {
          const weights = weightsOf(await openGguf(path), (name) => ({ name }))
          await weights.pour(() => () => {})
          await weights.close()
        }
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8)
      }),
      { numRuns: 300 },
    )
  })
})
