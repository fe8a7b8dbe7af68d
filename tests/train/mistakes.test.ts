import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import {
  adam,
  Conv2d,
  compile,
  crossEntropy,
  dataset,
  evaluate,
  fit,
  Linear,
  LSTM,
  load,
  meanSquaredError,
  predict,
  relu,
  sequential,
  sets,
  sgd,
  type Tensor,
  tensor,
  trainStep,
  zeros,
} from '../../src/index.js'

// what whoever comes from PyTorch or Keras, or writes plain JavaScript, gets wrong first: the error names it and what to write instead
const says = async (f: () => unknown): Promise<string> => {
  try {
    await f()
    return 'nothing was thrown'
  } catch (error) {
    return (error as Error).message
  }
}
/** A call from plain JavaScript. */
const loose = (f: (...given: never) => unknown, ...given: unknown[]): unknown => Reflect.apply(f, undefined, given)

const points = sets.spirals({ perClass: 4 })
const net = (): ReturnType<typeof sequential> => sequential(new Linear(2, 8), relu, new Linear(8, 3))
const options = { loss: crossEntropy, optimizer: adam() }
const two = [
  [1, 2],
  [3, 4],
]

describe('mistakes are named with their cure', () => {
  test('what fit is given', async () => {
    expect(await says(() => loose(fit, net(), tensor(two), options))).toBe(
      'fit: the data is a Tensor, not a data set: make one, dataset({ x, y }), or a feed',
    )
    expect(await says(() => loose(fit, net(), { x: two, y: [0, 1] }, options))).toContain('the data is an object')
    expect(await says(() => loose(fit, net(), points, { ...options, loss: 'mse' }))).toContain('fit: the loss is a string')
    const metrics = 'give functions by name, { f1: (output, target) => … }; accuracy is told without being asked for'
    expect(await says(() => loose(fit, net(), points, { ...options, metrics: ['accuracy'] }))).toBe(
      `fit: the metrics are an array: ${metrics}`,
    )
    expect(await says(() => loose(evaluate, net(), points, { loss: crossEntropy, metrics: { f1: 'f1' } }))).toBe(
      `evaluate: the metric f1 is a string: ${metrics}`,
    )
    expect(await says(() => loose(evaluate, net(), points, {}))).toContain('evaluate: the loss is missing')
    for (const optimizer of [adam, sgd])
      expect(await says(() => loose(optimizer, 0.1))).toBe(
        `${optimizer.name}: the options are a number: give an object, ${optimizer.name}({ lr: 0.1 })`,
      )
  })

  test('what forward gives', async () => {
    const layer = new Linear(2, 3)
    const returns = (f: (x: never) => unknown): unknown => loose(fit, { layer, forward: f }, points, options)
    expect(await says(() => returns(() => {}))).toBe("fit: the model's forward gives undefined: let it return its output")
    expect(await says(() => returns(async (x) => layer.forward(x)))).toContain("fit: the model's forward is async")
    const lstm = new LSTM(2, 3)
    const cells = sequential((x) => x.reshape([-1, 1, 2]))
    const whole = { lstm, forward: (x: never) => lstm.forward(cells.forward(x)) }
    expect(await says(() => loose(fit, whole, points, options))).toBe(
      'crossEntropy: the output is an object, not a tensor: give one of its fields, output, hidden, cell',
    )
    expect(await says(() => loose(meanSquaredError, tensor(1)))).toBe('meanSquaredError: the target is undefined, not a tensor')
  })

  test('labels', async () => {
    const asked = async (y: Parameters<typeof dataset>[0][string]): Promise<string> =>
      says(() => fit(net(), dataset({ x: two, y }), options))
    expect(await asked([0, 1])).toContain(": cast them, target.cast('i32'), or give the field as an Int32Array\n")
    expect(await asked({ data: Int32Array.of(0, 1), shape: [1] })).toContain(': reshape them, target.reshape([2])\n')
    expect(await asked({ data: Int32Array.of(0, 1, 0, 1, 0, 0), shape: [3] })).toContain(": cast one-hot rows, target.cast('f32')\n")
  })

  test('pictures with their channels last', async () => {
    expect(await says(() => predict(new Conv2d(3, 8, 3), zeros([1, 9, 9, 3])))).toContain(
      'takes 3: channels come second, x.transpose([0, 3, 1, 2])',
    )
  })

  test('functions that are async, or give nothing', async () => {
    const x = tensor(two)
    const layer = new Linear(2, 1)
    expect(await says(() => loose(trainStep(layer, adam(), (() => Promise.reject(new Error('unseen'))) as never), { x }))).toBe(
      'train: the loss function is async: tensors are plans, which need no await; give what you want to see beside the loss, { loss, seen }',
    )
    const counted = trainStep(layer, adam(), ({ x: given }: { x: Tensor }) => ({ loss: layer.forward(given).mean(), a: 3 }))
    expect(await says(() => counted({ x }))).toContain('train: a is a number')
    expect(await says(() => compile((async (y: Tensor) => y) as never)(x as never))).toContain('compile: the function gives a Promise')
    expect(await says(() => compile((() => {}) as never)(x as never))).toContain('compile: the function gives undefined')
  })

  test('what sequential is given', async () => {
    expect(await says(() => loose(sequential, new Linear(2, 3), 'relu'))).toBe(
      "sequential: step 1 is 'relu': give layers, and functions such as relu",
    )
    expect(await says(() => loose(sequential, Linear))).toBe('sequential: step 0 is the class Linear: make a layer of it, new Linear(…)')
    expect(await says(() => loose(sequential, [relu]))).toBe(
      'sequential: step 0 is an array: give the layers one after the other, sequential(...layers)',
    )
  })

  test('what is no number, and a tensor where numbers should be', async () => {
    expect(await says(() => loose(tensor, [1, undefined]))).toBe('tensor: among the numbers is undefined')
    expect(await says(() => loose(tensor, [Float32Array.of(1, 2)]))).toContain('a Float32Array: put the numbers one behind the other')
    expect(await says(() => JSON.stringify({ loss: tensor([1, 2]) }))).toBe(
      'a tensor (2) f32 is no JSON: write down its numbers, await x.array() or await x.item()',
    )
  })

  test("other libraries' files", async () => {
    const folder = mkdtempSync(`${tmpdir()}/foreign-`)
    for (const [begin, said] of [
      ['PK\x03\x04', 'torch.save'],
      ['\x80\x02', 'torch.save'],
      ['\x89HDF\r\n\x1a\n', 'Keras'],
      ['version https://git-lfs', 'git lfs pull'],
    ] as const) {
      writeFileSync(`${folder}/w`, Buffer.from(`${begin}${'\0'.repeat(20)}`, 'latin1'))
      expect(await says(() => load(net(), `${folder}/w`))).toContain(said)
    }
  })
})
