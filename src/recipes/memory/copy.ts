/** Copying what was heard: a neural Turing machine and an LSTM, asked for longer sequences than they were trained on. */

import { binaryCrossEntropyWithLogits } from '../../loss/index.js'
import { NeuralTuringMachine } from '../../memory/index.js'
import { countParameters, type Layer, Linear, LSTM, summarize } from '../../nn/index.js'
import { adam } from '../../optim/index.js'
import { compute } from '../../runtime/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { greatest } from '../../tensor/extremes.js'
import { arrayOf, type Tensor, tensor } from '../../tensor/index.js'
import { predict } from '../../train/index.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { copyReport, type Drawn, rowsOf, type Trained } from './copyReport.js'

const bits = 8
const batchSize = 16
const tested = 100
const lstmWidth = 128
/** the LSTM has no memory to lean on: it is given this many times as many steps */
const lstmPatience = 3

/** An LSTM with an answer at each step. */
class Listener {
  readonly lstm = new LSTM(bits + 1, lstmWidth)
  readonly head = new Linear(lstmWidth, bits)
  forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(x).output)
  }
}

/** Binary cross-entropy of the bits that were asked for. */
function loss(output: Tensor, target: Tensor): Tensor {
  const asked = target.greaterEqual(0).cast('f32')
  return binaryCrossEntropyWithLogits(output, target.maximum(0), { reduction: 'none' }).mul(asked).sum().div(asked.sum())
}

/** Share of the asked bits that are wrong. */
function bitError(output: Tensor, target: Tensor): Tensor {
  const asked = target.greaterEqual(0).cast('f32')
  return output.greater(0).notEqual(target.greater(0)).cast('f32').mul(asked).sum().div(asked.sum())
}

/** Wrong bits, and whole sequences right, as shares, over sequences of one length. */
async function copies(model: Layer, length: number, seed: number): Promise<{ length: number; bitError: number; whole: number }> {
  const data = sets.copyTask({ bits, lengths: [length, length], examples: tested, seed: seed + length })
  const answers = await (await predict(model, data, { batchSize: tested })).data()
  const truth = arrayOf(data.columns.y.data, 'f32')
  const each = truth.length / tested
  let [wrong, asked, whole] = [0, 0, 0]
  for (let i = 0; i < tested; i++) {
    const before = wrong
    for (let k = i * each; k < (i + 1) * each; k++) {
      if (truth[k]! < 0) continue
      asked++
      if (Number(answers[k]) > 0 !== truth[k]! > 0) wrong++
    }
    if (wrong === before) whole++
  }
  return { length, bitError: wrong / asked, whole: whole / tested }
}

/** `hebb train copy`: machines count from seed on */
export const copyRecipe: Recipe = defineRecipe({
  name: 'copy',
  summary: 'external memory: a neural Turing machine learns to copy 10 words and is asked for 40, beside an LSTM',
  options: {
    examples: count(20_000, 'sequences to learn from, once each'),
    machines: count(3, 'machines trained, each from other first values and other data'),
    longest: count(10, 'longest sequence in training, in words'),
    asked: count(40, 'longest sequence in the test, in words'),
    slots: count(64, 'places in the memory', { least: 3 }),
    controller: count(48, 'width of the LSTM that controls it'),
  },
  quick: { examples: 320, machines: 1, longest: 3, asked: 8, slots: 16, controller: 16 },
  async run(context) {
    const { seed, examples, machines, longest, asked, slots, controller } = context.settings
    const lengths = [longest, ...[0.25, 0.5, 0.75, 1].map((share) => Math.max(longest, Math.round(asked * share)))]
    const asking = [...new Set(lengths)].sort((a, b) => a - b)
    const held = 1_000_000 + seed
    const trained: Trained[] = []
    const machine = (): NeuralTuringMachine => new NeuralTuringMachine(bits + 1, bits, { slots, slotWidth: 12, controller })
    const plans = [
      ...Array.from({ length: machines }, (_, k) => ({ name: `machine ${k + 1}`, make: machine, epochs: 1, lr: 3e-3, seed: seed + k })),
      { name: 'LSTM', make: () => new Listener(), epochs: lstmPatience, lr: 2e-3, seed },
    ]
    const models: Layer[] = []
    for (const plan of plans) {
      const model = plan.make()
      const training = await train(context, model, sets.copyTask({ bits, lengths: [1, longest], examples, seed: plan.seed }), {
        part: plan.name.toLowerCase().replace(' ', '-'),
        seed: plan.seed,
        loss,
        metrics: { 'bit error': bitError },
        optimizer: adam({ lr: plan.lr }),
        clip: { norm: 1 },
        batchSize,
        epochs: plan.epochs,
        unit: 'sequences',
      })
      if (!training) return undefined
      const tests = []
      for (const length of asking) tests.push(await copies(model, length, held))
      trained.push({ name: plan.name, ...training, tests, parameters: countParameters(model).total })
      models.push(model)
    }
    const [first, listener] = [models[0] as NeuralTuringMachine, models.at(-1)!]
    await save(first, context.path('model.safetensors'), { recipe: 'copy', seed: String(seed) })
    await copyReport(context, {
      trained,
      longest,
      asked,
      drawn: await drawn(first, listener, asked, held),
      layers: summarize(first, { input: [2 * longest + 1, bits + 1] }).layers,
    })
    const furthest = (t: Trained): number => t.tests.at(-1)!.bitError
    const ours = trained.slice(0, machines)
    const errors = ours.map(furthest)
    const perfect = errors.filter((e) => e === 0).length
    const lstm = furthest(trained.at(-1)!)
    return {
      headline: `trained on 1 to ${longest} words, asked for ${asked}: ${errors.map((e) => `${(100 * e).toFixed(2)} %`).join(', ')} of the bits wrong in ${machines} machine${machines > 1 ? 's' : ''}`,
      baseline: `${(100 * lstm).toFixed(1)} % by an LSTM after ${lstmPatience} times as many steps, 50 % by guessing`,
      numbers: {
        worstBitError: greatest(errors),
        perfectMachines: perfect,
        machines,
        lstmBitError: lstm,
        lstmBitErrorAsTrained: trained.at(-1)!.tests[0]!.bitError,
        seconds: trained.reduce((sum, t) => sum + t.seconds, 0),
        seed,
      },
    }
  },
})

/** What both say to one long sequence, and where the machine's heads were. */
async function drawn(machine: NeuralTuringMachine, listener: Layer, asked: number, seed: number): Promise<Drawn> {
  const { x, y } = sets.copyTask({ bits, lengths: [asked, asked], examples: 1, seed }).columns
  const steps = 2 * asked + 1
  const input = tensor(arrayOf(x.data, 'f32'), { shape: [1, steps, bits + 1] })
  const { output, reads, writes } = machine.run(input)
  const found = await compute([output.sigmoid(), listener.forward(input).sigmoid(), reads, writes].map((t) => t.cast('f32')))
  const [said, heard, read, written] = found.map((values) => rowsOf(values, steps))
  const target = rowsOf(arrayOf(y.data, 'f32'), steps)
  const answers = (rows: readonly (readonly number[])[]): number[][] => rows.map((row) => row.slice(asked + 1))
  return { target: answers(target), machine: answers(said!), lstm: answers(heard!), reads: read!, writes: written! }
}
