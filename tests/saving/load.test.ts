import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { writeSafetensors } from '../../src/files/safetensors/file.js'
import {
  BatchNorm1d,
  frozen,
  init,
  initialize,
  Linear,
  load,
  Param,
  parameters,
  predict,
  save,
  sequential,
  tensor,
  unfrozen,
} from '../../src/index.js'
import { decodeHalf, encodeHalf } from '../../src/tensor/half.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-load-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'model.safetensors')

const bytesOf = (model: object): string[] =>
  [...parameters(model)].map(([name, { storage }]) => {
    const { buffer, byteOffset, byteLength } = storage.numbers()!
    return `${name} ${Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')}`
  })

describe('load', () => {
  test('reads weights to where they live: moving ones to memory, large frozen ones stay in the file; all the same numbers', async () => {
    const make = (): ReturnType<typeof sequential> => sequential(new Linear(600, 600), new BatchNorm1d(600), new Linear(600, 3))
    const model = make()
    initialize(model, { seed: 3 })
    await save(model, path)
    const [moving, still] = [make(), frozen(make())]
    let drawn = 0
    for (const m of [moving, still]) for (const p of parameters(m).values()) Object.defineProperty(p, 'init', { value: () => drawn++ })
    for (const m of [moving, still]) {
      await load(m, path)
      expect(bytesOf(m)).toEqual(bytesOf(model))
    }
    expect(drawn).toBe(0)
    const kinds = (m: object): string[] => [...parameters(m).values()].map(({ storage }) => storage.home!.kind)
    expect(new Set(kinds(moving))).toEqual(new Set(['arena']))
    expect(kinds(still)[0]).toBe(process.platform === 'win32' ? 'plain' : 'source')
    expect(new Set(kinds(still).slice(1))).toEqual(new Set(['plain']))
    // what trains again has memory of its own, and the file is as it was
    const [first] = [...parameters(unfrozen(still)).values()]
    ;(first!.storage.open() as Float32Array).fill(7)
    expect(bytesOf(still)[0]).not.toBe(bytesOf(model)[0])
    const again = make()
    await load(again, path)
    expect(bytesOf(again)).toEqual(bytesOf(model))
  })

  test('a file may be written over while a model lives in it', async () => {
    const model = sequential(new Linear(600, 600))
    initialize(model, { seed: 1 })
    await save(model, path)
    const still = frozen(sequential(new Linear(600, 600)))
    await load(still, path)
    const before = bytesOf(still)
    initialize(model, { seed: 2, again: true })
    await save(model, path)
    await save(still, path)
    expect(bytesOf(still)).toEqual(before)
    await load(model, path)
    expect(bytesOf(model)).toEqual(before)
  })

  test('half floats of a frozen model stay as the file has them, others are widened', async () => {
    const numbers = Float32Array.from({ length: 720_000 }, (_, i) => Math.sin(i))
    for (const dtype of ['f16', 'bf16'] as const) {
      const words = encodeHalf(numbers, dtype)
      await writeSafetensors(path, { weight: { dtype, shape: [600, 1200], data: words } })
      const [still, moving] = [frozen(new Linear(1200, 600, { bias: false })), new Linear(1200, 600, { bias: false })]
      for (const m of [still, moving]) {
        await load(m, path)
        expect(m.weight.storage.numbers()).toEqual(decodeHalf(words, dtype))
      }
      expect(still.weight.storage.home).toMatchObject({ kind: 'source', dtype })
      const x = tensor(numbers.slice(0, 2400), { shape: [2, 1200] })
      const [a, b] = [await (await predict(still, x)).data(), await (await predict(moving, x)).data()]
      for (const [i, v] of a.entries()) expect(v).toBeCloseTo(Number(b[i]), 3)
    }
  })

  test('a file that does not fit or is damaged changes nothing, and leaves a model without values without', async () => {
    const model = {
      ids: new Param([2], init.zeros, { dtype: 'i32', trainable: false }),
      weight: new Param([2], init.zeros),
    }
    await writeSafetensors(path, {
      ids: { dtype: 'f32', shape: [2], data: Float32Array.of(1, 2.5) },
      weight: { dtype: 'f32', shape: [2], data: Float32Array.of(1, 2) },
    })
    await expect(load(model, path)).rejects.toThrow('2.5 is no whole number')
    expect([model.ids, model.weight].map((p) => p.storage.home)).toEqual([undefined, undefined])
  })

  test.skipIf(process.platform !== 'linux')(
    'takes the memory of the weights, and answering from a frozen model takes no more',
    async () => {
      const size = 1500
      const model = sequential(...Array.from({ length: 5 }, () => new Linear(size, size)))
      initialize(model)
      const large = join(folder, 'large.safetensors')
      await save(model, large)
      const small = sequential(new Linear(2, 2))
      initialize(small)
      await save(small, `${large}.small`)
      const script = fileURLToPath(new URL('loadPeak.ts', import.meta.url))
      const x = tensor(new Float32Array(2 * size), { shape: [2, size] })
      const wanted = [...(await (await predict(model, x)).data())].slice(0, 3)
      for (const kind of ['moving', 'frozen']) {
        const found = JSON.parse(
          execFileSync(process.execPath, ['--import', 'tsx', script, large, String(size), kind], { encoding: 'utf8' }),
        )
        expect(found.loaded).toBeLessThan(1.25)
        for (const [i, v] of wanted.entries()) expect(found.y[i]).toBeCloseTo(Number(v), 5)
      }
    },
  )
})
