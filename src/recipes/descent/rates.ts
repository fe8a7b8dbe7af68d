/** Learning rates: too small, right, too large, and where the range test says that right is. */
import { crossEntropy } from '../../loss/index.js'
import { sgd } from '../../optim/index.js'
import type { Section } from '../../report/index.js'
import { type LrFinding, lrFind } from '../../train/index.js'
import type { RecipeContext } from '../recipe.js'
import { network, type Task, trainOn, type Went } from './task.js'

const batchSize = 32

/** A range test, and runs at rates around what it suggests. */
export interface RatesResult {
  readonly finding: LrFinding
  readonly runs: readonly { readonly name: string; readonly lr: number; readonly went: Went }[]
}

/** Plain descent at four rates chosen from the range test; undefined when asked to stop. */
export async function compareRates(context: RecipeContext<unknown>, task: Task, epochs: number): Promise<RatesResult | undefined> {
  const { signal, settings } = context
  const { seed } = settings
  const finding = await lrFind(network(), task.train, {
    loss: crossEntropy,
    optimizer: (lr) => sgd({ lr }),
    batchSize,
    from: 1e-4,
    to: 100,
    steps: 150,
    seed,
    signal,
  })
  const runs = []
  for (const [name, lr] of [
    ['too small', finding.suggestion / 300],
    ['suggested', finding.suggestion],
    ['at the turn', finding.lowest],
    ['too large', finding.lowest * 20],
  ] as const) {
    if (signal.aborted) return undefined
    runs.push({ name, lr, went: await trainOn(task, { optimizer: sgd({ lr }), batchSize, epochs, seed, signal }) })
  }
  return signal.aborted ? undefined : { finding, runs }
}

/** What the report shows of it. */
export function ratesSection({ finding, runs }: RatesResult): Section {
  const { curve, suggestion, lowest } = finding
  return {
    title: 'The learning rate: too small, right, too large',
    text: 'The range test raises the rate from step to step and watches the loss: flat while the rate is too small to matter, falling while it is good, growing once it is too large. The test (lrFind) suggests the place where it falls fastest.',
    figures: [
      {
        kind: 'lines',
        title: 'Range test',
        x: { title: 'learning rate', scale: 'log' },
        y: { title: 'cross-entropy of the batch', scale: 'log' },
        series: [
          { name: 'each step', style: 'points', points: curve.map(({ lr, loss }) => ({ x: lr, y: Math.min(loss, 8) })) },
          { name: 'smoothed', points: curve.map(({ lr, smooth }) => ({ x: lr, y: Math.min(smooth, 8) })) },
        ],
        marks: [
          { x: suggestion, name: `suggestion ${suggestion.toPrecision(2)}` },
          { x: lowest, name: `turn ${lowest.toPrecision(2)}` },
        ],
        note: 'Losses above 8 are drawn at 8.',
      },
      {
        kind: 'lines',
        title: 'Loss of the training set at four rates',
        x: { title: 'epoch' },
        y: { title: 'cross-entropy', scale: 'log' },
        series: runs.map(({ name, lr, went }) => ({
          name: `${name}: ${lr.toPrecision(2)}`,
          style: 'both',
          points: went.losses.map((y, i) => ({ x: i + 1, y })),
        })),
      },
      {
        kind: 'table',
        title: 'Four rates',
        columns: ['', 'rate', 'training loss', 'test accuracy, %'],
        rows: runs.map(({ name, lr, went }) => [
          name,
          Number(lr.toPrecision(2)),
          Number.isFinite(went.score) ? went.score : 'diverged',
          100 * went.testAccuracy,
        ]),
      },
    ],
  }
}
