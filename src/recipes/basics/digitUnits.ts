/** Ten units that read digits: several outputs, each learning by itself. */

import { batches, type Dataset } from '../../data/index.js'
import { crossEntropy } from '../../loss/index.js'
import { type Layer, Linear, Perceptron } from '../../nn/index.js'
import { sgd } from '../../optim/index.js'
import type { Section } from '../../report/index.js'
import * as sets from '../../sets/index.js'
import { greatest } from '../../tensor/extremes.js'
import type { Tensor } from '../../tensor/index.js'
import { evaluate, fit, type PerceptronEpoch, perceptronRule, predict } from '../../train/index.js'
import { loading } from '../loading.js'
import type { RecipeContext } from '../recipe.js'

/** Shares of the test set read right, and how that looks. */
interface Reading {
  readonly rule: number
  readonly descent: number
  readonly section: Section
}

/** One unit per digit, each asked "is it mine?": by the rule, and by gradient descent. The highest score answers. */
export async function readDigits(context: RecipeContext<unknown>, seed: number): Promise<Reading | undefined> {
  const all = await loading(context, 'digits', sets.digits)
  const [train, test] = all.split(0.8, { stratify: 'y', seed }) as [Dataset<'x' | 'y'>, Dataset<'x' | 'y'>]
  const units = new Perceptron(64, 10)
  const trail = []
  for await (const epoch of perceptronRule(units, train, { epochs: 30, seed })) trail.push(epoch)
  const scores = { units, forward: (x: Tensor): Tensor => units.scores(x.flatten(1)) }
  const smooth = new Linear(64, 10)
  const probabilities = { smooth, forward: (x: Tensor): Tensor => smooth.forward(x.flatten(1)) }
  const { signal } = context
  const events = fit(probabilities, train, { loss: crossEntropy, optimizer: sgd({ lr: 0.5 }), epochs: 30, seed, signal })
  while (!(await events.next()).done);
  if (signal.aborted) return undefined
  const accuracy = async (model: Layer): Promise<number> => (await evaluate(model, test, { loss: crossEntropy })).accuracy ?? 0
  const [rule, descent] = [await accuracy(scores), await accuracy(probabilities)]
  return { rule, descent, section: await digitSection({ train, test, scores, units, trail, rule, descent }) }
}

interface Shown extends Omit<Reading, 'section'> {
  readonly train: Dataset
  readonly test: Dataset<'x' | 'y'>
  readonly scores: Layer
  readonly units: Perceptron
  readonly trail: readonly PerceptronEpoch[]
}

async function digitSection({ train, test, scores, units, trail, rule, descent }: Shown): Promise<Section> {
  const weights = units.weight.storage.array!
  const [shown] = batches(test, 10, { shuffle: false })
  const answers = await (await predict(scores, shown!.x)).argmax(1).data()
  const picture = (pixels: Float32Array) => ({ width: 8, height: 8, channels: 1 as const, pixels })
  const spread = (row: Float32Array): Float32Array => {
    const most = greatest(row.map(Math.abs)) || 1
    return row.map((v) => 0.5 + v / (2 * most))
  }
  return {
    title: 'Several outputs: ten units, one per digit',
    text: `The units share the input and nothing else: each learns by the same rule whether the picture is its digit. ${train.length} pictures of 8 × 8 pixels to learn from, ${test.length} held out.`,
    figures: [
      {
        kind: 'bars',
        title: 'Test digits read right',
        bars: [
          { label: 'guessing', value: 0.1 },
          { label: 'Rosenblatt’s rule', value: rule },
          { label: 'gradient descent', value: descent },
        ],
        format: 'percent',
      },
      {
        kind: 'lines',
        title: 'Mistakes of all ten units in each epoch',
        x: { title: 'epoch' },
        y: { title: 'mistakes', scale: 'linear' },
        series: [{ name: 'mistakes', points: trail.map(({ epoch, mistakes }) => ({ x: epoch, y: mistakes })) }],
        note: 'They do not end at 0: no plane parts every digit from all the others.',
      },
      {
        kind: 'pictures',
        title: 'Weights of each unit: light speaks for its digit, dark against it',
        pictures: Array.from({ length: 10 }, (_, d) => ({
          picture: picture(spread(weights.slice(64 * d, 64 * (d + 1)))),
          caption: String(d),
        })),
      },
      {
        kind: 'pictures',
        title: 'Ten held-out pictures and what the units say',
        pictures: Array.from({ length: 10 }, (_, i) => ({
          picture: picture(shown!.x.cast('f32').value!.slice(64 * i, 64 * (i + 1))),
          caption: `${Number(shown!.y.value![i])} read as ${Number(answers[i])}`,
        })),
      },
    ],
  }
}
