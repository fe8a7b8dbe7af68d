/** Convolutions and pools of random shape against plain loops, values and gradients. */
import { describe, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { conv, convTranspose } from '../../src/functional/spatial/conv.js'
import { compute } from '../../src/index.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { expectClose } from '../compare.js'
import * as plain from './convolving.js'
import { fractions, whole } from './examples.js'
import type { Grid } from './row.js'

const gridOf = (t: Tensor): Grid => ({ shape: t.shape, data: Array.from(t.value!, Number) })

/** A generator of whole numbers, both ends included. */
const dice = (seed: number) => {
  const next = fractions(seed)
  return (from: number, to: number): number => from + Math.floor((to - from + 1) * next())
}

describe.each([1, 2, 3])('%i spatial axes', (rank) => {
  test('conv: values in f32 and f64, gradients to numbers that add up exactly', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const roll = dice(seed * 7 + rank)
      const groups = roll(1, 3)
      const list = (from: number, to: number): number[] => Array.from({ length: rank }, () => roll(from, to))
      const [stride, dilation, pads, kernel] = [list(1, 3), list(1, 2), list(0, 3), list(1, 3)]
      const sizes = kernel.map((k, a) => Math.max(1, dilation[a]! * (k - 1) + 1 - 2 * pads[a]! + roll(0, 4)))
      const geometry = { stride, dilation, padding: pads.map((p): [number, number] => [p, p]), groups }
      const shape = [roll(1, 2), groups * roll(1, 2), ...sizes]
      for (const dtype of ['f32', 'f64'] as const) {
        const x = whole(shape, { seed, dtype })
        const w = whole([groups * roll(1, 2), shape[1]! / groups, ...kernel], { seed: seed + 100, dtype })
        const b = whole([w.shape[0]!], { seed: seed + 200, dtype })
        const y = conv(x, w, { bias: b, stride, dilation, padding: pads, groups })
        const want = plain.conv(gridOf(x), gridOf(w), gridOf(b), geometry)
        expectClose({ data: (await compute([y]))[0]!, shape: y.shape }, want, {
          label: `${dtype} ${JSON.stringify({ shape, kernel, geometry })}`,
          rtol: 0,
          atol: 0,
        })
        await exactGradients((...t) => conv(t[0]!, t[1]!, { bias: t[2]!, stride, dilation, padding: pads, groups }), [x, w, b], seed)
      }
    }
  })

  test('convTranspose: values in f32 and f64, gradients to numbers that add up exactly', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const roll = dice(seed * 11 + rank)
      const groups = roll(1, 3)
      const list = (from: number, to: number): number[] => Array.from({ length: rank }, () => roll(from, to))
      const [stride, dilation, kernel, sizes] = [list(1, 3), list(1, 3), list(1, 3), list(1, 4)]
      const more = stride.map((s, a) => roll(0, Math.max(s, dilation[a]!) - 1))
      const full = sizes.map((s, a) => (s - 1) * stride[a]! + dilation[a]! * (kernel[a]! - 1) + 1 + more[a]!)
      const pads = full.map((f) => Math.min(roll(0, 3), Math.floor((f - 1) / 2)))
      const geometry = { stride, dilation, padding: pads.map((p): [number, number] => [p, p]), groups }
      const shape = [roll(1, 2), groups * roll(1, 2), ...sizes]
      for (const dtype of ['f32', 'f64'] as const) {
        const x = whole(shape, { seed, dtype })
        const w = whole([shape[1]!, roll(1, 2), ...kernel], { seed: seed + 100, dtype })
        const b = whole([w.shape[1]! * groups], { seed: seed + 200, dtype })
        const options = { stride, dilation, padding: pads, groups, outputPadding: more }
        const y = convTranspose(x, w, { bias: b, ...options })
        const want = plain.convTranspose(gridOf(x), gridOf(w), gridOf(b), geometry, more)
        expectClose({ data: (await compute([y]))[0]!, shape: y.shape }, want, {
          label: `${dtype} ${JSON.stringify({ shape, kernel, geometry, more })}`,
          rtol: 0,
          atol: 0,
        })
        await exactGradients((...t) => convTranspose(t[0]!, t[1]!, { bias: t[2]!, ...options }), [x, w, b], seed)
      }
    }
  })
})

describe('channels in blocks', () => {
  test.each([
    ['whole blocks', { channels: 16, kernels: 32, stride: 1, dilation: 1 }],
    ['blocks that are not full', { channels: 28, kernels: 60, stride: 1, dilation: 1 }],
    ['numbers of channels that blocks do not take', { channels: 31, kernels: 30, stride: 1, dilation: 1 }],
    ['strides', { channels: 16, kernels: 16, stride: 2, dilation: 1 }],
    ['dilation', { channels: 24, kernels: 16, stride: 1, dilation: 2 }],
    ['too few channels in', { channels: 3, kernels: 16, stride: 1, dilation: 1 }],
    ['too few channels out', { channels: 16, kernels: 3, stride: 1, dilation: 1 }],
  ])('%s: the same numbers in f32 as gathered and multiplied in f64', async (_, { channels, kernels, stride, dilation }) => {
    const results = async (dtype: 'f32' | 'f64') => {
      const x = whole([16, channels, 9, 8], { seed: 1, dtype })
      const w = whole([kernels, channels, 3, 2], { seed: 2, dtype })
      const bias = whole([kernels], { seed: 3, dtype })
      const y = conv(x, w, { bias, stride, dilation, padding: [2, 1] })
      const back = convTranspose(y, w, { stride, dilation, padding: [3, 0] })
      return compute([y, back, ...gradients(y.mul(whole(y.shape, { seed: 4, dtype })).sum(), [x, w, bias])])
    }
    const [small, large] = [await results('f32'), await results('f64')]
    for (const [i, v] of small.entries()) expectClose(v, Array.from(large[i]!, Number), { rtol: 0, atol: 0, label: `result ${i}` })
  })
})

/** f is linear in each input alone: a unit step in one element changes Σ y·v by exactly the gradient there. */
async function exactGradients(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], seed: number): Promise<void> {
  const y = f(...inputs)
  const v = whole(y.shape, { seed: seed + 300, dtype: y.dtype })
  const gs = await compute(gradients(y.mul(v).sum(), inputs))
  const weights = Array.from(v.value!, Number)
  for (const [n, input] of inputs.entries()) {
    // Σ gradient · direction = Σ v · f(…direction…) for a linear f: the bias apart, which adds itself
    const direction = whole(input.shape, { seed: seed + 400 + n, dtype: input.dtype })
    const moved = inputs.map((t, i) => (i === n ? t.add(direction) : t))
    const [a, b] = await compute([f(...moved), f(...inputs)])
    const want = weights.reduce((s, w, i) => s + w * (Number(a![i]) - Number(b![i])), 0)
    const got = Array.from(gs[n]!, Number).reduce((s, g, i) => s + g * Number(direction.value![i]), 0)
    expectClose([got], [want], { rtol: 0, atol: 0, label: `gradient of input ${n}` })
  }
}
