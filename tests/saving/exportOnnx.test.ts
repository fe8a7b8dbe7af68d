import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, describe, expect, test } from 'vitest'
import {
  Conv2d,
  concat,
  Embedding,
  type ExportOptions,
  exportOnnx,
  type Layer,
  Linear,
  predict,
  Tensor,
  TransformerEncoder,
  tensor,
} from '../../src/index.js'
import { expectClose } from '../compare.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-export-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Normalises each row, then 6 → 16 → 3. */
class Normalising {
  readonly hidden = new Linear(6, 16)
  readonly head = new Linear(16, 3)
  forward(x: Tensor): Tensor {
    const flat = x.reshape([x.shape[0]!, 6])
    const centred = flat.sub(flat.mean(1, { keep: true }))
    const scaled = centred.div(centred.square().mean(1, { keep: true }).add(1e-5).sqrt())
    return this.head.forward(this.hidden.forward(scaled).relu())
  }
}

async function agrees(
  model: Layer,
  options: ExportOptions & { readonly input: readonly number[] },
  sizes: readonly number[],
): Promise<void> {
  const path = join(folder, 'model.onnx')
  await exportOnnx(model, path, options)
  const session = await InferenceSession.create(path)
  for (const n of sizes) {
    const x = Float32Array.from({ length: n * 6 }, (_, i) => Math.sin(i * 3.1 + n))
    const { logits } = await session.run({ x: new OrtTensor('float32', x, [n, ...options.input]) })
    const expected = await predict(model, tensor(x, { shape: [n, ...options.input] }))
    expectClose(
      { data: logits!.data as Float32Array, shape: logits!.dims },
      { data: (await expected.data()) as Float32Array, shape: expected.shape },
      { label: `N ${n}` },
    )
  }
}

test('any batch size through a stock runtime gives what predict gives', () => agrees(new Normalising(), { input: [2, 3] }, [1, 3, 7]))
test('a fixed batch size', () => agrees(new Normalising(), { input: [2, 3], batch: 4 }, [4]))

test('refuses a batch size that the numbers depend on', async () => {
  const layer = new Linear(6, 3)
  const path = join(folder, 'not.onnx')
  const message = (model: Layer): Promise<string> =>
    exportOnnx(model, path, { input: [6] }).then(
      () => 'nothing was thrown',
      (e: Error) => e.message,
    )
  const like = (forward: (x: Tensor) => Tensor): Layer => Object.assign({ forward }, { layer })
  expect(await message(like((x) => layer.forward(x).mul(1 / x.shape[0]!)))).toMatchInlineSnapshot(
    `"exportOnnx: the graph holds numbers that follow the batch size, as one over their number does: give { batch: n }"`,
  )
  expect(await message(like((x) => layer.forward(x).sum(0)))).toMatchInlineSnapshot(
    `"exportOnnx: 5 rows go in and (3) comes out: give the model one row for each example"`,
  )
})

describe('free sizes besides the batch, and several inputs and outputs', () => {
  /** What a stock runtime gives at some sizes, beside predict. */
  async function runs<In>(
    model: Layer<readonly [In], Tensor | Readonly<Record<string, Tensor>>>,
    options: ExportOptions,
    inputs: readonly Readonly<Record<string, { readonly shape: readonly number[]; readonly most?: number }>>[],
  ): Promise<InferenceSession> {
    const path = join(folder, 'free.onnx')
    await exportOnnx(model, path, options)
    const session = await InferenceSession.create(path)
    for (const given of inputs) {
      const made = Object.entries(given).map(([name, { shape, most }]) => {
        const size = shape.reduce((a, b) => a * b, 1)
        const data = most
          ? Int32Array.from({ length: size }, (_, i) => (i * 7 + shape[1]!) % most)
          : Float32Array.from({ length: size }, (_, i) => Math.sin(i * 3.1 + size))
        return { name, data, shape }
      })
      const found = await session.run(
        Object.fromEntries(
          made.map(({ name, data, shape }) => [name, new OrtTensor(data instanceof Int32Array ? 'int32' : 'float32', data, [...shape])]),
        ),
      )
      const tensors = Object.fromEntries(made.map(({ name, data, shape }) => [name, tensor(data, { shape: [...shape] })]))
      const expected = await predict(model, (Array.isArray(options.input) ? tensors.x : tensors) as never)
      for (const [name, t] of expected instanceof Tensor
        ? ([['logits', expected]] as const)
        : Object.entries(expected as Record<string, Tensor>))
        expectClose(
          { data: found[name]!.data as Float32Array, shape: found[name]!.dims },
          { data: (await t.data()) as Float32Array, shape: t.shape },
          { label: `${name} ${JSON.stringify(given)}` },
        )
    }
    return session
  }

  test('T of a Transformer encoder', async () => {
    const [table, encoder, head] = [new Embedding(11, 8), new TransformerEncoder(8, 2, 2, { hidden: 16 }), new Linear(8, 5)]
    const model = { table, encoder, head, forward: (x: Tensor): Tensor => head.forward(encoder.forward(table.forward(x))) }
    const at = (n: number, t: number) => ({ x: { shape: [n, t], most: 11 } })
    const session = await runs(model, { input: ['T'], dtype: 'i32' }, [at(1, 1), at(2, 9), at(5, 30)])
    expect(session.outputMetadata[0]).toMatchObject({ shape: ['N', 'T', 5] })
  })

  test('height and width of a convolutional net, at any size', async () => {
    const [a, b] = [new Conv2d(2, 6, 3, { padding: 'same' }), new Conv2d(6, 3, 3)]
    const model = { a, b, forward: (x: Tensor): Tensor => b.forward(a.forward(x).relu()).relu() }
    const at = (n: number, y: number, x: number) => ({ x: { shape: [n, 2, y, x] } })
    const session = await runs(model, { input: [2, 'Y', 'X'] }, [at(1, 3, 4), at(2, 8, 5), at(1, 20, 31)])
    expect(session.outputMetadata[0]).toMatchObject({ shape: ['N', 3, 'Y-2', 'X-2'] })
  })

  test('N·T rows at once, lengths grown by a constant, and flattened pictures', async () => {
    const layer = new Linear(4, 4)
    const model = {
      layer,
      forward: (x: Tensor): Tensor => {
        const [n, t] = x.shape as [number, number, number]
        const rows = layer.forward(x.reshape([n * t, 4])).reshape([n, t, 4])
        return concat([rows, rows.slice([null, [0, 1]]).expand([n, 3, 4])], 1).reshape([n, (t + 3) * 4])
      },
    }
    const session = await runs(model, { input: ['T', 4] }, [{ x: { shape: [1, 1, 4] } }, { x: { shape: [6, 13, 4] } }])
    expect(session.outputMetadata[0]).toMatchObject({ shape: ['N', '4*T+12'] })
  })

  test('inputs and outputs by name, each with its own shape and dtype', async () => {
    const [eye, table, price, days] = [new Linear(12, 5), new Embedding(7, 5), new Linear(5, 1), new Linear(5, 3)]
    const model = {
      ...{ eye, table, price, days },
      forward({ image, room }: { image: Tensor; room: Tensor }): { price: Tensor; days: Tensor } {
        const both = eye
          .forward(image.reshape([-1, 12]))
          .add(table.forward(room).mean(1))
          .tanh()
        return { price: price.forward(both), days: days.forward(both) }
      },
    }
    const at = (n: number, r: number) => ({ image: { shape: [n, 3, 4] }, room: { shape: [n, r], most: 7 } })
    const session = await runs(model, { input: { image: [3, 4], room: { shape: ['R'], dtype: 'i32' } } }, [at(1, 1), at(4, 9)])
    expect([session.inputNames, session.outputNames]).toEqual([
      ['image', 'room'],
      ['price', 'days'],
    ])
  })

  test('what does not follow from the sizes is refused, and names them', async () => {
    const layer = new Linear(6, 3)
    const like = (forward: (x: Tensor) => Tensor): Layer => Object.assign({ forward }, { layer })
    const says = (forward: (x: Tensor) => Tensor, options: ExportOptions): Promise<string> =>
      exportOnnx(like(forward), join(folder, 'not.onnx'), options).then(
        () => 'nothing was thrown',
        (e: Error) => e.message,
      )
    expect(await says((x) => x.mul(1 / x.shape[1]!), { input: ['T'] })).toContain('numbers that follow the size T')
    expect(await says((x) => x.unsqueeze(2).expand([x.shape[0]!, x.shape[1]!, x.shape[1]! ** 2]), { input: ['T'] })).toMatch(
      /a size in the graph is no sum of products of the free ones: 49 at N 3, T 7; .*121 at N 3, T 11/,
    )
    expect(await says((x) => x, { input: ['N'] })).toContain('N is the batch size')
    expect(await says((x) => x, { input: ['T'], probes: { Y: [1, 2] } })).toContain('probes for Y, which no input leaves free')
  })
})
