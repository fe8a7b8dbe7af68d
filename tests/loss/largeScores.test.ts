/** Cross entropy of scores too many to be held at once: the same numbers, values and gradients, as with all of them in memory. */
import { describe, expect, test } from 'vitest'
import { capped } from '../../src/functional/attention.js'
import { compute, crossEntropy, type Dtype, grad, linear, type Reduction, type Tensor, tensor, valueAndGrad } from '../../src/index.js'
import { largeProduct } from '../../src/loss/largeScores.js'

const [rows, width, classes] = [96, 3, 200_000]
const ids = tensor(
  Int32Array.from({ length: rows }, (_, i) => (i % 7 === 3 ? -100 : (i * 7919) % classes)),
  { shape: [rows] },
)

const wave = (shape: readonly [number, number], pace: number): Tensor =>
  tensor(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => 2 * Math.sin(pace * (i + 1) * (1 + (i % 13)))),
    { shape },
  )
const inputs = (dtype: Dtype): { x: Tensor; w: Tensor } => ({
  x: wave([rows, width], 0.37).cast(dtype),
  w: wave([classes, width], 0.11).cast(dtype),
})
/** A name in between hides the product. */
const whole = (x: Tensor, w: Tensor, cap?: number): Tensor => capped(linear(x, w), cap).mul(1.0000001)
const product = (x: Tensor, w: Tensor, cap?: number): Tensor => capped(linear(x, w), cap)

describe.each([
  ['f32', undefined, 1e-5],
  ['f32', 3, 1e-5],
  ['f64', undefined, 1e-9],
] as const)('%s, capped at %s', (dtype, cap, tolerance) => {
  const hidden = dtype === 'f64' ? (x: Tensor, w: Tensor) => product(x, w, cap).add(tensor(0, { dtype })) : whole
  const close = async (a: Tensor, b: Tensor): Promise<void> => {
    const [x, y] = [Array.from(await a.data(), Number), Array.from(await b.data(), Number)]
    let [largest, apart] = [0, 0]
    for (const [i, value] of y.entries()) {
      largest = Math.max(largest, Math.abs(value))
      apart = Math.max(apart, Math.abs(x[i]! - value))
    }
    expect(largest).toBeGreaterThan(0)
    expect(apart / largest).toBeLessThan(tolerance)
  }

  test('is made in pieces', async () => {
    const { x, w } = inputs(dtype)
    expect(largeProduct(product(x, w, cap).reshape([rows, classes]))).toMatchObject({ cap })
    expect(largeProduct(hidden(x, w))).toBeUndefined()
    expect(largeProduct(product(x.slice([[0, 4]]), w, cap))).toBeUndefined()
  })

  test.each(['mean', 'sum'] as const)('%s: loss and both gradients', async (reduction: Reduction) => {
    const { x, w } = inputs(dtype)
    const of = (scores: typeof whole) =>
      valueAndGrad(({ x, w }: { x: Tensor; w: Tensor }) => crossEntropy(scores(x, w, cap), ids, { reduction }).mul(3))({ x, w })
    const [[a, da], [b, db]] = [of(product), of(hidden)]
    await compute([a, da.x, da.w, b, db.x, db.w])
    await close(a, b)
    await close(da.x, db.x)
    await close(da.w, db.w)
  })

  test('row by row, each with a weight of its own', async () => {
    const { x, w } = inputs(dtype)
    const by = tensor(Array.from({ length: rows }, (_, i) => (i % 5) - 1)).cast(dtype)
    const of = (scores: typeof whole) =>
      valueAndGrad(({ x, w }: { x: Tensor; w: Tensor }) =>
        crossEntropy(scores(x, w, cap), ids, { reduction: 'none' })
          .mul(by)
          .sum(),
      )({ x, w })
    const [[a, da], [b, db]] = [of(product), of(hidden)]
    await compute([a, da.x, da.w, b, db.x, db.w])
    await close(a, b)
    await close(da.x, db.x)
    await close(da.w, db.w)
  })

  test('the gradient of a gradient', async () => {
    const { x, w } = inputs(dtype)
    const of = (scores: typeof whole) =>
      grad((x: Tensor) =>
        grad((x: Tensor) => crossEntropy(scores(x, w, cap), ids))(x)
          .mul(x)
          .sum(),
      )(x)
    await close(of(product), of(hidden))
  })
})
