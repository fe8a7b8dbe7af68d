/** Values, gradients and second-order gradients of every op as PyTorch 2.13 computed them. */
import { test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { pullback } from '../../src/autodiff/vjp.js'
import { compute, type Tensor, tensor } from '../../src/index.js'
import type { Dtype } from '../../src/tensor/dtype.js'
import { expectClose, expectSame, numberOf } from '../compare.js'
import { describeGoldens, type GoldenInput, type GoldenTensor, type GoldenTolerance } from '../goldens.js'
import { type Keywords, torch } from './torch.js'

interface GoldenCase {
  readonly name: string
  readonly op: string
  readonly attrs: Keywords
  readonly inputs: readonly GoldenInput[]
  readonly outputs: readonly GoldenTensor[]
  readonly grad_outputs: readonly (GoldenTensor | null)[]
  readonly grads: readonly (GoldenTensor | null)[]
  readonly second_order?: { readonly s: number; readonly grad_norm: number; readonly grads_of_grad_norm: readonly (GoldenTensor | null)[] }
  readonly tol: GoldenTolerance
}

const dtypes: Readonly<Record<GoldenTensor['dtype'], Dtype>> = { float32: 'f32', int64: 'i64', bool: 'bool' }
const toTensor = (g: GoldenTensor): Tensor => tensor(g.data.map(numberOf), { shape: g.shape, dtype: dtypes[g.dtype] })
const words: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY, nan: Number.NaN }
const toKeywords = (attrs: Keywords): Keywords =>
  Object.fromEntries(Object.entries(attrs).map(([k, v]) => [k, typeof v === 'string' ? (words[v] ?? v) : v]))
const present = <T>(list: readonly (T | undefined)[]): T[] => list.filter((t): t is T => t !== undefined)

describeGoldens<{ cases: readonly GoldenCase[] }>('ops.json', ({ cases }) => {
  for (const c of cases) test(c.name, () => checkCase(c))
})

async function checkCase(c: GoldenCase): Promise<void> {
  const call = torch[c.op]
  if (!call) throw new Error(`no Hebb call stands for ${c.op}: add it to tests/ops/torch.ts`)
  const inputs = c.inputs.map(toTensor)
  const wrt = inputs.filter((_, i) => c.inputs[i]!.requires_grad)
  const trace = (): readonly Tensor[] => {
    const made = call(inputs, toKeywords(c.attrs))
    return Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor]
  }
  const cotangents = c.grad_outputs.map((g) => (g ? toTensor(g) : undefined))
  const outputs = trace()
  const pulled = wrt.length > 0 ? pullback(outputs, cotangents, wrt) : []
  const grads = present(pulled)
  await compute([...outputs, ...grads])
  if (outputs.length !== c.outputs.length) throw new Error(`${outputs.length} outputs, expected ${c.outputs.length}`)
  for (const [i, want] of c.outputs.entries()) {
    const got = { data: outputs[i]!.value!, shape: outputs[i]!.shape }
    if (want.dtype === 'float32') expectClose(got, want, { ...c.tol, label: `output ${i}` })
    else expectSame(got, want, `output ${i}`)
  }
  const wanted = c.grads.filter((_, i) => c.inputs[i]!.requires_grad)
  for (const [i, want] of wanted.entries()) {
    const g = pulled[i]
    const got = g ? { data: g.value!, shape: g.shape } : { data: new Float32Array(wrt[i]!.size), shape: wrt[i]!.shape }
    if (want) expectClose(got, want, { ...c.tol, label: `gradient ${i}` })
  }
  if (c.second_order) await checkSecond(c, trace(), cotangents, wrt)
}

/** s = Σ ⟨output, cotangent⟩; the norm of its gradient, and the gradient of that. */
async function checkSecond(
  c: GoldenCase,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
): Promise<void> {
  const { s, grad_norm, grads_of_grad_norm } = c.second_order!
  const score = present(outputs.map((y, i) => (cotangents[i] ? y.mul(cotangents[i]!).sum() : undefined))).reduce((a, b) => a.add(b))
  const norm = gradients(score, wrt)
    .map((g) => g.square().sum())
    .reduce((a, b) => a.add(b))
    .sqrt()
  const second = gradients(norm, wrt)
  const [gotScore, gotNorm] = await compute([score, norm, ...second])
  expectClose(gotScore!, [s], { ...c.tol, label: 'weighted sum' })
  expectClose(gotNorm!, [grad_norm], { ...c.tol, label: 'norm of the gradient' })
  const wanted =
    grads_of_grad_norm.length === wrt.length ? grads_of_grad_norm : grads_of_grad_norm.filter((_, i) => c.inputs[i]!.requires_grad)
  for (const [i, want] of wanted.entries())
    if (want) expectClose({ data: second[i]!.value!, shape: second[i]!.shape }, want, { ...c.tol, label: `gradient ${i} of that norm` })
}
