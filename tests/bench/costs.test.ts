/** The cost formulas of the bench against what the networks' own graphs count. */
import { expect, test } from 'vitest'
import { network } from '../../bench/peers/hebbModels.js'
import { bytesOf, flopsOf } from '../../bench/works/cost.js'
import { decode, gptLarge, gptMedium, gptSmall, memory } from '../../bench/works/gpt.js'
import { works } from '../../bench/works/index.js'
import { matmul } from '../../bench/works/matmul.js'
import { mlpLarge, mlpSmall, xor } from '../../bench/works/mlp.js'
import { mnistCnn, resnet20, vitTiny } from '../../bench/works/pictures.js'
import { lstm } from '../../bench/works/recurrent.js'
import type { GptWork, NetworkWork } from '../../bench/works/work.js'
import { pullback } from '../../src/autodiff/vjp.js'
import { placeholder } from '../../src/graph/leaf.js'
import * as hebb from '../../src/index.js'

const { explain, parameters } = hebb

/** A batch that only has a shape. */
function batch(work: NetworkWork): hebb.Tensor {
  if (work.kind === 'gpt') return placeholder([work.batch, work.time], 'i32')
  if (work.kind === 'mlp') return placeholder([work.batch, work.sizes[0]!], 'f32')
  if (work.kind === 'recurrent') return placeholder([work.batch, work.time, work.inputs], 'f32')
  return placeholder([work.batch, work.kind === 'cnn' ? work.channels[0]! : 3, work.side, work.side], 'f32')
}

/** Operations of all products in a graph: matrix products, convolutions, and the second product of attention. */
function products(outputs: readonly hebb.Tensor[], headWidth = 1): number {
  let sum = 0
  for (const [op, { flops }] of explain(outputs).byOp) {
    if (op === 'matmul' || op.startsWith('conv')) sum += flops
    // counts 5 operations of the softmax for each weight besides the 2 · E of the product
    if (op === 'softmaxAverage') sum += (flops * 2 * headWidth) / (2 * headWidth + 5)
  }
  return sum
}

const headWidth = (work: NetworkWork): number => (work.kind === 'gpt' || work.kind === 'vit' ? work.width / work.heads : 1)

test.each([mlpSmall, mlpLarge, mnistCnn, resnet20, vitTiny, gptSmall, gptMedium].map((work) => [work.name, work] as const))(
  'the forward pass of %s',
  (_, work) => {
    const want = products([network(hebb, work).forward(batch(work))], headWidth(work))
    expect(flopsOf({ kind: 'inference', name: '', title: '', of: work })! / want).toBeCloseTo(1, 6)
  },
)

test.each([xor, mlpSmall, mnistCnn].map((work) => [work.name, work] as const))('forward and backward of %s', (_, work) => {
  const model = network(hebb, work)
  const scores = model.forward(batch(work))
  const gradients = pullback([scores], [hebb.ones(scores.shape)], [...parameters(model).values()])
  expect(flopsOf(work)! / products([scores, ...gradients.map((g) => g!)])).toBeCloseTo(1, 6)
})

test('a recurrent layer multiplies its inputs and its state once for each gate and step', () => {
  const { batch: N, time: T, inputs: I, width: D, classes: C } = lstm
  expect(flopsOf({ kind: 'inference', name: '', title: '', of: lstm })).toBe(2 * (N * T * 4 * (I * D + D * D) + N * D * C))
})

test('blocks computed twice cost one more forward pass of them', () => {
  const [plain, twice] = memory as readonly [GptWork, GptWork]
  const forward = flopsOf({ kind: 'inference', name: '', title: '', of: plain })!
  const head = 2 * plain.batch * plain.time * plain.width * plain.vocabulary
  expect(flopsOf(twice)! - flopsOf(plain)!).toBe(forward - head)
})

test('a token reads every weight that is multiplied, and the keys and values kept', () => {
  for (const work of decode) {
    const { layers, heads, width, vocabulary, time } = work.of
    const model = new hebb.Gpt({ layers, heads, width, vocabulary, context: time, tied: false })
    // all matrices but the tables, of which it reads a row
    const matrices = [...parameters(model)].filter(([name, { shape }]) => shape.length === 2 && !/wte|wpe/.test(name))
    const numbers = matrices.reduce((sum, [, { size }]) => sum + size, 0) + 2 * layers * width * work.length
    expect(bytesOf(work)).toBe(4 * numbers)
  }
})

test('titles say how many parameters there are, places not counted', () => {
  const count = (work: GptWork): number => {
    const model = network(hebb, work)
    return (hebb.countParameters(model).total - work.time * work.width) / 1e6
  }
  expect(Math.round(count(gptLarge))).toBe(110)
  expect(count(gptMedium)).toBeCloseTo(10.7, 1)
  expect(count(gptSmall)).toBeCloseTo(0.8, 1)
})

test('single passes and updates', () => {
  expect(flopsOf(matmul)).toBe(2 * 1024 ** 3)
  for (const work of works)
    expect(
      [flopsOf(work), bytesOf(work)].filter((amount) => amount !== undefined),
      work.name,
    ).toHaveLength(1)
})
