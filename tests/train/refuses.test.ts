import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  BatchNorm1d,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  Linear,
  load,
  NonFiniteGradientError,
  NonFiniteLossError,
  parameters,
  predict,
  save,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
  writeSafetensors,
} from '../../src/index.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-refuse-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

/** The message of the failure, without this machine's folder. */
const says = (f: () => Promise<unknown>): Promise<string> =>
  f().then(
    () => 'nothing was thrown',
    (error: Error) => `${error.name}: ${error.message.replaceAll(folder, '…')}`,
  )
const all = async (model: ReturnType<typeof network>, options: Partial<FitOptions> = {}, data = task()): Promise<void> => {
  for await (const _ of fit(model, data, { ...settings(), ...options }));
}

describe('save and load', () => {
  test('give the same bytes back', async () => {
    const [a, b] = [network(), network()]
    await all(a)
    await save(a, at('model.safetensors'))
    await load(b, at('model.safetensors'))
    expect(bytesOf(b)).toBe(bytesOf(a))
  })

  test('list what is missing, extra or misshapen, and change nothing', async () => {
    await writeSafetensors(
      at('wrong.safetensors'),
      new Map([
        ['0.weight', { dtype: 'f32' as const, shape: [4, 8], data: new Float32Array(32) }],
        ['0.bias', { dtype: 'f32' as const, shape: [8], data: new Float32Array(8) }],
        ['head.weight', { dtype: 'f32' as const, shape: [2, 8], data: new Float32Array(16) }],
      ]),
    )
    const model = network()
    await all(model)
    const before = bytesOf(model)
    expect(await says(() => load(model, at('wrong.safetensors')))).toMatchInlineSnapshot(`
      "HebbError: load: …/wrong.safetensors does not fit the model; nothing was changed.
        missing in the file: 3.weight, 3.bias
        not in the model: head.weight
        of another shape: 0.weight: (4, 8) in the file, (8, 4) in the model
        Build the model the file was saved from."
    `)
    expect(await says(() => load(model, at('wrong.safetensors'), { strict: false }))).toMatchInlineSnapshot(`
      "HebbError: load: …/wrong.safetensors does not fit the model; nothing was changed.
        of another shape: 0.weight: (4, 8) in the file, (8, 4) in the model
        Build the model the file was saved from."
    `)
    expect(await says(() => load(sequential(new Linear(4, 8), new Linear(8, 8)), at('model.safetensors')))).toMatchInlineSnapshot(`
      "HebbError: load: …/model.safetensors does not fit the model; nothing was changed.
        missing in the file: 1.weight, 1.bias
        not in the model: 3.bias, 3.weight
        Build the model the file was saved from, or pass { strict: false }."
    `)
    expect(bytesOf(model)).toBe(before)
  })

  test('say when a file is cut or something else', async () => {
    const whole = readFileSync(at('model.safetensors'))
    writeFileSync(at('cut.safetensors'), whole.subarray(0, whole.length - 10))
    writeFileSync(at('other.safetensors'), 'PNG, or so')
    expect(await says(() => load(network(), at('cut.safetensors')))).toMatchInlineSnapshot(
      `"FileError: cannot read …/cut.safetensors: tensor "3.weight": its data_offsets [168, 232] reach past the 222 bytes of data. The file is damaged or no safetensors file: fetch or write it again."`,
    )
    expect(await says(() => load(network(), at('other.safetensors')))).toMatchInlineSnapshot(
      `"FileError: cannot read …/other.safetensors: its header claims 2338053340531215952 bytes, more than the format's limit of 100000000. The file is damaged or no safetensors file: fetch or write it again."`,
    )
    expect(await says(() => load(network(), at('none.safetensors')))).toMatchInlineSnapshot(
      `"FileError: cannot read …/none.safetensors: there is no such file (ENOENT). Check the path."`,
    )
  })
})

describe('resume', () => {
  test('refuses what is no checkpoint of this run and leaves the model alone', async () => {
    await all(network(), { checkpoint: { path: at('run.safetensors') } })
    const whole = readFileSync(at('run.safetensors'))
    writeFileSync(at('cut.safetensors'), whole.subarray(0, whole.length >> 1))
    const model = network()
    await all(model, { epochs: 1 })
    const before = bytesOf(model)
    expect((await says(() => all(model, { resume: at('cut.safetensors') }))).replaceAll(/\d+/g, 'n')).toMatchInlineSnapshot(
      `"FileError: cannot read …/cut.safetensors: its header claims n bytes but n follow. The file is damaged or no safetensors file: fetch or write it again."`,
    )
    expect(await says(() => all(model, { resume: at('model.safetensors') }))).toMatchInlineSnapshot(
      `"HebbError: resume: …/model.safetensors is no checkpoint of a run (format 'none')"`,
    )
    expect(await says(() => all(model, { resume: at('run.safetensors'), seed: 8, batchSize: 4 }))).toMatchInlineSnapshot(
      `"HebbError: resume: …/run.safetensors is from another run: seed was 7, is 8; batchSize was 8, is 4. Resume with the settings of that run."`,
    )
    expect(bytesOf(model)).toBe(before)
    expect(await says(() => all(sequential(new Linear(4, 6), new Linear(6, 2)), { resume: at('run.safetensors') }))).toMatchInlineSnapshot(
      `"HebbError: resume: …/run.safetensors does not fit this run: learner: the array model.0.weight is (8, 4) f32, not (6, 4) f32. Go on from another checkpoint, or start a new run."`,
    )
  })
})

describe('a loss that is no number', () => {
  test('stops the run, names where it began and leaves the weights alone', async () => {
    const model = sequential(new Linear(4, 8), (x: Tensor) => x.sub(100).log(), new Linear(8, 2))
    await says(() => all(model, { epochs: 0 }))
    const before = bytesOf(model)
    expect(await says(() => all(model, { accumulate: 1 }))).toMatchInlineSnapshot(
      `"NonFiniteLossError: the loss is NaN at step 1: first in log after 0.weight, output (8, 8) f32. The weights are those from before this step. Cures: a smaller lr, clip: { norm: 1 }, or clean inputs (no NaN, no log or division by 0)"`,
    )
    expect(bytesOf(model)).toBe(before)
    const poisoned = dataset({
      x: { data: new Float32Array(32).fill(Number.NaN), shape: [4] },
      y: { data: new Float32Array(16), shape: [2] },
    })
    const fresh = network(0)
    await expect(all(fresh, { accumulate: 1 }, poisoned)).rejects.toThrow(NonFiniteLossError)
    expect(await says(() => all(fresh, { accumulate: 1 }, poisoned))).toMatchInlineSnapshot(
      `"NonFiniteLossError: the loss is NaN at step 1: an input (8, 4) f32 holds NaN or ∞. The weights are those from before this step. Cures: a smaller lr, clip: { norm: 1 }, or clean inputs (no NaN, no log or division by 0)"`,
    )
  })
})

describe('a gradient that is no number', () => {
  // √|w·x| has the loss 0 and an infinite slope at 0; 0·∞ in the chain rule makes it NaN
  const model = () => sequential(new Linear(4, 8), new Linear(8, 1))
  const root = (output: Tensor): Tensor => output.sqrt().mean()
  const zeroes = (m: object): void => {
    for (const { storage } of parameters(m).values()) storage.array!.fill(0 as never)
  }
  const batch = (value: number): { x: Tensor } => ({ x: tensor(new Float32Array(8).fill(value), { shape: [2, 4] }) })

  test('stops the run before the update and names the parameter', async () => {
    const m = model()
    const step = trainStep(m, sgd({ lr: 0.1, momentum: 0.9 }), ({ x }: { x: Tensor }) => root(m.forward(x)))
    zeroes(m)
    const before = bytesOf(m)
    expect(await says(() => step(batch(1)))).toMatchInlineSnapshot(
      `"NonFiniteGradientError: the loss is 0 at step 1, but the gradient of 0.weight (8, 4) holds NaN (4 of 4 gradients do). The weights are those from before this step. Cures: a smaller lr, clip: { value: 1 } against infinities, or no √, division or power at 0 on the way to the loss"`,
    )
    expect(bytesOf(m)).toBe(before)
    expect(step.step).toBe(0)
    expect([...step.learner.trained.state(0)].flatMap((s) => [...s]).every((v) => v === 0)).toBe(true)
    for (const { storage } of parameters(m).values()) storage.array!.fill(0.5 as never)
    expect((await step(batch(1))).step).toBe(1)
    expect(await step(batch(0)).catch((e: unknown) => e)).not.toBeInstanceOf(NonFiniteGradientError)
  })

  test('also with gradients summed over batches, and with clipping by norm; the next sum starts anew', async () => {
    for (const options of [{ accumulate: 2 }, { clip: { norm: 1 } }, { accumulate: 2, clip: { norm: 1, order: 1 as const } }]) {
      const m = model()
      const loss = ({ x, scale }: { x: Tensor; scale: Tensor }): Tensor => root(m.forward(x)).add(m.forward(x).mean().mul(scale))
      const step = trainStep(m, sgd({ lr: 0.1 }), loss, options)
      zeroes(m)
      const before = bytesOf(m)
      const last = options.accumulate ?? 1
      for (let i = 1; i < last; i++) await step({ ...batch(1), scale: tensor([1]) })
      await expect(step({ ...batch(1), scale: tensor([1]) })).rejects.toThrow(NonFiniteGradientError)
      expect(bytesOf(m)).toBe(before)
      for (const { storage } of parameters(m).values()) storage.array!.fill(0.5 as never)
      for (let i = 0; i < last; i++) await step({ ...batch(1), scale: tensor([1]) })
      expect(step.step).toBe(1)
      expect(bytesOf(m)).not.toContain('NaN')
    }
  })

  test('leaves running statistics alone too', async () => {
    const m = sequential(new Linear(4, 8), new BatchNorm1d(8), new Linear(8, 1))
    const step = trainStep(m, sgd({ lr: 0.1 }), ({ x }: { x: Tensor }) => root(m.forward(x).mul(0)))
    const all = (): unknown[] => [...parameters(m)].map(([path, { storage }]) => [path, Array.from(storage.array!, String)])
    const before = all()
    await expect(step(batch(1))).rejects.toThrow(NonFiniteGradientError)
    expect(all()).toEqual(before)
  })
})

describe('bad data', () => {
  test('an empty set', async () => {
    const none = task().take(0)
    expect(await says(() => all(network(), {}, none))).toMatchInlineSnapshot(
      `"HebbError: fit: the data set is empty: there is nothing to learn from"`,
    )
    expect(await says(() => evaluate(network(), none, { loss: meanSquares }))).toMatchInlineSnapshot(
      `"HebbError: evaluate: the data set is empty: there is nothing to measure"`,
    )
    expect(await says(() => predict(network(), none))).toMatchInlineSnapshot(`"HebbError: predict: there are no rows to predict for"`)
  })

  test('shapes and dtypes that do not fit', async () => {
    const model = network(0)
    const step = trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: { x: Tensor; y: Tensor }) => meanSquares(model.forward(x), y))
    const y = tensor([[0, 0]])
    expect(await says(() => step({ x: tensor([[1, 2, 3]]), y }))).toMatchInlineSnapshot(`
      "ShapeError: matmul: inner axes differ: 3 and 4
        inputs: (1, 3) f32, 0.weight (8, 4) f32 transposed"
    `)
    expect(await says(() => step({ x: tensor([[1, 2, 3, 4]]), y: tensor([[1, 2, 3]]) }))).toMatchInlineSnapshot(
      `"ShapeError: sub: shapes (1, 2) and (1, 3) do not broadcast: 2 and 3 on axis -1"`,
    )
    // whole numbers meet the weights as they do in matmul
    expect(await says(() => step({ x: tensor([[1, 2, 3, 4]], { dtype: 'i32' }), y }))).toBe('nothing was thrown')
    const vector = trainStep(model, sgd({ lr: 0.1 }), ({ x, y: target }: { x: Tensor; y: Tensor }) => model.forward(x).sub(target))
    expect(await says(() => vector({ x: tensor([[1, 2, 3, 4]]), y }))).toMatchInlineSnapshot(
      `"ShapeError: train: loss is (1, 2), not one number: reduce it with mean() or sum()"`,
    )
    const apart = trainStep(model, sgd({ lr: 0.1 }), ({ x }: { x: Tensor }) => x.sum())
    expect(await says(() => apart({ x: tensor([[1, 2, 3, 4]]) }))).toMatchInlineSnapshot(
      `"HebbError: train: the loss depends on none of the weights it is to move, 0.weight, 0.bias, 3.weight, 3.bias: compute it from model.forward(…)"`,
    )
    expect(await says(async () => trainStep({}, sgd({ lr: 0.1 }), ({ x }: { x: Tensor }) => x.sum()))).toMatchInlineSnapshot(
      `"HebbError: the model holds no parameters: keep layers and Params in its public fields, arrays or Maps, where they can be found"`,
    )
  })
})
