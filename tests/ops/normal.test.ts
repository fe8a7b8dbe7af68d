import { expect, test } from 'vitest'
import {
  batchNorm,
  compile,
  full,
  grad,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js'
import { expectClose } from '../compare.js'
import { battery } from './battery.js'
import { rows } from './cases/normal.js'

battery(rows)

test('batch statistics of one run leave no trace in the next', async () => {
  const step = compile((x: Tensor) => batchNorm(x, { training: true }).y.square().mean())
  const calm = tensor(
    Float32Array.from({ length: 96 }, (_, i) => Math.sin(i)),
    { shape: [3, 2, 4, 4] },
  )
  const first = await (await step(calm)).item()
  const broken = tensor(new Float32Array(96).fill(Number.NaN), { shape: [3, 2, 4, 4] })
  expect(await (await step(broken)).item()).toBeNaN()
  expect(await (await step(calm)).item()).toBe(first)
})

test('wrong sizes say what they should be', () => {
  const x = zeros([2, 6, 4])
  const three = tensor([1, 2, 3])
  expect(() => layerNorm(x, { weight: three })).toThrow(/sizes of the normalised axes, \(4\)/)
  expect(() => groupNorm(x, 4)).toThrow(/4 groups do not divide the channels/)
  expect(() => groupNorm(x, 3, { bias: three })).toThrow(/one number per channel, \(6\)/)
  expect(() => instanceNorm(zeros([2, 6]))).toThrow(/channels of several numbers/)
  expect(() => batchNorm(x)).toThrow(/needs runningMean and runningVariance/)
  expect(() => batchNorm(zeros([1, 6]), { training: true })).toThrow(/no variance to train with/)
  expect(() => batchNorm(x, { weight: three, training: true })).toThrow(ShapeError)
})

test('rmsNorm over several axes, read as it is', async () => {
  const x = tensor([
    [1, 2, 3, 4],
    [5, 6, 7, 9],
  ]).reshape([2, 2, 2])
  const first = 1 / Math.sqrt(30 / 4 + 1e-6)
  const second = 1 / Math.sqrt(191 / 4 + 1e-6)
  const want = [1, 2, 3, 4].map((v) => v * first).concat([5, 6, 7, 9].map((v) => v * second))
  const all = 1 / Math.sqrt(221 / 8 + 1e-6)
  expectClose(await rmsNorm(x, { axes: [1, 2] }).data(), want)
  expectClose(
    await rmsNorm(x, { axes: [1, 2], weight: full([2, 2], 2) }).data(),
    want.map((v) => 2 * v),
  )
  expectClose(
    await rmsNorm(x, { axes: [0, 1, 2] }).data(),
    [1, 2, 3, 4, 5, 6, 7, 9].map((v) => v * all),
  )
})

test('batchNorm in evaluation with a stretched weight: its gradient is the sum over what it was stretched to', async () => {
  const x = tensor([
    [1, 2],
    [3, 5],
  ])
  const loss = (weight: Tensor, bias: Tensor): Tensor =>
    batchNorm(x, {
      weight: weight.expand([2]),
      bias: bias.expand([2]),
      runningMean: zeros([2]),
      runningVariance: full([2], 1),
      eps: 0,
    }).y.sum()
  const one = tensor([2])
  expect(await grad((w: Tensor) => loss(w, one))(one).array()).toEqual([11])
  expect(await grad((b: Tensor) => loss(one, b))(one).array()).toEqual([4])
})
