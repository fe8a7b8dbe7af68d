/** Every optimizer on the same task, each with its best learning rate of several. */
import { adadelta, adagrad, adam, adamax, adamW, lion, muon, nadam, type Optimizer, radam, rmsprop, sgd } from '../../optim/index.js'
import type { LinesFigure, Section } from '../../report/index.js'
import { ranked, sweep, sweepSection, type TrialResult } from '../../train/index.js'
import type { RecipeContext } from '../recipe.js'
import { factors, type Task, trainOn, type Went } from './task.js'

const batchSize = 32

/** Each with a rate that usually suits it, around which others are tried. */
const all: readonly { readonly name: string; readonly lr: number; make(lr: number): Optimizer }[] = [
  { name: 'sgd', lr: 0.3, make: (lr) => sgd({ lr }) },
  { name: 'momentum', lr: 0.1, make: (lr) => sgd({ lr, momentum: 0.9 }) },
  { name: 'nesterov', lr: 0.1, make: (lr) => sgd({ lr, momentum: 0.9, nesterov: true }) },
  { name: 'adagrad', lr: 0.05, make: (lr) => adagrad({ lr }) },
  { name: 'adadelta', lr: 1, make: (lr) => adadelta({ lr }) },
  { name: 'rmsprop', lr: 0.003, make: (lr) => rmsprop({ lr }) },
  { name: 'adam', lr: 0.01, make: (lr) => adam({ lr }) },
  { name: 'adamW', lr: 0.01, make: (lr) => adamW({ lr }) },
  { name: 'adamax', lr: 0.01, make: (lr) => adamax({ lr }) },
  { name: 'nadam', lr: 0.01, make: (lr) => nadam({ lr }) },
  { name: 'radam', lr: 0.01, make: (lr) => radam({ lr }) },
  { name: 'lion', lr: 0.001, make: (lr) => lion({ lr }) },
  { name: 'muon', lr: 0.02, make: (lr) => muon({ lr }) },
]

/** An optimizer at its best rate. */
export interface OptimizerResult {
  readonly name: string
  readonly lr: number
  readonly went: Went
  /** losses at all rates that were tried */
  readonly trials: readonly TrialResult[]
}

/** Trains with every optimizer at every rate; undefined when asked to stop. */
export async function compareOptimizers(
  context: RecipeContext<unknown>,
  task: Task,
  { epochs, rates }: { readonly epochs: number; readonly rates: number },
): Promise<OptimizerResult[] | undefined> {
  const { signal, settings } = context
  const trial = async ({ optimizer, factor }: Readonly<Record<string, unknown>>): Promise<Went> => {
    const { make, lr } = all.find(({ name }) => name === optimizer)!
    return await trainOn(task, { optimizer: make(lr * Number(factor)), batchSize, epochs, seed: settings.seed, signal })
  }
  const space = { optimizer: all.map(({ name }) => name), factor: factors(rates) }
  const trials: TrialResult[] = []
  for await (const t of sweep(trial, space, { signal, journal: context.path('optimizers.jsonl') })) trials.push(t)
  if (signal.aborted) return undefined
  return all
    .map(({ name, lr }) => {
      const mine = trials.filter(({ settings: s }) => s.optimizer === name)
      const best = ranked(mine)[0]!
      return { name, lr: lr * Number(best.settings.factor), went: { ...best.numbers, score: best.score } as Went, trials: mine }
    })
    .sort((a, b) => a.went.score - b.went.score)
}

/** What the report shows of it. */
export function optimizersSection(results: readonly OptimizerResult[], epochs: number): Section[] {
  const curve = ({ name, lr, went }: OptimizerResult): LinesFigure['series'][number] => ({
    name: `${name} ${Number(lr.toPrecision(2))}`,
    points: went.losses.map((y, i) => ({ x: i + 1, y })),
  })
  const picture = (title: string, some: readonly OptimizerResult[]): Section['figures'][number] => ({
    kind: 'lines',
    title,
    x: { title: 'epoch' },
    y: { title: 'cross-entropy of the training set', scale: 'log' },
    series: some.map(curve),
  })
  const half = Math.ceil(results.length / 2)
  return [
    {
      title: 'Every optimizer on the same task',
      text: `Batches of ${batchSize}, ${epochs} epochs, the same first values and order of examples; each optimizer at the best of its learning rates, by training loss. The list of winners changes with the task: on a small one like this they are near to one another once the rate is right, and the rate matters more than the name.`,
      figures: [
        picture(`Training loss: the first ${half}`, results.slice(0, half)),
        picture('… and the others', results.slice(half)),
        {
          kind: 'table',
          title: 'Optimizers, by training loss',
          columns: ['optimizer', 'best rate', 'loss', 'test, %'],
          note: 'Loss on the training set at the best rate, and accuracy on the test set, which had no say in choosing.',
          rows: results.map(({ name, lr, went }) => [name, Number(lr.toPrecision(2)), went.score, 100 * went.testAccuracy]),
        },
      ],
    },
    sweepSection(
      results.flatMap(({ trials }) => trials),
      { score: 'training loss', title: 'All trials of that sweep' },
    ),
  ]
}
