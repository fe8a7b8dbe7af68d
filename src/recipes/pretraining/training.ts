/** One model of the recipe `lm`: trained with progress for people watching, measured, and written as a folder. */
import { type JournalEvent, readJournal } from '../../files/index.js'
import { type Dial, dialOptimizer, LLM, loadLLM, type PretrainEvent, type PretrainMeasure, pretrain, saveLLM } from '../../llm/index.js'
import { spread } from '../../llm/pretrain/pretrain.js'
import { seriesOf } from '../../report/curves/journal.js'
import { type BitsPerByte, bitsPerByte } from '../../text/index.js'
import { progress } from '../../train/index.js'
import type { RecipeContext } from '../recipe.js'
import type { Prepared } from './tokens.js'

/** A model whose products have weights in few bits. */
export interface FewBits {
  readonly bits: 8 | 4
  readonly bitsPerByte: number
}

/** A model that was trained, and how well it foretells. */
export interface Trained {
  readonly sizes: Dial
  readonly journal: readonly JournalEvent[]
  /** of training, those before a resume too */
  readonly seconds: number
  /** over the held-out text, at most 2²⁰ tokens of it */
  readonly final: BitsPerByte
  /** what it says with its products' weights in few bits; of the run's own only */
  readonly fewBits: readonly FewBits[]
  /** bits per byte before the first update */
  readonly first: number
  /** what it wrote at the end */
  readonly sample: string
}

const mostMeasured = 2 ** 20

/** Trains a model of these sizes; the run's own is written into its folder, one of a `part` is only measured. Undefined when asked to stop. */
export async function trainLM(
  context: RecipeContext<{ readonly measured: number; readonly prompt: string }>,
  { tokenizer, train, validation, note }: Prepared,
  sizes: Dial,
  part: string | undefined,
): Promise<Trained | undefined> {
  const { measured, seed } = context.settings
  // a text that is one document has no other beginning to learn from
  const prompt = context.settings.prompt || (note.heldOut === 'ends' ? '\n' : '')
  const file = (name: string): string => context.path(part === undefined ? name : `parts/${part}/${name}`)
  const { bos, eos } = tokenizer.special
  const model = new LLM({ ...sizes.config, bos_token_id: bos ?? null, eos_token_id: eos ?? null }, { tokenizer, folder: context.folder })
  const journal = file('metrics.jsonl')
  const events = pretrain(model, train, {
    ...sizesOf(sizes),
    seed,
    tokenizer,
    validation,
    measured,
    prompt,
    every: Math.max(1, Math.min(10, Math.ceil(sizes.steps / 20))),
    checkpoint: { path: file('checkpoint.safetensors'), seconds: 30 },
    journal,
    resume: context.resume,
    signal: context.signal,
  })
  const bar = progress(context.stream, { total: sizes.tokens, label: part ?? 'training' })
  try {
    let meter = { tokens: 0, at: performance.now(), rate: undefined as number | undefined }
    for await (const e of events) {
      meter = metered(meter, e)
      if (e.kind === 'measure') bar.note(said(e))
      else bar.update({ done: e.tokens, fields: { loss: e.loss, ...(meter.rate !== undefined && { 'tok/s': meter.rate }) } })
    }
  } finally {
    bar.done()
  }
  if (context.signal.aborted) return undefined
  if (part === undefined) await saveLLM(model, context.folder, { beside: true })
  const all = await readJournal(journal)
  const held = await spread(validation, mostMeasured, model.context)
  const measure = (m: LLM): Promise<BitsPerByte> => bitsPerByte(m, held, { tokenizer, signal: context.signal })
  const final = await measure(model)
  const fewBits: FewBits[] = []
  // the run's own stands in a folder, from which it is read in few bits as anyone would
  for (const bits of part === undefined ? ([8, 4] as const) : [])
    fewBits.push({ bits, bitsPerByte: (await measure(await loadLLM(context.folder, { bits }))).bitsPerByte })
  return {
    sizes,
    journal: all,
    seconds: Number(all.at(-1)?.seconds ?? 0),
    final,
    fewBits,
    first: seriesOf('', all, 'validation.bitsPerByte', 'measure').points[0]!.value,
    sample: String(all.at(-1)?.sample ?? ''),
  }
}

const sizesOf = (sizes: Dial) => {
  const { steps, batch, atOnce, clip } = sizes
  return { steps, batch, atOnce, length: sizes.context, clip: { norm: clip }, optimizer: dialOptimizer(sizes) }
}

interface Meter {
  readonly tokens: number
  readonly at: number
  readonly rate: number | undefined
}

/** Tokens per second between steps; what a measuring takes does not count. */
function metered({ tokens, at, rate }: Meter, e: PretrainEvent): Meter {
  const now = performance.now()
  if (e.kind === 'measure' || e.tokens === tokens) return { tokens: e.tokens, at: now, rate }
  const found = ((e.tokens - tokens) * 1000) / (now - at)
  return { tokens: e.tokens, at: now, rate: rate === undefined ? found : 0.8 * rate + 0.2 * found }
}

/** A measuring in a line, and what was written. */
function said({ step, validation, sample = '' }: PretrainMeasure): string {
  const found = `after ${step} updates ${validation.bitsPerByte.toFixed(3)} bits per byte of held-out text`
  const written = sample.trim().replace(/\s*\n\s*/g, ' / ')
  return step === 0 || written === '' ? found : `${found}; it writes: ${written}`
}
