import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors/file.js'
import type { StoredArray, StoredTensor } from '../../src/files/safetensors/stored.js'
import { frozen, Linear, load, parameters, sequential } from '../../src/index.js'
import { openWeights, renamed } from '../../src/interop/weights.js'
import { goldenPath } from '../goldens.js'

const root = mkdtempSync(join(tmpdir(), 'hebb-weights-'))
afterAll(() => rmSync(root, { recursive: true }))
const folderOf = (name: string): string => {
  mkdirSync(join(root, name))
  return join(root, name)
}
const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing thrown',
    (e: Error) => e.message,
  )
const numbers = (seed: number, ...shape: number[]): StoredTensor => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i))
  return { dtype: 'f32', shape, data }
}
const bytesOf = ({ buffer, byteOffset, byteLength }: StoredArray): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

describe('openWeights', () => {
  test('many files are one: read, poured into a model, mapped', async () => {
    const folder = folderOf('parts')
    const tensors = { '0.weight': numbers(1, 600, 600), '0.bias': numbers(2, 600), '1.weight': numbers(3, 2, 600), '1.bias': numbers(4, 2) }
    await writeSafetensors(join(folder, 'model-00001-of-00002.safetensors'), {
      '0.weight': tensors['0.weight'],
      '1.bias': tensors['1.bias'],
    })
    await writeSafetensors(join(folder, 'model-00002-of-00002.safetensors'), {
      '0.bias': tensors['0.bias'],
      '1.weight': tensors['1.weight'],
    })
    const weights = await openWeights(folder)
    expect(weights.tensors.get('0.weight')).toMatchObject({ dtype: 'f32', shape: [600, 600] })
    expect(await weights.read('1.weight')).toEqual(tensors['1.weight'])
    for (const still of [false, true]) {
      const model = sequential(new Linear(600, 600), new Linear(600, 2))
      if (still) frozen(model)
      const { loaded } = await load(model, weights)
      expect(loaded.length).toBe(4)
      for (const [name, { storage }] of parameters(model))
        expect(Buffer.compare(bytesOf(storage.numbers()!), bytesOf(tensors[name as keyof typeof tensors].data))).toBe(0)
      expect(parameters(model).get('0.weight')!.storage.home!.kind).toBe(still && process.platform !== 'win32' ? 'source' : 'arena')
    }
    expect(await failure(load(sequential(new Linear(2, 2)), weights))).toContain(`load: ${folder} does not fit the model`)
    await weights.close()
  })

  test('other names: some are left out, two of one name are refused', async () => {
    const path = join(root, 'names.safetensors')
    await writeSafetensors(path, { 'h.weight': numbers(1, 2, 2), 'h.bias': numbers(2, 2), 'h.mask': numbers(3, 9) })
    const weights = await openWeights(path)
    const other = renamed(weights, (name) => (name.endsWith('mask') ? undefined : name.replace('h.', '')))
    expect([...other.tensors.keys()].sort()).toEqual(['bias', 'weight'])
    const model = new Linear(2, 2)
    await load(model, other)
    expect(model.weight.storage.numbers()).toEqual(numbers(1, 2, 2).data)
    expect(await other.read('bias')).toEqual(numbers(2, 2))
    expect(await failure(other.read('h.bias'))).toBe(`${path} has no tensor "h.bias". It has "bias", "weight".`)
    expect(() => renamed(weights, () => 'one')).toThrow(/would be named one$/)
    await other.close()
  })

  test('what Python pickled is not opened, whatever it is called', async () => {
    for (const [name, beginning] of [
      ['pytorch_model.bin', 'PK\u0003\u0004rest'],
      ['model.pt', '\u0080\u0002rest'],
    ] as const) {
      writeFileSync(join(root, name), beginning, 'latin1')
      expect(await failure(openWeights(join(root, name)))).toMatch(
        /it is written by Python's pickle, which can hold programs, and is not opened\. Take a revision/,
      )
    }
    expect(await failure(openWeights(join(root, 'nothing')))).toContain('there is no such file (ENOENT)')
  })

  const sharded = goldenPath('models/llama-sharded')
  if (sharded)
    test('shards of the Python library hold what the whole file holds', async () => {
      const weights = await openWeights(sharded)
      const { tensors } = await readSafetensors(goldenPath('models/llama')!)
      expect([...weights.tensors.keys()].sort()).toEqual([...tensors.keys()].sort())
      for (const [name, tensor] of tensors) expect(await weights.read(name)).toEqual(tensor)
      await weights.close()
    })

  test.runIf(process.platform === 'linux')(
    'takes the memory of the weights that are kept: moving, mapped, half floats, blocks of 4 bits',
    { timeout: 240_000 },
    () => {
      const run = fileURLToPath(new URL('loadPeak.ts', import.meta.url))
      const out = execFileSync(process.execPath, ['--import', 'tsx', run, folderOf('peak'), '80'], { encoding: 'utf8' })
      // two buffers of 4 MB, code, and what is left behind until it is collected: the same for any size
      for (const [kind, { peak, kept }] of Object.entries(JSON.parse(out) as Record<string, { peak: number; kept: number }>))
        expect((peak - 48) / kept, kind).toBeLessThan(1.2)
    },
  )
})
