/** The report of a language model with a memory: losses by share and size, and single places with what was found for them. */
import type { JournalEvent } from '../../files/journal.js'
import type { MeanInterval } from '../../metrics/bootstrap.js'
import { curvesOf } from '../../report/curves/journal.js'
import type { Figure } from '../../report/figures/data.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import { gptConfig } from '../shakespeare.js'
import type { Example } from './knnExamples.js'
import { type Asked, bestOf, type Choice } from './knnMeasures.js'

/** What the report is made from. */
export interface KnnRun {
  readonly journal: readonly JournalEvent[]
  readonly seconds: number
  readonly searchSeconds: number
  readonly parameters: number
  readonly asked: Asked
  /** memories from small to large, every way to ask them */
  readonly sizes: readonly { readonly slots: number; readonly choices: readonly Choice[] }[]
  readonly best: Choice
  /** loss on the reported part by the memory's share */
  readonly byShare: readonly { readonly x: number; readonly y: number }[]
  readonly alone: number
  /** nats that the memory is worth, a character */
  readonly gain: MeanInterval
  readonly counting: { readonly order: number; readonly loss: number; readonly mixedLoss: number; readonly mixedShare: number }
  readonly examples: readonly Example[]
  readonly texts: { readonly prompt: string; readonly alone: string; readonly both: string }
}

const percent = (p: number): string => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`
const number = (n: number): string => n.toLocaleString('en')

/** Writes report.html. */
export async function knnReport(context: RecipeContext<unknown>, run: KnnRun): Promise<void> {
  const { asked, sizes, best, alone, gain, counting, examples, texts } = run
  const slots = sizes.at(-1)!.slots
  const reported = asked.next.length - asked.choosing
  const chosenBySize = sizes.map((size) => ({ slots: size.slots, ...bestOf(size.choices) }))
  await recipeReport(context, {
    title: 'kNN-LM: a language model that looks things up',
    description: `A GPT that has read ${number(slots)} characters, beside a memory of every place it read. Settings were chosen on ${number(asked.choosing)} held-out characters, all losses are over ${number(reported)} others.`,
    tiles: [
      { label: 'Perplexity with the memory', value: Math.exp(best.loss), note: `${best.loss.toFixed(4)} nats a character` },
      { label: 'Without', value: Math.exp(alone), note: `${alone.toFixed(4)} nats` },
      { label: 'Gained', value: gain.mean, note: `nats; 95 % between ${gain.low.toFixed(3)} and ${gain.high.toFixed(3)}` },
      { label: 'Memory', value: slots, format: 'count', note: `places, ${asked.width} numbers each` },
      { label: 'Search', value: run.searchSeconds, format: 'seconds', note: `${number(asked.next.length)} questions` },
      { label: 'Training', value: run.seconds, format: 'seconds' },
      { label: 'Parameters', value: run.parameters, format: 'count' },
    ],
    ...curvesOf(run.journal, { validation: 'test' }),
    sections: [
      {
        title: 'What the memory is worth',
        text: `For each character the memory finds the ${best.k} most similar places of the text it read, and says which characters followed there, the nearer the louder (temperature ${best.temperature}). A share of ${best.share.toFixed(2)} of the answer is the memory's, the rest the net's. The net itself is not trained any further.`,
        figures: [
          {
            kind: 'lines',
            title: 'Perplexity by the share of the memory',
            note: `With the ${best.k} nearest at temperature ${best.temperature}. The share is chosen on other characters than these: ${best.share.toFixed(3)}.`,
            x: { title: 'share of the memory, λ' },
            y: { title: 'perplexity' },
            series: [{ name: 'reported part', style: 'both', points: run.byShare.map(({ x, y }) => ({ x, y: Math.exp(y) })) }],
            marks: [
              { x: best.share, name: 'chosen' },
              { y: Math.exp(alone), name: 'the net alone' },
            ],
          },
          {
            kind: 'lines',
            title: 'Perplexity by the size of the memory',
            note: 'Each size with the number of neighbours, the temperature and the share that are best for it on the part for choosing.',
            x: { title: 'places remembered', scale: 'log' },
            y: { title: 'perplexity' },
            series: [
              { name: 'with memory', style: 'both', points: chosenBySize.map((size) => ({ x: size.slots, y: Math.exp(size.loss) })) },
            ],
            marks: [{ y: Math.exp(alone), name: 'the net alone' }],
          },
          {
            kind: 'table',
            title: 'Chosen for each size',
            columns: ['places', 'neighbours', 'temperature', 'share', 'nats', 'perplexity'],
            rows: chosenBySize.map((c) => [
              number(c.slots),
              c.k,
              c.temperature,
              c.share.toFixed(3),
              c.loss.toFixed(4),
              Math.exp(c.loss).toFixed(3),
            ]),
          },
          grid(sizes.at(-1)!.choices),
        ],
      },
      {
        title: 'Beside counting',
        text: `A memory of the text need not be a net's: counting what followed the same ${counting.order - 1} characters remembers it, too, and can be mixed with the net in the same way (with a share of ${counting.mixedShare.toFixed(2)}, chosen on the same characters). Counts know only equal characters; the memory knows what the net takes to be alike.`,
        figures: [
          {
            kind: 'bars',
            title: 'Nats a character',
            bars: [
              { label: 'the net', value: alone },
              { label: `counted runs of ${counting.order}`, value: counting.loss },
              { label: 'the net and the counts', value: counting.mixedLoss },
              { label: 'the net and the memory', value: best.loss },
            ],
          },
        ],
      },
      {
        title: 'What was found',
        text: 'Places of the held-out text: three where the memory helped most, one where it helped a little, two where it misled most. ↵ is the end of a line, ␣ a space.',
        figures: examples.flatMap(exampleFigures),
      },
      {
        title: 'What it writes',
        text: 'Both go on from the same words with the same draws, at temperature 0.8. With the memory whole words of the plays come back.',
        figures: [
          { kind: 'text', title: 'The beginning', text: texts.prompt },
          { kind: 'text', title: 'The net alone', text: texts.alone },
          { kind: 'text', title: 'With the memory', text: texts.both },
        ],
      },
    ],
    config: { recipe: 'knn-lm', ...gptConfig },
  })
}

/** Losses of all ways to ask, on the part they are chosen on. */
function grid(choices: readonly Choice[]): Figure {
  const [ks, ts] = [[...new Set(choices.map(({ k }) => k))], [...new Set(choices.map(({ temperature }) => temperature))]]
  return {
    kind: 'heatmap',
    title: 'Loss by neighbours and temperature',
    note: 'On the characters for choosing, each with its best share.',
    values: ks.map((k) => choices.filter((c) => c.k === k).map(({ chosenLoss }) => chosenLoss)),
    x: { title: 'temperature', labels: ts.map(String) },
    y: { title: 'neighbours', labels: ks.map(String) },
    showValues: true,
  }
}

function exampleFigures({ before, came, net, memory, both, netExpects, memoryExpects, found }: Example): Figure[] {
  return [
    {
      kind: 'table',
      title: `${before} → ${came}`,
      note: `What came had ${percent(net)} by the net (it expected ${netExpects}), ${percent(memory)} by the memory (${memoryExpects}), ${percent(both)} by both.`,
      columns: ['distance', 'the nearest places', 'there came', 'weight'],
      rows: found.map((f) => [f.distance.toFixed(2), f.before, f.came, percent(f.weight)]),
    },
  ]
}
