/** What is told of the ways of tuning, side by side. */
import { seriesOf } from '../../report/curves/journal.js'
import { percent } from '../numbers.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import type { Tuned } from './methods.js'
import type { Task } from './task.js'

/** Share of the cross entropy that full tuning takes off the base which another way takes off; NaN where it takes off none. */
export function gained(one: Tuned, full: Tuned): number {
  const gain = full.before.crossEntropy - full.crossEntropy
  return gain > 0 ? (full.before.crossEntropy - one.crossEntropy) / gain : Number.NaN
}

const columns = [
  'tuned',
  'cross entropy',
  'accuracy',
  'share of the gain',
  'trained',
  'share',
  'file',
  'share',
  'kept in training',
  's a step',
  'seconds',
]

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

/** Bytes of weights, the base's and the adapter's, gradients and AdamW's two moments: what a run keeps whatever the batch. */
const keptBytes = ({ method, weightBytes, trainable }: Tuned): number => weightBytes + trainable * (method.lora ? 16 : 12)

function rowsOf(results: readonly Tuned[]): (string | number)[][] {
  const full = results[0]!
  const share = (one: Tuned): string => {
    const found = gained(one, full)
    return Number.isNaN(found) ? 'no gain' : percent(found, 1)
  }
  return [
    [
      'not at all',
      full.before.crossEntropy.toFixed(4),
      percent(full.before.accuracy, 1),
      percent(0, 1),
      '0',
      percent(0),
      '',
      '',
      '',
      '',
      '',
    ],
    ...results.map((one) => [
      one.method.name,
      one.crossEntropy.toFixed(4),
      percent(one.accuracy, 1),
      share(one),
      one.trainable.toLocaleString('en'),
      percent(one.trainable / one.total),
      megabytes(one.fileBytes),
      percent(one.fileBytes / full.fileBytes),
      megabytes(keptBytes(one)),
      (one.seconds / Math.max(1, one.steps)).toFixed(3),
      one.seconds.toFixed(0),
    ]),
  ]
}

/** The table in columns for a screen. */
export function tableOf(results: readonly Tuned[]): string {
  const rows = [columns, ...rowsOf(results).map((row) => row.map(String))]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n')
}

/** Writes report.html of a run. */
export async function loraReport(context: RecipeContext<unknown>, results: readonly Tuned[], task: Task): Promise<void> {
  const [full, adapter] = results as [Tuned, Tuned]
  const share = gained(adapter, full)
  await recipeReport(context, {
    title: 'A language model tuned whole and by adapters',
    description: `A Llama of ${full.total.toLocaleString('en')} weights has read ${task.entries.length.toLocaleString('en')} entries of a dictionary, or as many as its updates took. It learns from ${task.learned.length.toLocaleString('en')} questions which kind of word an explanation explains, and is asked ${task.heldOut.length.toLocaleString('en')} others.`,
    tiles: [
      ...(Number.isNaN(share)
        ? []
        : [{ label: 'Share of the gain', value: share, format: 'percent' as const, note: 'of full tuning, by LoRA' }]),
      { label: 'Accuracy of LoRA', value: adapter.accuracy, format: 'percent' },
      { label: 'Weights trained', value: adapter.trainable / adapter.total, format: 'percent' },
      { label: 'File of the adapter', value: adapter.fileBytes / full.fileBytes, format: 'percent', note: "of the model's" },
    ],
    curves: [
      {
        title: 'Loss, nats a token of the answer',
        series: results.map(({ method, journal }) => seriesOf(method.name, journal, 'loss', 'step')),
      },
    ],
    sections: [
      {
        title: 'Side by side',
        text: 'Cross entropy in nats a held-out answer. Kept in training: weights, gradients and both moments of AdamW, without what a batch takes.',
        figures: [
          { kind: 'table', title: 'The ways', columns, rows: rowsOf(results) },
          {
            kind: 'bars',
            title: 'Accuracy on held-out questions',
            format: 'percent',
            bars: [
              { label: 'before', value: full.before.accuracy },
              ...results.map(({ method, accuracy }) => ({ label: method.name, value: accuracy })),
            ],
          },
        ],
      },
      {
        title: 'Questions',
        figures: [
          {
            kind: 'table',
            title: 'Held out',
            columns: ['asked', 'to be answered'],
            rows: task.heldOut.slice(0, 12).map(({ prompt, completion }) => [prompt, completion]),
          },
        ],
      },
    ],
    config: {
      recipe: 'lora',
      schedule: 'up over a tenth, then a cosine down to 0',
      batch: 32,

      targets: 'all-linear',
    },
  })
}
