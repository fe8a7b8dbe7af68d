/** The adding problem: what a recurrent net must remember, and how its gradients get there. */

import { meanSquaredError } from '../../loss/index.js'
import { countParameters, GRU, initialize, Linear, LSTM, RNN, summarize } from '../../nn/index.js'
import { adam } from '../../optim/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { arrayOf, type Tensor } from '../../tensor/index.js'
import { evaluate, predict } from '../../train/index.js'
import { count, flag } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { addingReport, type Compared } from './addingReport.js'
import { compileTimes } from './compiling.js'
import { type Flow, gradientFlow, type RecurrentLayer } from './flow.js'
import { truncated } from './truncated.js'

const batchSize = 50
const flowExamples = 100

/** A recurrent layer and a linear answer from its last state: x (N, T, 2) → (N, 1). */
class Adder {
  readonly head: Linear
  constructor(
    readonly layer: RecurrentLayer,
    width: number,
  ) {
    this.head = new Linear(width, 1)
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.layer.forward(x).hidden.squeeze(0))
  }
}

/** `hebb train adding` */
export const addingRecipe: Recipe = defineRecipe({
  name: 'adding',
  summary: 'memory over 200 steps: the adding problem by a plain RNN, a GRU and an LSTM, with their gradients through time',
  options: {
    length: count(200, 'numbers in a sequence', { least: 4 }),
    width: count(32, 'width of the recurrent state'),
    examples: count(10_000, 'sequences to learn from'),
    epochs: count(10, 'times through them'),
    pieces: count(1500, 'training steps of the truncated stream'),
    plain: flag('first values as PyTorch has them, instead of gates that remember over the whole length'),
    longest: count(800, 'longest sequence whose compile time is measured', { least: 50 }),
  },
  quick: { length: 30, width: 16, examples: 1000, epochs: 2, pieces: 80, longest: 50 },
  async run(context) {
    const { seed, length, width, examples, epochs, pieces, longest, plain } = context.settings
    const gates = plain ? {} : { span: length }
    const data = sets.addingProblem({ length, examples, seed })
    const test = sets.addingProblem({ length, examples: 1000, seed: seed + 1_000_000 })
    const probe = test.take(flowExamples)
    const flowOf = (model: Adder): Promise<Flow> => gradientFlow(model.layer, model.head, probe, width)
    const layers = [
      ['RNN', new RNN(2, width)],
      ['GRU', new GRU(2, width, gates)],
      ['LSTM', new LSTM(2, width, gates)],
    ] as const
    const compared: Compared[] = []
    for (const [name, layer] of layers) {
      const model = new Adder(layer, width)
      initialize(model, { seed })
      const before = await flowOf(model)
      const training = await train(context, model, data, {
        part: name.toLowerCase(),
        loss: meanSquaredError,
        optimizer: adam({ lr: 4e-3 }),
        clip: { norm: 1 },
        epochs,
        batchSize,
        validation: test,
        unit: 'sequences',
      })
      if (!training) return undefined
      const { loss } = await evaluate(model, test, { loss: meanSquaredError })
      const answers = Array.from(await (await predict(model, test)).cast('f32').data())
      compared.push({ name, loss, answers, ...training, before, after: await flowOf(model), parameters: countParameters(model).total })
      if (name === 'LSTM') await save(model, context.path('model.safetensors'), { recipe: 'adding', seed: String(seed) })
    }
    const carry = await truncated(pieces, seed, context.signal)
    const compile =
      carry &&
      (await compileTimes(
        [50, 100, 200, 400, 800].filter((t) => t <= longest),
        { writtenUpTo: Math.min(200, longest), tries: 3, signal: context.signal },
      ))
    if (!compile) return undefined
    await addingReport(context, {
      length,
      compared,
      carry,
      compile,
      truth: Array.from(arrayOf(test.columns.y.data, 'f32')),
      layers: summarize(new Adder(new LSTM(2, width), width), { input: [length, 2] }).layers,
    })
    const [rnn, gru, lstm] = compared.map(({ loss }) => loss) as [number, number, number]
    const [first, last] = [compile[0]!, compile.at(-1)!]
    const tail = (points: readonly { readonly y: number }[]): number =>
      points.slice(-5).reduce((sum, { y }) => sum + y, 0) / Math.min(5, points.length)
    return {
      headline: `mean squared error over ${length} steps: LSTM ${lstm.toFixed(4)}, GRU ${gru.toFixed(4)}, plain RNN ${rnn.toFixed(3)}`,
      baseline: '0.167 by always saying 1',
      numbers: {
        lstmError: lstm,
        gruError: gru,
        rnnError: rnn,
        seconds: compared.reduce((sum, { seconds }) => sum + seconds, 0),
        carriedError: tail(carry.carried),
        forgottenError: tail(carry.forgotten),
        shortestCompileMs: first.loop,
        longestCompileMs: last.loop,
        length,
        seed,
      },
    }
  },
})
