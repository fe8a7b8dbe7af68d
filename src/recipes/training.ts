/** One training run inside a recipe: progress for people watching, a journal, a checkpoint to go on from. */
import type { Dataset } from '../data/dataset.js'
import { type JournalEvent, readJournal } from '../files/journal.js'
import type { Layer } from '../nn/module.js'
import { numbersIn } from '../report/curves/journal.js'
import { fit } from '../train/fit/fit.js'
import type { FitOptions } from '../train/fit/fitOptions.js'
import { progress } from '../train/progress.js'
import type { RecipeContext } from './recipe.js'

/** Settings of `fit`, and how the run is called. */
export interface TrainingOptions extends Omit<FitOptions, 'checkpoint' | 'journal' | 'resume' | 'signal'> {
  /** which of several runs of a recipe this is; it names the files. Letters, digits and dashes. */
  readonly part?: string | undefined
  /** what one example is, for the rate: `img`; default `examples` */
  readonly unit?: string | undefined
}

/** How a training run went. */
export interface Training {
  /** all its events, from the journal: those before a resume too */
  readonly journal: readonly JournalEvent[]
  /** seconds of training, those before a resume too */
  readonly seconds: number
}

/** The files of a run; those of a part lie in a folder of their own. */
const fileOf = (name: string, part: string | undefined): string => (part === undefined ? name : `parts/${part}/${name}`)

/**
 * Trains a model inside a recipe: a bar with loss, accuracy, rate and time left; events in metrics.jsonl; a checkpoint every 15 s and when
 * asked to stop. A resumed recipe goes on with the part that was under way, and finds those before it done. Undefined when asked to stop.
 */
export async function train(
  context: RecipeContext<unknown>,
  model: Layer,
  data: Dataset<'x' | 'y'>,
  options: TrainingOptions,
): Promise<Training | undefined> {
  const { part, unit = 'examples', ...fitting } = options
  const { epochs = 1, batchSize = 32, batchesPerEpoch = Number.POSITIVE_INFINITY } = fitting
  const perEpoch = Math.min(data.length, batchSize * batchesPerEpoch)
  const { signal, stream, settings } = context
  const journal = context.path(fileOf('metrics.jsonl', part))
  const events = fit(model, data, {
    seed: settings.seed,
    every: 10,
    ...fitting,
    signal,
    journal,
    checkpoint: { path: context.path(fileOf('checkpoint.safetensors', part)), seconds: 15 },
    resume: context.resume,
  })
  const named = (epoch: number): string => `${part === undefined ? '' : `${part}, `}epoch ${epoch}/${epochs}`
  const bar = progress(stream, { total: epochs * perEpoch, label: named(1) })
  const examplesPerSecond = rateMeter()
  try {
    for await (const e of events) {
      const done = e.kind === 'step' ? (e.epoch - 1) * perEpoch + e.examples : e.epoch * perEpoch
      const rate = examplesPerSecond(done, e.kind === 'epoch')
      bar.update({
        done,
        milestone: e.kind === 'epoch',
        label: named(e.epoch),
        fields: rate === undefined ? shownFields(e) : { ...shownFields(e), [`${unit}/s`]: rate },
      })
    }
  } finally {
    bar.done()
  }
  if (signal.aborted) return undefined
  const all = await readJournal(journal)
  return { journal: all, seconds: Number(all.at(-1)?.seconds ?? 0) }
}

/** Examples per second over half a second of training or more, over what there is until then; what an epoch's end takes does not count. */
function rateMeter(): (done: number, epochEnds: boolean) => number | undefined {
  let before: number | undefined
  let [at, examples, ms] = [0, 0, 0]
  let rate: number | undefined
  return (done, epochEnds) => {
    const now = performance.now()
    if (before !== undefined && !epochEnds) {
      examples += done - before
      ms += now - at
      if (rate === undefined || ms > 500) rate = (examples * 1000) / ms
      if (ms > 500) [examples, ms] = [0, 0]
    }
    ;[before, at] = [done, now]
    return rate
  }
}

/** What is neither shown nor drawn: counts of what was done, and how. */
const counters = ['step', 'epoch', 'batch', 'batches', 'examples', 'validation.examples', 'seconds', 'lr', 'counts', 'gradientNorm']

/** The numbers of an event of a run for those who watch, the loss first and then the validation's: where room is short the last ones go. */
export function shownFields(e: object): Record<string, number> {
  const rank = (name: string): number => (name === 'loss' ? 0 : name.startsWith('validation.') ? 1 : 2)
  const numbers = Object.entries(numbersIn(e)).filter(([name]) => !counters.includes(name))
  return Object.fromEntries(numbers.sort(([a], [b]) => rank(a) - rank(b)).map(([name, value]) => [name.replace('.', ' '), value]))
}
