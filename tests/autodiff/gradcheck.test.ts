import { describe, expect, test } from 'vitest'
import { customGrad } from '../../src/autodiff/custom.js'
import { stopGradient } from '../../src/autodiff/grad.js'
import { GradientError, gradcheck } from '../../src/autodiff/gradcheck.js'
import { type Tensor, tensor } from '../../src/tensor/tensor.js'
import '../../src/index.js'

const x = tensor([0.3, -1.2])
const y = tensor([
  [1, 2],
  [-0.5, 0.7],
])

describe('gradcheck', () => {
  test('passes right gradients of both orders, in f64 and in f32', async () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.tanh().mul(b).exp()
    const fine = await gradcheck(f, [x, y], { order: 2 })
    expect(fine.checks).toBe(8)
    expect(fine.worst).toBeLessThan(1e-8)
    expect((await gradcheck(f, [x, y], { order: 2, dtype: 'f32' })).worst).toBeLessThan(1e-2)
  })

  test('leaves integers alone and probes several outputs', async () => {
    const ids = tensor([1, 0], { dtype: 'i32' })
    const result = await gradcheck((a, n) => [a.mul(n.cast('f64')), a.sin(), n], [x, ids], { directions: 3 })
    expect(result.checks).toBe(3)
  })

  test('names the input, the direction and both numbers of a wrong gradient', async () => {
    const wrong = customGrad(
      (a: Tensor) => a.mul(a),
      (g, { inputs: [a] }) => [g.mul(a!)],
    )
    const attempt = gradcheck((a, b) => wrong(b).mul(a.sum()), [x, y])
    await expect(attempt).rejects.toThrow(GradientError)
    await expect(attempt).rejects.toThrow(
      /^gradcheck: order 1, input 1 \(2, 2\), direction 0 \[.+\]: finite differences give -?[\d.]+, the gradient -?[\d.]+; off by .+ \(eps 0.000001, seed 0\)$/,
    )
  })

  test('finds a gradient that is right itself and wrong when differentiated', async () => {
    const once = customGrad(
      (a: Tensor) => a.square(),
      (g, { inputs: [a] }) => [g.mul(stopGradient(a!)).mul(2)],
    )
    await gradcheck((a) => once(a), [x])
    await expect(gradcheck((a) => once(a), [x], { order: 2 })).rejects.toThrow('order 2, input 0')
  })

  test('says when there is nothing to check', async () => {
    await expect(gradcheck((n) => n, [tensor([1], { dtype: 'i32' })])).rejects.toThrow('no input is a float')
    await expect(gradcheck((a) => a.greater(0), [x])).rejects.toThrow('no output is a float')
    await expect(gradcheck((a) => a, [tensor([], { dtype: 'f32' })])).rejects.toThrow('empty')
  })
})
