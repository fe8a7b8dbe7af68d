/** The report of the copy task: errors by length, and where the heads of the machine were. */
import type { JournalEvent } from '../../files/journal.js'
import type { ModelRow } from '../../report/data.js'
import type { LineSeries } from '../../report/figures/data.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'

type Rows = readonly (readonly number[])[]

/** One trained net. */
export interface Trained {
  readonly name: string
  readonly journal: readonly JournalEvent[]
  readonly seconds: number
  readonly parameters: number
  /** by length: share of bits wrong, share of sequences without a mistake */
  readonly tests: readonly { readonly length: number; readonly bitError: number; readonly whole: number }[]
}

/** One long sequence: bits by time, and the heads of the first machine, slots by time. */
export interface Drawn {
  readonly target: Rows
  readonly machine: Rows
  readonly lstm: Rows
  readonly reads: Rows
  readonly writes: Rows
}

/** What the report is made from. */
export interface CopyRun {
  readonly trained: readonly Trained[]
  readonly longest: number
  readonly asked: number
  readonly drawn: Drawn
  readonly layers: readonly ModelRow[]
}

/** (steps, k) as k rows of steps: time goes to the right. */
export function rowsOf(values: Float32Array, steps: number): number[][] {
  const width = values.length / steps
  return Array.from({ length: width }, (_, k) => Array.from({ length: steps }, (_, t) => values[t * width + k]!))
}

/** Writes report.html. */
export async function copyReport(context: RecipeContext<unknown>, { trained, longest, asked, drawn, layers }: CopyRun): Promise<void> {
  const along = (field: string): LineSeries[] =>
    trained.map(({ name, journal }) => ({
      name,
      points: journal.flatMap((e) => {
        const value = e[field]
        return e.kind === 'step' && typeof value === 'number' ? [{ x: e.step, y: value }] : []
      }),
    }))
  const bitsOf = (title: string, values: Rows) => ({
    kind: 'heatmap' as const,
    title,
    values,
    x: { title: 'word' },
    y: { title: 'bit' },
  })
  const heads = (title: string, values: Rows) => ({ kind: 'heatmap' as const, title, values, x: { title: 'step' }, y: { title: 'slot' } })
  await recipeReport(context, {
    title: `Copying ${asked} words after training on ${longest}`,
    description: `Random words of 8 bits are heard once, then a mark, then they are to be said again. Training has 1 to ${longest} words, the test up to ${asked}.`,
    tiles: trained.map(({ name, tests, parameters, seconds }) => ({
      label: `${name}, ${asked} words`,
      value: tests.at(-1)!.bitError,
      format: 'percent',
      note: `of the bits wrong; ${parameters.toLocaleString('en')} parameters, ${Math.round(seconds)} s`,
    })),
    sections: [
      {
        title: 'Longer than trained',
        text: 'A machine that learned the procedure (write each word into the next slot, go back, read slot by slot) does not care how long the sequence is. The LSTM packs everything into one state vector and has learned nothing about lengths it never saw.',
        figures: [
          {
            kind: 'lines',
            title: 'Wrong bits by length',
            x: { title: 'words' },
            y: { title: 'share of bits wrong', scale: 'percent' },
            series: trained.map(({ name, tests }) => ({
              name,
              style: 'both',
              points: tests.map(({ length, bitError }) => ({ x: length, y: bitError })),
            })),
            marks: [
              { x: longest, name: 'longest in training' },
              { y: 0.5, name: 'guessing' },
            ],
          },
          {
            kind: 'table',
            title: 'Sequences copied without a mistake, of 100',
            columns: ['words', ...trained.map(({ name }) => name)],
            rows: trained[0]!.tests.map(({ length }, i) => [length, ...trained.map(({ tests }) => Math.round(100 * tests[i]!.whole))]),
          },
        ],
      },
      {
        title: 'Where the heads were',
        text: `The first machine on one sequence of ${asked} words. In a machine that has learned to copy, the writing head steps from slot to slot while it listens; after the mark the reading head follows the same way from its beginning. Weights are between 0 and 1 and sum to 1 at each step.`,
        figures: [heads('Writing', drawn.writes), heads('Reading', drawn.reads)],
      },
      {
        title: 'What was said',
        figures: [
          bitsOf('To be said', drawn.target),
          bitsOf('Said by the first machine', drawn.machine),
          bitsOf('Said by the LSTM', drawn.lstm),
        ],
      },
      {
        title: 'Training',
        figures: [
          {
            kind: 'lines',
            title: 'Loss',
            x: { title: 'training step' },
            y: { title: 'cross-entropy of a bit', scale: 'log' },
            series: along('loss'),
          },
          {
            kind: 'lines',
            title: 'Wrong bits in training',
            x: { title: 'training step' },
            y: { scale: 'percent' },
            series: along('bit error'),
          },
        ],
      },
    ],
    layers,
    config: { recipe: 'copy', optimizer: 'adam, 3e-3 machines, 2e-3 LSTM, gradients clipped to norm 1', batchSize: 16 },
  })
}
