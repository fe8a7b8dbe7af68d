/** Every loss against PyTorch's numbers. */
import { test } from 'vitest'
import { pullback } from '../../src/autodiff/vjp.js'
import { compute, type Tensor, tensor } from '../../src/index.js'
import { expectClose, numberOf } from '../compare.js'
import { describeGoldens, type GoldenInput, type GoldenTensor, type GoldenTolerance } from '../goldens.js'
import { lossCalls } from './lossCalls.js'

interface LossCase {
  readonly name: string
  readonly op: string
  readonly attrs: Readonly<Record<string, unknown>>
  readonly inputs: readonly GoldenInput[]
  readonly outputs: readonly GoldenTensor[]
  readonly grad_outputs: readonly (GoldenTensor | null)[]
  readonly grads: readonly (GoldenTensor | null)[]
  readonly tol: GoldenTolerance
}

const dtypes = { float32: 'f32', int64: 'i64', bool: 'bool' } as const
const toTensor = (g: GoldenTensor): Tensor => tensor(g.data.map(numberOf), { shape: g.shape, dtype: dtypes[g.dtype] })

describeGoldens<{ cases: readonly LossCase[] }>('losses.json', ({ cases }) => {
  for (const c of cases)
    test(c.name, async () => {
      const call = lossCalls[c.op]
      if (!call) throw new Error(`no Hebb call stands for ${c.op}: add it to tests/nn/lossCalls.ts`)
      const inputs = c.inputs.map(toTensor)
      const y = call(inputs, c.attrs)
      const wrt = inputs.filter((_, i) => c.inputs[i]!.requires_grad)
      const pulled = wrt.length > 0 ? pullback([y], [toTensor(c.grad_outputs[0]!)], wrt) : []
      const grads = pulled.flatMap((g) => g ?? [])
      await compute([y, ...grads])
      expectClose({ data: y.value!, shape: y.shape }, c.outputs[0]!, { ...c.tol, label: 'loss' })
      const wanted = c.grads.filter((_, i) => c.inputs[i]!.requires_grad)
      for (const [i, want] of wanted.entries()) {
        const g = pulled[i]
        const got = g ? { data: g.value!, shape: g.shape } : { data: new Float32Array(wrt[i]!.size), shape: wrt[i]!.shape }
        if (want) expectClose(got, want, { ...c.tol, label: `gradient of ${c.inputs.filter((one) => one.requires_grad)[i]!.name}` })
      }
    })
})
