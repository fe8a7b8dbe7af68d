import { describe, expect, test } from 'vitest'
import {
  compute,
  customGrad,
  DtypeError,
  grad,
  gradcheck,
  hessian,
  jacobian,
  jvp,
  recompute,
  ShapeError,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from '../../src/index.js'

const f64 = (value: Parameters<typeof tensor>[0]): Tensor => tensor(value, { dtype: 'f64' })

describe('grad', () => {
  test('of nested arguments has their form', async () => {
    const model = { w: f64([1, 2]), layers: [{ b: f64(3) }] }
    const [value, g] = valueAndGrad((m: typeof model, x: Tensor) => m.w.mul(x).sum().add(m.layers[0]!.b.square()))(model, f64([5, 7]))
    expect(await value.item()).toBe(28)
    expect(await g.w.array()).toEqual([5, 7])
    expect(await g.layers[0]!.b.item()).toBe(6)
  })

  test('is zero where the function does not depend, and differentiates again', async () => {
    expect(await grad((x: Tensor) => x.mul(0).sum())(f64([1, 2])).array()).toEqual([0, 0])
    expect(await grad((_: Tensor) => f64(3))(f64([1, 2])).array()).toEqual([0, 0])
    const second = grad((x: Tensor) => grad((y: Tensor) => y.pow(4).sum())(x).sum())
    expect(await second(f64([1, 2])).array()).toEqual([12, 48])
  })

  test('says what has no gradient', () => {
    expect(() => grad((x: Tensor) => x)(f64([1, 2]))).toThrow(ShapeError)
    expect(() => grad((x: Tensor) => x.sum())(tensor([1], { dtype: 'i32' }))).toThrow(DtypeError)
    expect(() => grad((x: Tensor) => x.greater(0).all())(f64([1]))).toThrow(DtypeError)
  })

  test('of the same input met twice adds up', async () => {
    const x = f64([2])
    expect(await grad((t: Tensor) => t.mul(t).add(t).sum())(x).array()).toEqual([5])
  })
})

describe('directions and matrices', () => {
  // (x₀² x₁, x₁² x₀)
  const g = (x: Tensor): Tensor => x.square().mul(x.flip())
  test('jvp is J v', async () => {
    const [y, dy] = jvp(g, f64([2, 3]), f64([1, 10]))
    expect(await y.array()).toEqual([12, 18])
    expect(await dy.array()).toEqual([2 * 2 * 3 * 1 + 4 * 10, 9 * 1 + 2 * 3 * 2 * 10])
  })
  test('vjp is gᵀ J', async () => {
    const [, back] = vjp(g, f64([2, 3]))
    expect(await back(f64([1, 10])).array()).toEqual([12 + 90, 4 + 120])
  })
  test('jacobian and hessian', async () => {
    expect(await jacobian(g)(f64([2, 3])).array()).toEqual([
      [12, 4],
      [9, 12],
    ])
    const h = hessian((x: Tensor) => x.square().mul(x.flip()).sum())(f64([2, 3]))
    // Σ = x₀² x₁ + x₁² x₀
    expect(await h.array()).toEqual([
      [2 * 3, 2 * 2 + 2 * 3],
      [2 * 2 + 2 * 3, 2 * 2],
    ])
  })
})

describe('gradients by hand', () => {
  test('stopGradient lets none pass', async () => {
    expect(await grad((x: Tensor) => x.mul(stopGradient(x)).sum())(f64([3, 4])).array()).toEqual([3, 4])
  })

  test('customGrad uses its rule, which differentiates again', async () => {
    const through = customGrad(
      (x: Tensor) => x.round(),
      (g) => [g],
    )
    expect(await grad((x: Tensor) => through(x).square().sum())(f64([1.4, 2.6])).array()).toEqual([2, 6])
    const cube = customGrad(
      (x: Tensor) => x.mul(x).mul(x),
      (g, { inputs: [x] }) => [g.mul(x!.square()).mul(3)],
    )
    await gradcheck((x) => cube(x), [f64([1.5, -0.5])], { order: 2 })
  })

  test('a checkpoint gives the same bytes and the same gradients', async () => {
    const w = f64([
      [0.3, -0.2],
      [0.7, 0.1],
    ])
    const block = (x: Tensor): Tensor => x.matmul(w).tanh().matmul(w).sigmoid()
    const plain = (x: Tensor): Tensor => block(block(x)).square().sum()
    const saved = recompute(block)
    const again = (x: Tensor): Tensor => saved(saved(x)).square().sum()
    const x = f64([
      [1, 2],
      [-3, 0.5],
    ])
    const [a, ga] = valueAndGrad(plain)(x)
    const [b, gb] = valueAndGrad(again)(x)
    const [va, vb, da, db] = await compute([a, b, ga, gb])
    expect(vb).toEqual(va)
    expect(db).toEqual(da)
    await gradcheck((t) => again(t), [x], { order: 2 })
  })
})
