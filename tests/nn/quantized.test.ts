import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { fromBlocks, toBlocks } from '../../src/graph/blocks.js'
import {
  compile,
  Embedding,
  grad,
  initialize,
  Linear,
  load,
  parameters,
  quantized,
  relu,
  save,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { expectClose } from '../compare.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-quantized-'))
afterAll(() => rmSync(folder, { recursive: true }))

const sines = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(1.7 * i) + (i % 5 === 0 ? scale / 3 : 0))
const forms = [4, 8].flatMap((bits) => [true, false].map((symmetric) => ({ bits: bits as 4 | 8, symmetric })))

describe('blocks', () => {
  test('no number is further off than half the scale of its block, and 0 stays 0', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.constantFrom(16, 32, 64),
        fc.array(fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 70, maxLength: 70 }), {
          minLength: 1,
          maxLength: 3,
        }),
        (form, size, lines) => {
          const w = Float32Array.from(lines.flatMap((line) => line.map((v, i) => (i % 11 === 0 ? 0 : v))))
          const blocks = toBlocks(w, { rows: lines.length, columns: 70, ...form, size, activations: 'f32' })
          const back = fromBlocks(blocks)
          for (let r = 0; r < lines.length; r++)
            for (let i = 0; i < 70; i++) {
              const scale = blocks.scales[r * Math.ceil(70 / size) + Math.floor(i / size)]!
              const at = r * 70 + i
              expect(Math.abs(back[at]! - w[at]!)).toBeLessThanOrEqual(0.5001 * scale + 1e-30)
              if (w[at] === 0) expect(back[at]).toBe(0)
            }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('by hand: 4 bits, symmetric: scale 7/7, numbers −7 … 7 are exact, two a byte, the first below', () => {
    const w = Float32Array.from({ length: 16 }, (_, i) => i - 8 || 0).fill(-7, 0, 1)
    const { packed, scales, zeros } = toBlocks(w, { rows: 1, columns: 16, bits: 4, size: 16, symmetric: true, activations: 'f32' })
    expect([...scales]).toEqual([1])
    expect(zeros).toBeUndefined()
    expect([...packed]).toEqual([0x11, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe])
  })
})

describe('quantized', () => {
  for (const form of forms)
    for (const [rows, columns] of [
      [5, 64],
      [12, 70],
      [300, 300],
    ] as const)
      test(`${form.bits} bits, ${form.symmetric ? 'symmetric' : 'with zeros'}, (${rows}, ${columns}): products are those of the numbers the blocks stand for`, async () => {
        const layer = new Linear(columns, rows)
        initialize(layer, { seed: 1 })
        layer.weight.storage.array = sines(rows * columns)
        quantized(layer, { ...form, activations: 'f32' })
        const exact = new Linear(columns, rows)
        initialize(exact, { seed: 1 })
        exact.weight.storage.array = (await layer.weight.data()) as Float32Array
        for (const n of [1, 3, 40]) {
          const x = tensor(sines(n * columns), { shape: [n, columns] })
          const [y, wanted] = [await compile((t: Tensor) => layer.forward(t))(x), await exact.forward(x).data()]
          expectClose(await y.data(), wanted, { rtol: 1e-4, atol: 1e-4 })
          expectClose(await layer.forward(x).data(), wanted, { rtol: 1e-4, atol: 1e-4 })
          // the gradient for x is a product with the unpacked numbers
          const loss = (l: Linear) => grad((t: Tensor) => l.forward(t).square().sum())
          expectClose(await loss(layer)(x).data(), await loss(exact)(x).data(), { rtol: 1e-3, atol: 1e-3 })
        }
      })

  for (const bits of [4, 8] as const)
    test(`products in 8 bits with weights of ${bits} are off by no more than rounding the input so can make`, async () => {
      const [rows, columns, n] = [40, 96, 5]
      const layer = new Linear(columns, rows, { bias: false })
      layer.weight.storage.array = sines(rows * columns)
      quantized(layer, { bits })
      const [w, x] = [await layer.weight.data(), sines(n * columns)]
      const y = await layer.forward(tensor(x, { shape: [n, columns] })).data()
      for (let i = 0; i < n; i++)
        for (let r = 0; r < rows; r++) {
          let [exact, bound] = [0, 1e-4]
          for (let b = 0; b < columns; b += 32) {
            const most = Math.max(...x.subarray(i * columns + b, i * columns + b + 32).map(Math.abs))
            for (let k = b; k < b + 32; k++) {
              exact += x[i * columns + k]! * w[r * columns + k]!
              bound += (Math.abs(w[r * columns + k]!) * most) / 127 / 2
            }
          }
          expect(Math.abs(y[i * rows + r]! - exact)).toBeLessThanOrEqual(bound)
        }
    })

  test('a deep model with a head that trains: the loss falls, the blocks stay', async () => {
    const base = quantized(sequential(new Linear(20, 48), relu, new Linear(48, 33)))
    const model = sequential(base, new Linear(33, 1))
    const step = trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: { x: Tensor; y: Tensor }) => model.forward(x).sub(y).square().mean())
    const before = [...parameters(base).values()].map(({ storage }) => storage.home)
    expect(before.map((home) => home!.kind)).toContain('blocks')
    const losses: number[] = []
    const batch = { x: tensor(sines(80), { shape: [4, 20] }), y: tensor(sines(4), { shape: [4, 1] }) }
    for (let i = 0; i < 20; i++) losses.push((await step(batch)).loss)
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!)
    for (const [i, { storage }] of [...parameters(base).values()].entries())
      if (before[i]!.kind === 'blocks') expect(storage.home).toBe(before[i])
  })

  test('weights are put into blocks as they are loaded, and saved as what the blocks stand for', async () => {
    const path = join(folder, 'model.safetensors')
    const make = () => sequential(new Linear(100, 50), relu, new Linear(50, 3))
    const model = make()
    initialize(model, { seed: 3 })
    await save(model, path)
    const [first, second] = [quantized(make()), make()]
    await load(first, path)
    await load(second, path)
    quantized(second)
    const x = tensor(sines(200), { shape: [2, 100] })
    const y = await first.forward(x).data()
    expect(await second.forward(x).data()).toEqual(y)
    await save(first, path)
    const whole = make()
    await load(whole, path)
    expectClose(await whole.forward(x).data(), y, { rtol: 2e-2, atol: 1e-2 })
  })

  test('which weights, and what is refused', () => {
    const model = { table: new Embedding(40, 16), head: new Linear(16, 4), forward: (x: Tensor) => x }
    initialize(model)
    quantized(model)
    const kinds = () => [...parameters(model)].map(([path, { storage }]) => `${path} ${storage.home!.kind}`)
    expect(kinds()).toEqual(['table.weight arena', 'head.weight blocks', 'head.bias arena'])
    quantized(model, { match: 'table' })
    expect(kinds()).toEqual(['table.weight blocks', 'head.weight blocks', 'head.bias arena'])
    expect(() => quantized(model, { match: 'head' })).toThrow('head.bias (4) f32 is no matrix')
    expect(() => quantized(model, { match: 'tabel' })).toThrow('did you mean table')
    expect(() => quantized(new Embedding(3, 16))).toThrow('none of the model')
    expect(() => quantized(model, { size: 33 })).toThrow('size 33: give 16, 32, 64, 128 or 256')
    expect(() => quantized(model, { activations: 'f16' as 'f32' })).toThrow("give 'i8' or 'f32'")
    expect(() => quantized(model, { bits: 3 as 4 })).toThrow('bits 3: give 4 or 8')
  })
})
