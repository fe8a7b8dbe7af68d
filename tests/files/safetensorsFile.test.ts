import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatSafetensors, parseSafetensors } from '../../src/files/safetensors/bytes.js'
import { openSafetensors, readSafetensors, writeSafetensors } from '../../src/files/safetensors/file.js'
import type { StoredTensor } from '../../src/files/safetensors/stored.js'
import { decodeHalf } from '../../src/tensor/half.js'
import { goldenPath, sharedFolder } from '../goldens.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-safetensors-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing thrown',
    (e: Error) => e.message,
  )
const vector = (...values: number[]): StoredTensor => ({ dtype: 'f32', shape: [values.length], data: new Float32Array(values) })

function same(got: StoredTensor, want: StoredTensor): void {
  expect([got.dtype, got.shape, got.data.constructor]).toEqual([want.dtype, want.shape, want.data.constructor])
  const bytes = ({ data }: StoredTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  expect(Buffer.compare(bytes(got), bytes(want))).toBe(0)
}

const goldens = goldenPath('')
const files = goldens ? readdirSync(goldens, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.safetensors')) : []

describe('files of the Python library', () => {
  if (!goldens)
    test('reference files', ({ skip }) => skip(`no ${join(sharedFolder(), 'goldens')}; HEBB_SHARED names the folder that holds goldens/`))

  test.each(files)('%s: read whole and tensor by tensor, written back byte for byte', async (name) => {
    const path = join(goldens!, name)
    const bytes = new Uint8Array(readFileSync(path))
    const whole = parseSafetensors(bytes, path)
    expect(whole.tensors.size).toBeGreaterThan(0)
    expect(Buffer.compare(formatSafetensors(whole.tensors, whole.metadata), bytes)).toBe(0)
    const file = await openSafetensors(path)
    for (const [key, info] of file.tensors) {
      const tensor = await file.read(key)
      same(tensor, whole.tensors.get(key)!)
      expect(tensor.data.byteLength).toBe(info.size)
    }
    await file.close()
  })

  if (goldens)
    test('a folder in shards equals the whole one', async () => {
      const whole = await readSafetensors(join(goldens!, 'models/llama'))
      const shards = await readSafetensors(join(goldens!, 'models/llama-sharded'))
      expect(shards.metadata).toEqual(whole.metadata)
      expect([...shards.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort())
      for (const [name, tensor] of whole.tensors) same(shards.tensors.get(name)!, tensor)
      const index = await readSafetensors(join(goldens!, 'models/llama-sharded/model.safetensors.index.json'), {
        names: ['lm_head.weight'],
      })
      expect(index.tensors.get('lm_head.weight')).toEqual(whole.tensors.get('lm_head.weight'))
    })

  if (goldens)
    test('bf16 weights are sane numbers', async () => {
      const { tensors } = await readSafetensors(join(goldens!, 'models/qwen2-bf16'))
      for (const [name, { dtype, data }] of tensors) {
        expect(dtype, name).toBe('bf16')
        expect(decodeHalf(data as Uint16Array, 'bf16').every((x) => Math.abs(x) < 100)).toBe(true)
      }
    })
})

describe('by path', () => {
  test('write, open, read single tensors, read some', async () => {
    const path = join(folder, 'a.safetensors')
    await writeSafetensors(
      path,
      { a: vector(1, 2), b: vector(3), empty: { dtype: 'i64', shape: [0, 5], data: new BigInt64Array(0) } },
      { note: 'ü' },
    )
    const file = await openSafetensors(path)
    expect(file.metadata).toEqual({ note: 'ü' })
    expect([...file.tensors.keys()].sort()).toEqual(['a', 'b', 'empty'])
    expect(await file.read('b')).toEqual(vector(3))
    expect((await file.read('empty')).shape).toEqual([0, 5])
    expect(await failure(file.read('c'))).toBe(`${path} has no tensor "c". It has "empty", "a", "b".`)
    await file.close()
    expect([...(await readSafetensors(path, { names: ['a'] })).tensors]).toEqual([['a', vector(1, 2)]])
  })

  test('a tensor of shared memory is written', async () => {
    const path = join(folder, 'a.safetensors')
    const data = new Float32Array(new SharedArrayBuffer(8))
    data.set([5, 6])
    await writeSafetensors(path, { a: { dtype: 'f32', shape: [2], data } })
    expect((await readSafetensors(path)).tensors.get('a')).toEqual(vector(5, 6))
  })

  test('a file of 3 GB costs the memory of the tensor read from it', async () => {
    const path = join(folder, 'sparse.safetensors')
    const big = 3 * 2 ** 30
    const json = `{"big":{"dtype":"U8","shape":[${big}],"data_offsets":[0,${big}]},"last":{"dtype":"F32","shape":[2],"data_offsets":[${big},${big + 8}]}}`
    const head = Buffer.alloc(8 + json.length, json.padStart(8 + json.length))
    head.writeBigUInt64LE(BigInt(json.length))
    await writeFile(path, head)
    await truncate(path, head.length + big + 8)
    const handle = await open(path, 'r+')
    await handle.write(new Uint8Array(new Float32Array([1, 2]).buffer), 0, 8, head.length + big)
    await handle.close()
    const before = process.memoryUsage().arrayBuffers
    const file = await openSafetensors(path)
    expect(await file.read('last')).toEqual(vector(1, 2))
    await file.close()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6)
  })

  test('the loop turns while a header of 100,000 tensors is read, and each has its bytes', async () => {
    const path = join(folder, 'many.safetensors')
    const count = 100_000
    const tensors = new Map(Array.from({ length: count }, (_, i) => [`t${String(i).padStart(6, '0')}`, vector(i)]))
    await writeSafetensors(path, tensors)
    let turns = 0
    let reading = true
    const turn = (): void => {
      turns++
      if (reading) setImmediate(turn)
    }
    turn()
    const { tensors: read } = await readSafetensors(path)
    reading = false
    expect(turns).toBeGreaterThan(count / 2048 / 2)
    expect(read.size).toBe(count)
    expect([...read].every(([name, { data }]) => data[0] === Number(name.slice(1)))).toBe(true)
  }, 60_000)

  test('no file, no model in the folder, an empty file, a cut file', async () => {
    const path = join(folder, 'a.safetensors')
    expect(await failure(readSafetensors(path))).toBe(`cannot read ${path}: there is no such file (ENOENT). Check the path.`)
    expect(await failure(readSafetensors(folder))).toBe(
      `cannot read ${folder}: it holds neither model.safetensors nor model.safetensors.index.json. Name the file itself.`,
    )
    await writeFile(path, '')
    expect(await failure(readSafetensors(path))).toContain(`cannot read ${path}: 0 bytes are too few for a header.`)
    await writeSafetensors(path, { a: vector(1, 2, 3) })
    await truncate(path, statSync(path).size - 1)
    expect(await failure(readSafetensors(path))).toContain('tensor "a": its data_offsets [0, 12] reach past the 11 bytes of data.')
  })

  test('a file cut after it was opened', async () => {
    const path = join(folder, 'a.safetensors')
    await writeSafetensors(path, { a: vector(1, 2, 3) })
    const file = await openSafetensors(path)
    const size = statSync(path).size
    await truncate(path, size - 4)
    expect(await failure(file.read('a'))).toBe(`cannot read ${path}: it ends at byte ${size - 4}, 4 short. It was cut while open.`)
    await file.close()
  })
})

describe('an index that is not to be believed', () => {
  const index = (content: unknown): Promise<void> =>
    writeFile(join(folder, 'model.safetensors.index.json'), typeof content === 'string' ? content : JSON.stringify(content))
  const path = (): string => join(folder, 'model.safetensors.index.json')

  test.each([
    ['{', /it is no JSON \(.*\)\. Fetch it again\.$/],
    ['[]', /it has no weight_map\. Fetch it again\.$/],
    [{ weight_map: [] }, /it has no weight_map/],
    [{ weight_map: { a: 3 } }, /tensor "a" the file 3, which is no name of a file beside it/],
    ['{"weight_map":{"a":"a.safetensors","a":"b.safetensors"}}', /it names "a" twice\. Fetch it again\.$/],
    [{ weight_map: { a: '../a.safetensors' } }, /tensor "a" the file "\.\.\/a\.safetensors", which is no name of a file beside it/],
    [{ weight_map: { a: '..' } }, /the file "\.\.", which is no name/],
    [{ weight_map: { a: '/etc/passwd' } }, /which is no name of a file beside it/],
  ])('%j', async (content, said) => {
    await index(content)
    const message = await failure(openSafetensors(folder))
    expect(message).toMatch(said)
    expect(message.startsWith(`cannot read ${path()}: `)).toBe(true)
  })

  test('a shard that is missing, a tensor that is not in its shard', async () => {
    await index({ weight_map: { a: 'one.safetensors', b: 'two.safetensors' } })
    await writeSafetensors(join(folder, 'one.safetensors'), { a: vector(1) })
    expect(await failure(openSafetensors(folder))).toBe(
      `cannot read ${path()}: a part is missing: two.safetensors. Fetch what is missing into the same folder.`,
    )
    copyFileSync(join(folder, 'one.safetensors'), join(folder, 'two.safetensors'))
    expect(await failure(openSafetensors(folder))).toBe(
      `${path()} places tensor "b" in ${join(folder, 'two.safetensors')}, which does not have it. Fetch both again.`,
    )
  })
})

describe('a folder without an index', () => {
  const write = (name: string, tensors: Record<string, StoredTensor>): Promise<void> => writeSafetensors(join(folder, name), tensors)
  const part = (i: number, n: number, stem = 'model'): string =>
    `${stem}-${String(i).padStart(5, '0')}-of-${String(n).padStart(5, '0')}.safetensors`

  test('numbered parts are one file; so are files of any names', async () => {
    await write(part(2, 2), { b: vector(2) })
    await write(part(1, 2), { a: vector(1), c: vector(3, 4) })
    await write('adapter.safetensors', { a: vector(9) })
    const { tensors } = await readSafetensors(folder)
    expect(Object.fromEntries(tensors)).toEqual({ a: vector(1), b: vector(2), c: vector(3, 4) })
    const other = join(folder, 'other')
    await mkdir(other)
    await writeSafetensors(join(other, 'x.safetensors'), { x: vector(1) })
    expect([...(await readSafetensors(other)).tensors.keys()]).toEqual(['x'])
    await writeSafetensors(join(other, 'y.safetensors'), { y: vector(2) })
    expect([...(await readSafetensors(other)).tensors.keys()]).toEqual(['x', 'y'])
  })

  test('parts that are missing, two sets of parts, a tensor in two parts, weights of pickle', async () => {
    await write(part(2, 3), { b: vector(2) })
    expect(await failure(openSafetensors(folder))).toBe(
      `cannot read ${folder}: 2 parts are missing: ${part(1, 3)}, ${part(3, 3)}. Fetch what is missing into the same folder.`,
    )
    await write(part(1, 99_999_999), { a: vector(1) })
    expect(await failure(openSafetensors(folder))).toContain('it holds several sets of parts: model-…-of-')
    await rm(join(folder, part(2, 3)))
    expect(await failure(openSafetensors(folder))).toContain('99999998 parts are missing: ')
    await rm(join(folder, part(1, 99_999_999)))
    await write(part(1, 2), { a: vector(1), b: vector(2) })
    await write(part(2, 2), { b: vector(2) })
    expect(await failure(openSafetensors(folder))).toBe(
      `cannot read ${folder}: tensor "b" is both in ${join(folder, part(1, 2))} and in ${join(folder, part(2, 2))}. Name the file that is meant, or remove the other.`,
    )
    await rm(join(folder, part(1, 2)))
    await rm(join(folder, part(2, 2)))
    await writeFile(join(folder, 'pytorch_model.bin'), 'PK')
    expect(await failure(openSafetensors(folder))).toContain(
      `cannot read ${join(folder, 'pytorch_model.bin')}: it is written by Python's pickle`,
    )
  })
})
