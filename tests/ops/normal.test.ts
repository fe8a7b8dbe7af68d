import { expect, test } from 'vitest'
import { batchNorm, compile, groupNorm, instanceNorm, layerNorm, ShapeError, type Tensor, tensor, zeros } from '../../src/index.js'
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
