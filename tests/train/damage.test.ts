import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  initialize,
  Linear,
  load,
  loadMemory,
  Param,
  parameters,
  readSafetensors,
  save,
  sequential,
  writeSafetensors,
} from '../../src/index.js'
import { bytesOf, network } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-damage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

const failure = (f: () => Promise<unknown>): Promise<Error | undefined> =>
  f().then(
    () => undefined,
    (error: Error) => error,
  )
const says = async (f: () => Promise<unknown>): Promise<string> =>
  ((await failure(f))?.message ?? 'nothing was thrown').replaceAll(folder, '…')
/** Each byte changed, each in another way, and the file cut at every length. */
function* damages(whole: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < whole.length; i++) {
    const bad = whole.slice()
    bad[i]! ^= 1 + ((i * 37) % 255)
    yield bad
  }
  for (let length = 0; length < whole.length; length += 7) yield whole.subarray(0, length)
}

describe('a file of weights', () => {
  test('has the SHA-256 of its bytes, zeros in its own place, and other readers find no more than a text', async () => {
    const model = network()
    initialize(model)
    await save(model, at('sum.safetensors'), { note: 'ü' })
    const bytes = readFileSync(at('sum.safetensors'))
    const found = /"hebb\.checksum":"sha256 ([0-9a-f]{64})"/.exec(bytes.toString('latin1'))!
    const blank = Buffer.from(bytes.toString('latin1').replace(found[1]!, '0'.repeat(64)), 'latin1')
    expect(createHash('sha256').update(blank).digest('hex')).toBe(found[1])
    expect((await readSafetensors(at('sum.safetensors'))).metadata).toEqual({ note: 'ü' })
  })

  test('with any byte changed or any end cut off gives one error with the path, and the model stays as it was', async () => {
    const [model, other] = [sequential(new Linear(3, 2)), sequential(new Linear(3, 2))]
    initialize(model)
    initialize(other, { seed: 1 })
    await save(model, at('small.safetensors'), { note: 'one' })
    const whole = new Uint8Array(readFileSync(at('small.safetensors')))
    const before = bytesOf(other)
    for (const bad of damages(whole)) {
      writeFileSync(at('bad.safetensors'), bad)
      const error = await failure(() => load(other, at('bad.safetensors'), { strict: false }))
      expect(error?.message).toContain(at('bad.safetensors'))
    }
    expect(bytesOf(other)).toBe(before)
    await load(other, at('small.safetensors'))
    expect(bytesOf(other)).toBe(bytesOf(model))
  }, 60_000)

  test('two names exchanged, a checksum of another file', async () => {
    const model = sequential(new Linear(2, 2), new Linear(2, 2))
    initialize(model)
    await save(model, at('a.safetensors'))
    const text = readFileSync(at('a.safetensors')).toString('latin1')
    const swapped = text.replace('"0.weight"', '"x.weight"').replace('"1.weight"', '"0.weight"').replace('"x.weight"', '"1.weight"')
    writeFileSync(at('swapped.safetensors'), Buffer.from(swapped, 'latin1'))
    expect(await says(() => load(model, at('swapped.safetensors')))).toContain(
      '…/swapped.safetensors: it is damaged: its bytes are not those',
    )
    const shards = { weight_map: { '0.weight': 'a.safetensors', '0.bias': 'swapped.safetensors' } }
    writeFileSync(at('model.safetensors.index.json'), JSON.stringify(shards))
    expect(await says(() => load(model, folder, { strict: false }))).toContain('…/swapped.safetensors: it is damaged')
  })

  test('without a checksum, as others write it, loads', async () => {
    const model = sequential(new Linear(2, 1))
    initialize(model)
    await save(model, at('a.safetensors'))
    const { tensors, metadata } = await readSafetensors(at('a.safetensors'))
    await writeSafetensors(at('b.safetensors'), tensors, { ...metadata, format: 'pt' })
    const other = sequential(new Linear(2, 1))
    await load(other, at('b.safetensors'))
    expect(bytesOf(other)).toBe(bytesOf(model))
  })

  test('is the weights of the moment of the call', async () => {
    const model = sequential(new Linear(300, 300))
    initialize(model)
    const before = bytesOf(model)
    const saved = save(model, at('moment.safetensors'))
    for (const [, p] of parameters(model)) (p.storage.array as Float32Array).fill(7)
    await saved
    await load(model, at('moment.safetensors'))
    expect(bytesOf(model)).toBe(before)
  })
})

describe('load says', () => {
  test('what it loaded, what was missing, what was left', async () => {
    const [small, large] = [sequential(new Linear(2, 2)), sequential(new Linear(2, 2), new Linear(2, 1))]
    await save(small, at('small.safetensors'))
    await save(large, at('large.safetensors'))
    expect(await load(small, at('small.safetensors'))).toEqual({ loaded: ['0.weight', '0.bias'], missing: [], left: [] })
    const [loaded, rest] = [
      ['0.weight', '0.bias'],
      ['1.weight', '1.bias'],
    ]
    expect(await load(large, at('small.safetensors'), { strict: false })).toEqual({ loaded, missing: rest, left: [] })
    const report = await load(small, at('large.safetensors'), { strict: false })
    expect({ ...report, left: [...report.left].sort() }).toEqual({ loaded, missing: [], left: [...rest!].sort() })
  })

  test('that nothing of the file is in the model', async () => {
    const model = sequential(new Linear(2, 2))
    initialize(model)
    const before = bytesOf(model)
    await writeSafetensors(at('none.safetensors'), { 'net.weight': { dtype: 'f32', shape: [2, 2], data: new Float32Array(4) } })
    await writeSafetensors(at('empty.safetensors'), {})
    expect(await says(() => load(model, at('none.safetensors'), { strict: false }))).toMatchInlineSnapshot(`
      "load: …/none.safetensors does not fit the model; nothing was changed.
        missing in the file: 0.weight, 0.bias
        not in the model: net.weight
        None of its names is in the model: compare the names, or build the model the file was saved from."
    `)
    expect(await says(() => load(model, at('empty.safetensors'), { strict: false }))).toContain('missing in the file: 0.weight, 0.bias')
    expect(bytesOf(model)).toBe(before)
  })

  class Numbers {
    whole = new Param([2], (out) => out.fill(0 as never), { dtype: 'i32', trainable: false })
    flags = new Param([3], (out) => out.fill(0 as never), { dtype: 'bool', trainable: false })
    real = new Param([2], (out) => out.fill(0 as never))
    forward = (x: never): never => x
  }
  const store = (whole: unknown, dtype = 'i64'): Promise<void> =>
    writeSafetensors(at('numbers.safetensors'), {
      whole: { dtype: dtype as 'i64', shape: [2], data: whole as BigInt64Array },
      flags: { dtype: 'u8', shape: [3], data: new Uint8Array([0, 2, 255]) },
      real: { dtype: 'f64', shape: [2], data: new Float64Array([0.1, -1e300]) },
    })

  test('which number is out of the range of its parameter, before any other is changed', async () => {
    const model = new Numbers()
    initialize(model)
    await store(new BigInt64Array([5n, -(2n ** 31n)]))
    await load(model, at('numbers.safetensors'))
    const values = [...parameters(model)].map(([, p]) => [...(p.storage.array as Float32Array)])
    expect(values).toEqual([
      [5, -(2 ** 31)],
      [0, 1, 1],
      [Math.fround(0.1), Number.NEGATIVE_INFINITY],
    ])
    await store(new BigInt64Array([1n, 2n ** 40n]))
    expect(await says(() => load(model, at('numbers.safetensors')))).toContain(
      'of numbers the model cannot hold: whole: 1099511627776 is beyond the range of i32, -2147483648 to 2147483647\n',
    )
    await store(new Float64Array([1, 0.5]), 'f64')
    expect(await says(() => load(model, at('numbers.safetensors')))).toContain('whole: 0.5 is no whole number, which i32 needs')
    await store(new Float64Array([1, Number.NaN]), 'f64')
    expect(await says(() => load(model, at('numbers.safetensors')))).toContain('whole: NaN is no whole number, which i32 needs')
    expect([...parameters(model)].map(([, p]) => [...(p.storage.array as Float32Array)])).toEqual(values)
  })
})

test('a memory that is damaged', async () => {
  writeFileSync(at('memory.safetensors'), new Uint8Array(100))
  expect(await says(() => loadMemory(at('memory.safetensors')))).toContain('cannot read …/memory.safetensors')
  await writeSafetensors(
    at('memory.safetensors'),
    {
      keys: { dtype: 'f32', shape: [0, 2 ** 50], data: new Float32Array(0) },
      values: { dtype: 'i32', shape: [0], data: new Int32Array(0) },
    },
    { distance: 'euclidean' },
  )
  expect(await says(() => loadMemory(at('memory.safetensors')))).toContain('…/memory.safetensors is no memory: it holds')
})
