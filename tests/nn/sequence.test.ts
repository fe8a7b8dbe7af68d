import { expect, test } from 'vitest'
import { pullback } from '../../src/autodiff/vjp.js'
import { compute, initialize, parameters } from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'
import { expectClose, numberOf } from '../compare.js'
import { describeGoldens, type GoldenTensor } from '../goldens.js'
import { shapesOf } from './layering.js'
import { builders, fill, type LayerCase, tensorOf } from './torch.js'
import { sequenceBuilders } from './torchSequence.js'

interface SequenceCase extends LayerCase {
  readonly call?: Readonly<Record<string, unknown>>
}

const layerOf = ({ kind, config, call, state }: SequenceCase) => {
  const made = sequenceBuilders[kind]!(config, call ?? {})
  initialize(made.layer)
  const params = parameters(made.layer)
  for (const [name, p] of params) fill(p, state[name]!.data.map(numberOf))
  return { ...made, params }
}

describeGoldens<{ cases: SequenceCase[] }>('layers.json', ({ cases }) => {
  const known = cases.filter(({ kind }) => kind in sequenceBuilders)

  test('every kind is tested', () => {
    expect(cases.map(({ kind }) => kind).filter((kind) => !(kind in sequenceBuilders) && !(kind in builders))).toEqual([])
  })

  test.each(known)('$name: parameters are named and shaped as in PyTorch', (c) => {
    const { layer } = layerOf(c)
    if (!/Transformer/.test(c.kind)) expect([...parameters(layer).keys()]).toEqual(Object.keys(c.state))
    expect(shapesOf(layer)).toEqual(Object.fromEntries(Object.entries(c.state).map(([name, { shape }]) => [name, shape])))
  })

  test.each(known)('$name', async (c) => {
    const { layer, params, run } = layerOf(c)
    const inputs = c.inputs.map(tensorOf)
    const { result } = trace(layer, { training: true }, () => run(Object.fromEntries(c.inputs.map(({ name }, i) => [name, inputs[i]!]))))
    const wrt = [...inputs.filter((_, i) => c.inputs[i]!.requires_grad), ...params.values()]
    const wanted: GoldenTensor[] = [...c.grads.inputs.filter((g) => g !== null), ...[...params.keys()].map((name) => c.grads.params[name]!)]
    expect(result.length).toBe(c.outputs.length)
    const grads = pullback(result, c.grad_outputs.map(tensorOf), wrt)
    const values = await compute([...result, ...grads.map((g) => g!)])
    for (const [i, want] of [...c.outputs, ...wanted].entries())
      expectClose({ data: values[i]!, shape: [...result, ...wrt][i]!.shape }, want, {
        ...c.tol,
        label: `number ${i} of outputs and gradients`,
      })
  })
})
