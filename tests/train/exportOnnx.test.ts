import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'
import { type ExportOptions, exportOnnx, type Layer, Linear, predict, type Tensor, tensor } from '../../src/index.js'
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

async function agrees(model: Layer, options: ExportOptions, sizes: readonly number[]): Promise<void> {
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
    `"exportOnnx: the graph holds numbers that follow the batch size, as a mean over the examples does: give { batch: n }"`,
  )
  expect(await message(like((x) => layer.forward(x).sum(0)))).toMatchInlineSnapshot(
    `"exportOnnx: 5 rows go in and (3) comes out: give the model one row for each example"`,
  )
})
