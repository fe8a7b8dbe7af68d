/** Cross entropies against PyTorch's numbers, and the fused form against the plain one. */
import { expect, test } from 'vitest'
import { pullback } from '../../src/autodiff/vjp.js'
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, compute, crossEntropy, grad, type Tensor, tensor } from '../../src/index.js'
import { expectClose, numberOf } from '../compare.js'
import { describeGoldens, type GoldenInput, type GoldenTensor, type GoldenTolerance } from '../goldens.js'

interface LossCase {
  readonly name: string
  readonly op: string
  readonly attrs: { reduction?: 'mean' | 'sum' | 'none'; ignore_index?: number; label_smoothing?: number }
  readonly inputs: readonly GoldenInput[]
  readonly outputs: readonly GoldenTensor[]
  readonly grad_outputs: readonly (GoldenTensor | null)[]
  readonly grads: readonly (GoldenTensor | null)[]
  readonly tol: GoldenTolerance
}

const calls: Readonly<Record<string, (inputs: readonly Tensor[], a: LossCase['attrs']) => Tensor>> = {
  cross_entropy: ([x, y, weight], a) =>
    crossEntropy(x!, y!, {
      ...(a.reduction && { reduction: a.reduction }),
      ...(weight && { weight }),
      ...(a.ignore_index !== undefined && { ignoreIndex: a.ignore_index }),
      ...(a.label_smoothing !== undefined && { labelSmoothing: a.label_smoothing }),
    }),
  binary_cross_entropy: ([p, y, weight], a) =>
    binaryCrossEntropy(p!, y!, { ...(a.reduction && { reduction: a.reduction }), ...(weight && { weight }) }),
  binary_cross_entropy_with_logits: ([x, y, positiveWeight], a) =>
    binaryCrossEntropyWithLogits(x!, y!, { ...(a.reduction && { reduction: a.reduction }), ...(positiveWeight && { positiveWeight }) }),
}
const dtypes = { float32: 'f32', int64: 'i64', bool: 'bool' } as const
const toTensor = (g: GoldenTensor): Tensor => tensor(g.data.map(numberOf), { shape: g.shape, dtype: dtypes[g.dtype] })

describeGoldens<{ cases: readonly LossCase[] }>('losses.json', ({ cases }) => {
  for (const c of cases.filter((one) => one.op in calls))
    test(c.name, async () => {
      const inputs = c.inputs.map(toTensor)
      const y = calls[c.op]!(inputs, c.attrs)
      const [given] = c.grad_outputs
      const wrt = inputs.filter((_, i) => given && c.grads[i])
      const grads = given ? pullback([y], [toTensor(given)], wrt).map((g) => g!) : []
      await compute([y, ...grads])
      expectClose(y.value!, c.outputs[0]!.data.map(numberOf), { ...c.tol, label: 'loss' })
      const wanted = c.grads.filter((g) => g !== null)
      for (const [i, g] of grads.entries()) expectClose(g.value!, wanted[i]!.data.map(numberOf), { ...c.tol, label: `gradient ${i}` })
    })
})

test('the fused mean over ids is the plain one, gradients of two orders included', async () => {
  const x = tensor([
    [0.5, -1, 2],
    [3, 0.1, -0.3],
  ])
  const y = tensor([2, 1], { dtype: 'i32' })
  const fused = (l: Tensor): Tensor => crossEntropy(l, y)
  const plain = (l: Tensor): Tensor => crossEntropy(l, y, { reduction: 'none' }).mean()
  const second = (f: (l: Tensor) => Tensor) => (l: Tensor) => grad(f)(l).square().sum()
  const results = [fused(x), plain(x), grad(fused)(x), grad(plain)(x), grad(second(fused))(x), grad(second(plain))(x)]
  await compute(results)
  for (const i of [0, 2, 4]) expectClose(results[i]!.value!, Array.from(results[i + 1]!.value as Float32Array), { rtol: 1e-5, atol: 1e-6 })
})

test('targets that fit neither form are refused', () => {
  const logits = tensor([
    [1, 2],
    [3, 4],
  ])
  expect(() => crossEntropy(logits, tensor([0, 1]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: crossEntropy: targets are class ids (2) of an integer dtype, or probabilities in the shape of the logits
      inputs: (2, 2) f32, (2) f32]
  `)
  expect(() => crossEntropy(logits, tensor([0, 1, 1], { dtype: 'i32' }))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: crossEntropy: targets are class ids (2) of an integer dtype, or probabilities in the shape of the logits
      inputs: (2, 2) f32, (3) i32]
  `)
})
