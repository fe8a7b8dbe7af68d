/** The report of the recipe `lm`: how bits per byte fell, what it wrote on the way, and how loss goes with size. */
import { seriesOf } from '../../report/curves/journal.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import { scalingSection } from './scaling.js'
import type { Prepared } from './tokens.js'
import type { Trained } from './training.js'

/** Writes report.html of a run; the last model is the run's own, those before it are smaller ones on the same tokens. */
export async function writeReport(context: RecipeContext<unknown>, { note, tokenizer }: Prepared, all: readonly Trained[]): Promise<void> {
  const own = all.at(-1)!
  const { sizes, journal, final, fewBits, seconds } = own
  const samples = journal.flatMap(({ kind, step, sample }) => (kind === 'measure' && typeof sample === 'string' ? [{ step, sample }] : []))
  await recipeReport(context, {
    title: 'A language model from text',
    description: `A Llama of ${sizes.parameters.toLocaleString('en')} parameters, ${tokenizer.size.toLocaleString('en')} tokens, trained on ${sizes.tokens.toLocaleString('en')} tokens of ${note.data} (${note.trainTokens.toLocaleString('en')} different places).`,
    tiles: [
      { label: 'Bits per byte', value: final.bitsPerByte, note: `of ${final.bytes.toLocaleString('en')} held-out bytes` },
      ...fewBits.map(({ bits, bitsPerByte }) => ({
        label: `In ${bits} bits`,
        value: bitsPerByte,
        note: 'bits per byte, products in blocks of 32',
      })),
      { label: 'Loss', value: final.loss, note: 'nats a token' },
      { label: 'Parameters', value: sizes.parameters, format: 'count' },
      { label: 'Training', value: seconds, format: 'seconds' },
      { label: 'Tokens a second', value: sizes.tokens / seconds, format: 'count' },
    ],
    curves: [
      { title: 'Bits per byte of held-out text', series: [seriesOf('validation', journal, 'validation.bitsPerByte', 'measure')] },
      {
        title: 'Loss, nats a token',
        series: [seriesOf('training', journal, 'loss', 'step'), seriesOf('validation', journal, 'validation.loss', 'measure')],
      },
    ],
    sections: [
      {
        title: 'What it writes',
        text: 'Drawn at temperature 0.8 while it trained.',
        figures: samples.map(({ step, sample }) => ({ kind: 'text', title: `After ${step} updates`, text: sample })),
      },
      ...(all.length > 1 ? [scalingSection(all)] : []),
    ],
    config: {
      recipe: 'lm',
      ...sizes.config,
      lr: sizes.lr,
      batch: sizes.batch,
      warmup: sizes.warmup,
      schedule: 'warm-up, then a cosine down to a tenth',
    },
  })
}
