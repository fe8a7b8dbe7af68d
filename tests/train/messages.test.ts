import { describe, expect, test } from 'vitest'
import {
  adam,
  adamW,
  compile,
  crossEntropy,
  dataset,
  Embedding,
  evaluate,
  fit,
  initialize,
  Linear,
  lrFind,
  multiMargin,
  nll,
  oneHot,
  predict,
  scatterAdd,
  sequential,
  sgd,
  type Tensor,
  take,
  takeAlong,
  tensor,
  trainStep,
} from '../../src/index.js'
import { meanSquares, network, task } from './task.js'

const says = async (f: () => unknown): Promise<string> => {
  try {
    await f()
    return 'nothing was thrown'
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}
const x = tensor(new Float32Array(6), { shape: [2, 3] })

describe('a label or an id out of range', () => {
  for (const bad of [4, -1, 2147483647])
    test(`class ${bad} is named, with the classes and the layer: in a step, evaluated, compiled, eager`, async () => {
      const y = tensor(Int32Array.of(0, bad))
      const model = sequential(new Linear(3, 4))
      initialize(model)
      const data = dataset({ x: { data: new Float32Array(6), shape: [3] }, y: { data: Int32Array.of(0, bad), shape: [] } })
      type Pair = { x: Tensor; y: Tensor }
      const calls: (() => unknown)[] = [
        () => trainStep(model, sgd(), ({ x: input, y: target }: Pair) => crossEntropy(model.forward(input), target))({ x, y }),
        () => evaluate(model, data, { loss: crossEntropy }),
        () => fit(model, data, { loss: crossEntropy, optimizer: sgd() }),
        () => compile((input: Tensor, target: Tensor) => crossEntropy(model.forward(input), target))(x, y),
        () => crossEntropy(model.forward(x), y.add(0)).data(),
      ]
      for (const call of calls) {
        const said = await says(call)
        expect(said).toContain(`ShapeError: crossEntropy: a target is class ${bad}, but there are classes 0 to 3 only: target 1 of 2`)
        expect(said).toContain('0.weight')
      }
      expect(await says(() => compile((a: Tensor, b: Tensor) => nll(a, b))(x, y))).toContain(
        `nll: a target is class ${bad}, but there are classes 0 to 2`,
      )
      expect(await says(() => compile((a: Tensor, b: Tensor) => multiMargin(a, b))(x, y))).toContain(
        `multiMargin: a target is class ${bad}`,
      )
    })

  test('the ignored class is none of them, and does not hide another', async () => {
    const y = tensor(Int32Array.of(-100, -3))
    expect(await says(() => compile((a: Tensor, b: Tensor) => crossEntropy(a, b))(x, y))).toContain('class -3')
  })

  test('an id of a table names the table', async () => {
    const model = { table: new Embedding(5, 3), forward: (ids: Tensor): Tensor => model.table.forward(ids) }
    initialize(model)
    const ids = tensor(Int32Array.of(1, 7))
    const calls: (() => unknown)[] = [
      () => predict(model, ids),
      () => trainStep(model, sgd(), ({ ids: i }: { ids: Tensor }) => model.forward(i).sum())({ ids }),
      () => compile((i: Tensor) => model.forward(i))(ids),
      () => model.forward(ids.add(0)).data(),
    ]
    for (const call of calls) {
      const said = await says(call)
      expect(said).toContain('index 7 is outside the axis of 5 of table.weight (5, 3) f32')
    }
  })

  test('so do take and its like', async () => {
    const ids = tensor(Int32Array.of(1, 7))
    const column = (i: Tensor): Tensor => i.reshape([2, 1])
    const calls: [string, () => unknown][] = [
      ['take: index 7 is outside the axis of 2', () => compile((a: Tensor, i: Tensor) => take(a, i))(x, ids)],
      ['takeAlong: index 7 is outside the axis of 3', () => compile((a: Tensor, i: Tensor) => takeAlong(a, column(i), 1))(x, ids)],
      [
        'scatterAdd: index 7 is outside the axis of 3',
        () => compile((a: Tensor, i: Tensor) => scatterAdd(a, column(i), a.slice([null, [0, 1]]), 1))(x, ids),
      ],
      ['oneHot: index 7 is outside an axis of 4', () => compile((i: Tensor) => oneHot(i, 4))(ids)],
    ]
    for (const [said, call] of calls) expect(await says(call)).toContain(said)
  })
})

describe('layers that are not found', () => {
  class Hidden {
    #inner = new Linear(3, 8)
    outer = new Linear(3, 3)
    forward(input: Tensor): Tensor {
      return this.#inner.forward(this.outer.forward(input))
    }
  }
  class Made {
    outer = new Linear(3, 3)
    forward(input: Tensor): Tensor {
      return new Linear(3, 8).forward(this.outer.forward(input))
    }
  }
  for (const Model of [Hidden, Made])
    test(`${Model.name}: the cure is told`, async () => {
      const model = new Model()
      for (const call of [
        () => predict(model, x),
        () => trainStep(model, sgd(), ({ x: input }: { x: Tensor }) => model.forward(input).sum())({ x }),
        () => compile((input: Tensor) => model.forward(input))(x),
      ])
        expect(await says(call)).toMatch(
          /a parameter \(8, 3\) f32 .* #private field.* or made inside forward|outer\.weight .* has no values yet/,
        )
    })

  test('only that matches nothing lists what there is', async () => {
    const model = sequential(new Linear(3, 4))
    const only = (path: string): boolean => path === 'head.weight'
    expect(await says(() => trainStep(model, sgd(), ({ x: input }: { x: Tensor }) => model.forward(input).sum(), { only }))).toBe(
      'HebbError: trainStep: only means none of the weights: 0.weight, 0.bias',
    )
  })
})

test('plain JavaScript is told what is wrong', async () => {
  // biome-ignore lint/suspicious/noExplicitAny: what is called here does not type-check, which is the point
  const js = { fit, trainStep, adam, adamW, sgd, compile, evaluate, predict, lrFind } as Record<string, any>
  const loss = meanSquares
  const calls: [RegExp, () => unknown][] = [
    [/fit: there is no optimizer: give one such as adam/, () => js.fit(network(), task(), { loss })],
    [/fit: the optimizer is a function, adam: call it, adam\(\{ lr: 1e-3 \}\)/, () => js.fit(network(), task(), { loss, optimizer: adam })],
    [/fit: the optimizer is a string/, () => js.fit(network(), task(), { loss, optimizer: 'adam' })],
    [/fit: the loss is missing/, () => js.fit(network(), task(), { optimizer: adam() })],
    [/fit: the loss is a string/, () => js.fit(network(), task(), { loss: 'mse', optimizer: adam() })],
    [/fit: there are no options/, () => js.fit(network(), task())],
    [/fit has no option epoch: did you mean epochs\?/, () => js.fit(network(), task(), { loss, optimizer: adam(), epoch: 3 })],
    [/fit has no option batch_size: did you mean batchSize\?/, () => js.fit(network(), task(), { loss, optimizer: adam(), batch_size: 3 })],
    [
      /fit has no option validationData: did you mean validation\?/,
      () => js.fit(network(), task(), { loss, optimizer: adam(), validationData: task() }),
    ],
    [/fit: clip is 1: give \{ norm: 1 \}/, () => js.fit(network(), task(), { loss, optimizer: adam(), clip: 1 })],
    [/fit: the data is an array, not a data set/, () => js.fit(network(), [[1, 2]], { loss, optimizer: adam() })],
    [
      /fit: the data has the fields a, b, but no x and no y/,
      () => js.fit(network(), task().rename({ x: 'a', y: 'b' }), { loss, optimizer: adam() }),
    ],
    [/fit: the model has no forward/, () => js.fit({}, task(), { loss, optimizer: adam() })],
    [/trainStep: there is no optimizer/, () => js.trainStep(network())],
    [/trainStep: the optimizer is a function/, () => js.trainStep(network(), ({ x: a }: { x: Tensor }) => a)],
    [/trainStep: the loss is missing/, () => js.trainStep(network(), adam())],
    [/trainStep has no option acumulate: did you mean accumulate\?/, () => js.trainStep(network(), adam(), loss, { acumulate: 2 })],
    [/adam has no hyperparameter learningRate: did you mean lr\?/, () => js.adam({ learningRate: 1 })],
    [/adamW has no hyperparameter weight_decay: did you mean weightDecay\?/, () => js.adamW({ weight_decay: 1 })],
    [/sgd has no hyperparameter nestrov: did you mean nesterov\?/, () => js.sgd({ nestrov: true })],
    [/compile has no option sed: did you mean seed\?/, () => js.compile((a: Tensor) => a, { sed: 1 })],
    [/evaluate: the loss is missing/, () => js.evaluate(network(), task())],
    [/evaluate has no option batchsize: did you mean batchSize\?/, () => js.evaluate(network(), task(), { loss, batchsize: 2 })],
    [/predict: the inputs are an array/, () => js.predict(network(), [1, 2])],
    [
      /predict has no option size: did you mean batchSize\?|predict has no option size: it has batchSize/,
      () => js.predict(network(), x, { size: 2 }),
    ],
    [/lrFind has no option epochs/, () => js.lrFind(network(), task(), { loss, epochs: 2 })],
  ]
  for (const [said, call] of calls) expect(await says(call)).toMatch(said)
})
