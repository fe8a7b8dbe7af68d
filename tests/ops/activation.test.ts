import { expect, test } from 'vitest'
import { elu, gelu, glu, grad, hardShrink, hardTanh, leakyRelu, logSigmoid, relu, softplus, type Tensor, tensor } from '../../src/index.js'
import { battery } from './battery.js'
import { rows } from './cases/activation.js'

battery(rows)

const slope = async (f: (x: Tensor) => Tensor, at: readonly number[]): Promise<number[]> =>
  Array.from(await grad((x: Tensor) => f(x).sum())(tensor(at)).data(), Number)

test('gradients at kinks and far out', async () => {
  expect(await slope(relu, [-1, 0, 1e-30, 1e4, Number.POSITIVE_INFINITY])).toEqual([0, 0, 1, 1, 1])
  expect(await slope((x) => leakyRelu(x, { slope: 0.25 }), [-1e4, 0, 1e-30])).toEqual([0.25, 0.25, 1])
  expect(await slope((x) => hardTanh(x), [-1e4, -1, -0.99, 0.99, 1])).toEqual([0, 0, 1, 1, 0])
  expect(await slope((x) => hardShrink(x), [-1, -0.5, 0.5, 0.6])).toEqual([1, 0, 0, 1])
  expect(await slope((x) => elu(x, { alpha: 0.5 }), [-1e4, 0, 3])).toEqual([0, 0.5, 1])
  expect(await slope((x) => gelu(x), [-1e4, 0, 1e4])).toEqual([0, 0.5, 1])
  expect(await slope((x) => gelu(x, { approximate: 'tanh' }), [-1e4, 0, 1e4])).toEqual([0, 0.5, 1])
})

test('softplus and logSigmoid keep their digits where they are tiny', async () => {
  const x = [-5, -9, -15, -30, -80]
  const got = await softplus(tensor(x)).data()
  const mirrored = await logSigmoid(tensor(x.map((v) => -v))).data()
  for (const [i, v] of x.entries()) {
    expect(Math.abs(Number(got[i]) / Math.log1p(Math.exp(v)) - 1)).toBeLessThan(1e-6)
    expect(mirrored[i]).toBe(-Number(got[i]))
  }
})

test('x·sigmoid(x) written out works in f64, for which the runtime has no fused node', async () => {
  const x = tensor([-1, 0, 2], { dtype: 'f64' })
  expect(await x.mul(x.sigmoid()).sub(x.silu()).abs().max().item()).toBeLessThan(1e-15)
})

test('the halves of nothing are nothing', async () => {
  expect(await glu(tensor(new Float32Array(0), { shape: [2, 0] })).array()).toEqual([[], []])
})

test('wrong options say what is wrong', () => {
  const x = tensor([1, 2, 3])
  expect(() => glu(x)).toThrow(/glu: axis -1 has 3 elements/)
  expect(() => hardTanh(x, { min: 1, max: 1 })).toThrow(/min 1 is not below max 1/)
  expect(() => softplus(x, { beta: 0 })).toThrow(/beta is 0/)
})
