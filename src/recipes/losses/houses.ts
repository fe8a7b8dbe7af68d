/** House prices: what a home costs, by squared error, a network against a straight line. */
import { type Dataset, type Standard, standardise, standardOf } from '../../data/index.js'
import { relu } from '../../functional/index.js'
import { huber, meanAbsoluteError, meanSquaredError } from '../../loss/index.js'
import { Dropout, Linear, sequential } from '../../nn/index.js'
import { adamW, cosine } from '../../optim/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { predict } from '../../train/index.js'
import { loading } from '../loading.js'
import { mean } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe, type RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

/** A model with one output, given back without the last axis: x (N, D) → (N) */
class Price {
  constructor(readonly net: { forward(x: Tensor): Tensor }) {}
  forward(x: Tensor): Tensor {
    return this.net.forward(x).reshape([-1])
  }
}

const losses = { 'squared error': meanSquaredError, 'absolute error': meanAbsoluteError, Huber: huber }

/** One way to guess prices. */
interface Method {
  readonly name: string
  readonly make: (features: number) => Price
  readonly loss: keyof typeof losses
}
const line = (features: number): Price => new Price(new Linear(features, 1))
const network = (features: number): Price =>
  new Price(sequential(new Linear(features, 64), relu, new Dropout(0.1), new Linear(64, 64), relu, new Linear(64, 1)))

const methods: readonly Method[] = [
  { name: 'line', make: line, loss: 'squared error' },
  { name: 'network', make: network, loss: 'squared error' },
  { name: 'network-absolute', make: network, loss: 'absolute error' },
  { name: 'network-huber', make: network, loss: 'Huber' },
]

/** The errors of a method over the splits, in thousands of dollars. */
interface Errors {
  readonly name: string
  readonly loss: string
  readonly rmse: number
  readonly rmseSpread: number
  readonly mae: number
}

/** `hebb train houses` */
export const housesRecipe: Recipe = defineRecipe({
  name: 'houses',
  summary: 'house prices: a network against a straight line, by squared, absolute and Huber error',
  options: {
    epochs: count(200, 'times through the training districts'),
    splits: count(5, 'ways to divide the districts; errors are means over them'),
  },
  quick: { epochs: 20, splits: 2 },
  async run(context) {
    const { seed, epochs, splits } = context.settings
    const began = performance.now()
    const found = new Map<string, { rmse: number; mae: number }[]>(['mean', ...methods.map(({ name }) => name)].map((name) => [name, []]))
    let shown: { truth: number[]; guesses: Record<string, number[]> } | undefined
    let features: readonly string[] = []
    for (let split = 0; split < splits; split++) {
      const houses = await loading(context, 'house prices', (options) => sets.housePrices({ ...options, seed: seed + split }))
      features = houses.meanings
      const [inputs, prices] = [standardOf(houses.train, 'x'), standardOf(houses.train, 'y')]
      const [learn, test] = [houses.train, houses.test].map((set) => standardise(standardise(set, 'x', inputs), 'y', prices))
      const truth = Array.from(houses.test.columns.y.data as ArrayLike<number>)
      const guesses: Record<string, number[]> = { mean: truth.map(() => prices.mean[0]!) }
      for (const method of methods) {
        const guessed = await guess(context, method, learn!, test!, prices, { epochs, split })
        if (!guessed) return undefined
        guesses[method.name] = guessed
      }
      for (const [name, guessed] of Object.entries(guesses)) found.get(name)!.push(errorsOf(guessed, truth))
      shown ??= { truth, guesses }
    }
    const table = [{ name: 'mean', loss: '' }, ...methods].map(({ name, loss }) => summarised(name, loss, found.get(name)!))
    const of = (name: string): Errors => table.find((row) => row.name === name)!
    await recipeReport(context, {
      title: 'House prices: a network against a straight line',
      description: '506 districts of Boston in 1970, twelve facts about each, and the median price of a home there.',
      tiles: [
        { label: 'Network, RMSE', value: of('network').rmse, note: 'thousand dollars' },
        { label: 'Line, RMSE', value: of('line').rmse, note: 'thousand dollars' },
        { label: 'Always the mean', value: of('mean').rmse, note: 'thousand dollars' },
      ],
      sections: [
        {
          title: 'How far off',
          text:
            'Errors on districts held out, means over the splits. RMSE is the root of the mean squared error: large misses weigh more. ' +
            'MAE is the mean distance. A loss gets what it asks for, as far as the training goes: squared error asks for a low RMSE, absolute error for a low MAE.',
          figures: [
            {
              kind: 'table',
              title: `Errors in thousands of dollars, ${splits} splits`,
              columns: ['method', 'trained by', 'RMSE', '± between splits', 'MAE'],
              rows: table.map(({ name, loss, rmse, rmseSpread, mae }) => [name, loss, rounded(rmse), rounded(rmseSpread), rounded(mae)]),
            },
            {
              kind: 'lines',
              title: 'Guessed against true price, first split',
              x: { title: 'true price, thousand dollars' },
              y: { title: 'guessed' },
              series: [
                ...(['line', 'network'] as const).map((name) => ({
                  name,
                  style: 'points' as const,
                  points: shown!.truth.map((x, i) => ({ x, y: shown!.guesses[name]![i]! })),
                })),
                { name: 'right', style: 'dashed' as const, points: [0, 50].map((x) => ({ x, y: x })) },
              ],
              note: 'The census counted no price above 50, so the homes at the right edge cost 50 or more.',
            },
          ],
        },
        {
          title: 'What is known about a district',
          figures: [{ kind: 'table', title: 'Features', columns: ['number', 'meaning'], rows: features.map((text, i) => [i + 1, text]) }],
        },
      ],
      config: { recipe: 'houses', optimizer: 'adamW, cosine' },
    })
    return {
      headline: `root mean squared error ${of('network').rmse.toFixed(2)} thousand dollars`,
      baseline: `${of('line').rmse.toFixed(2)} for a straight line, ${of('mean').rmse.toFixed(2)} for always guessing the mean`,
      numbers: {
        testRmse: of('network').rmse,
        lineRmse: of('line').rmse,
        meanRmse: of('mean').rmse,
        testMae: of('network').mae,
        absoluteMae: of('network-absolute').mae,
        seconds: (performance.now() - began) / 1000,
        splits,
        epochs,
        seed,
      },
    }
  },
})

async function guess(
  context: RecipeContext<unknown>,
  { name, make, loss }: Method,
  learn: Dataset<'x' | 'y'>,
  test: Dataset<'x' | 'y'>,
  prices: Standard,
  { epochs, split }: { readonly epochs: number; readonly split: number },
): Promise<number[] | undefined> {
  const model = make(learn.columns.x.shape[0]!)
  const batchSize = 32
  const steps = Math.ceil(learn.length / batchSize) * epochs
  const done = await train(context, model, learn, {
    part: `${name}-${split + 1}`,
    loss: losses[loss],
    optimizer: adamW({ lr: cosine({ lr: 3e-3, steps }), weightDecay: 0.01 }),
    epochs,
    batchSize,
    seed: context.settings.seed + split,
  })
  if (!done) return undefined
  const out = await (await predict(model, test)).cast('f32').data()
  return Array.from(out, (value) => value * prices.deviation[0]! + prices.mean[0]!)
}

function errorsOf(guessed: readonly number[], truth: readonly number[]): { rmse: number; mae: number } {
  const errors = guessed.map((y, i) => y - truth[i]!)
  return { rmse: Math.sqrt(mean(errors.map((e) => e * e))), mae: mean(errors.map(Math.abs)) }
}

function summarised(name: string, loss: string, all: readonly { rmse: number; mae: number }[]): Errors {
  const rmse = mean(all.map((e) => e.rmse))
  return { name, loss, rmse, rmseSpread: Math.sqrt(mean(all.map((e) => (e.rmse - rmse) ** 2))), mae: mean(all.map((e) => e.mae)) }
}

const rounded = (value: number): number => Number(value.toPrecision(3))
