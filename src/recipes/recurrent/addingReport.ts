/** The report of the adding problem: who learned it, and the gradients that say why. */
import type { JournalEvent } from '../../files/journal.js'
import type { ModelRow } from '../../report/data.js'
import type { LineSeries, Section } from '../../report/figures/data.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import type { CompileTime } from './compiling.js'
import { byDistance, type Flow } from './flow.js'
import { floor, stream, type Truncated } from './truncated.js'

/** One trained net. */
export interface Compared {
  readonly name: string
  /** mean squared error on the test set */
  readonly loss: number
  readonly answers: readonly number[]
  readonly journal: readonly JournalEvent[]
  readonly seconds: number
  readonly parameters: number
  /** gradients through time before and after training */
  readonly before: Flow
  readonly after: Flow
}

/** What the report is made from. */
export interface AddingRun {
  readonly length: number
  readonly compared: readonly Compared[]
  readonly carry: Truncated
  readonly compile: readonly CompileTime[]
  readonly truth: readonly number[]
  readonly layers: readonly ModelRow[]
}

const always = 1 / 6
const shown = 200

/** Writes report.html. */
export async function addingReport(context: RecipeContext<unknown>, run: AddingRun): Promise<void> {
  const { length, compared } = run
  await recipeReport(context, {
    title: `The adding problem over ${length} steps`,
    description: `${length} random numbers, two of them marked: what is their sum? The first mark lies up to ${length} steps before the answer.`,
    tiles: [
      ...compared.map(({ name, loss, seconds }) => ({
        label: `${name}, test error`,
        value: loss,
        note: `${Math.round(seconds)} s of training`,
      })),
      { label: 'Always saying 1', value: always, note: 'the variance of the sum, 1/6' },
    ],
    sections: [learning(run), flows(run), carrying(run.carry), compiling(run.compile)],
    layers: run.layers,
    config: {
      recipe: 'adding',
      optimizer: 'adam 4e-3, gradients clipped to norm 1',
      batchSize: 50,
      parameters: compared.map(({ name, parameters }) => `${name} ${parameters}`).join(', '),
    },
  })
}

function learning({ compared, truth }: AddingRun): Section {
  const curve = ({ name, journal }: Compared): LineSeries => ({
    name,
    points: journal.flatMap((e) => (e.kind === 'step' && typeof e.loss === 'number' ? [{ x: e.step, y: e.loss }] : [])),
  })
  return {
    title: 'Who learns it',
    text: 'The error stays at 1/6 while a net only knows the mean. It falls at once when a path through time is found: the net then keeps each marked number to the end.',
    figures: [
      {
        kind: 'lines',
        title: 'Training error',
        x: { title: 'training step' },
        y: { title: 'mean squared error', scale: 'log' },
        series: compared.map(curve),
        marks: [
          { y: always, name: 'always saying 1' },
          { y: 0.01, name: '0.01' },
        ],
      },
      {
        kind: 'lines',
        title: 'Answers to test sequences',
        x: { title: 'true sum' },
        y: { title: 'answer' },
        series: compared
          .filter(({ name }) => name !== 'GRU')
          .map(({ name, answers }) => ({ name, style: 'points', points: answers.slice(0, shown).map((y, i) => ({ x: truth[i]!, y })) })),
        note: `${Math.min(shown, truth.length)} sequences none of them has seen; who knows nothing answers 1.`,
      },
    ],
  }
}

function flows({ compared }: AddingRun): Section {
  const lines = (moment: 'before' | 'after'): LineSeries[] =>
    compared.flatMap(({ name, [moment]: { hidden, cell } }) => [
      { name: cell ? `${name}, hidden state` : name, points: byDistance(hidden), style: cell && 'dashed' },
      ...(cell ? [{ name: `${name}, cell`, points: byDistance(cell) }] : []),
    ])
  const figure = (moment: 'before' | 'after', title: string) => ({
    kind: 'lines' as const,
    title,
    x: { title: 'steps before the end' },
    y: { title: 'gradient norm', scale: 'log' as const },
    series: lines(moment),
  })
  return {
    title: 'How gradients travel back',
    text: 'How strongly the loss at the end feels the state some steps earlier: the root mean square of ‖∂loss/∂state‖ over 100 test sequences.\n\nA plain RNN multiplies the gradient by its weights and by the slope of tanh at every step, and it vanishes exponentially: a straight line down in this picture. The cell of an LSTM is only multiplied by its forget gate, which may stay near 1, and so it carries the gradient over hundreds of steps. A GRU keeps its state in the same way.',
    figures: [figure('before', 'Before training'), figure('after', 'After training')],
  }
}

const carrying = ({ carried, forgotten }: Truncated): Section => ({
  title: 'A long stream in short pieces',
  text: `Truncated back-propagation through time. In an endless stream a number is marked now and then (each with chance ${stream.chance}), and at every step the net shall say the number marked last. It is trained on pieces of ${stream.piece} steps; gradients never leave a piece. If the state is carried from piece to piece, what was learned inside a piece (keep the number) works across pieces. If each piece starts from nothing, the net cannot know what was marked before.`,
  figures: [
    {
      kind: 'lines',
      title: 'Error with and without the carried state',
      x: { title: 'training step' },
      y: { title: 'mean squared error', scale: 'log' },
      series: [
        { name: 'state carried on', points: carried },
        { name: 'each piece from nothing', points: forgotten },
      ],
      marks: [{ y: floor, name: 'best without memory' }],
    },
  ],
})

const compiling = (rows: readonly CompileTime[]): Section => ({
  title: 'Compile time by length',
  text: 'A training step of an LSTM of width 16, traced, differentiated and compiled: the first call less a later one. As one loop node it does not depend on the length; written out step by step it grows with it.',
  figures: [
    {
      kind: 'table',
      title: 'Milliseconds to compile',
      columns: ['steps', 'as a loop', 'written out'],
      rows: rows.map(({ steps, loop, written }) => [steps, Math.round(loop), written === undefined ? '' : Math.round(written)]),
    },
  ],
})
