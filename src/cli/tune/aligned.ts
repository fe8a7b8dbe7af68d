/** How a trainer of `hebb/align` runs under `hebb tune`: settings as its options, its steps, what it found in the examples. */
import type { AlignOptions } from '../../align/index.js'
import type { Settings } from '../../recipes/index.js'
import type { BaseSettings, TuneContext, TuneRun } from './method.js'
import type { TrainingOptions } from './training.js'

/** What is drawn of pairs beside the loss. */
export const pairCurves = ['rewards/accuracies', 'rewards/margins', 'rewards/chosen', 'rewards/rejected'] as const

/** What rows of pairs hold, in words. */
export const pairRows = 'prompt, chosen and rejected, texts or messages; or chosen and rejected that begin alike'

/** Settings that every trainer takes. */
type Trained = Pick<BaseSettings, 'validation'> &
  Pick<
    Settings<TrainingOptions>,
    'epochs' | 'batchSize' | 'accumulate' | 'lr' | 'schedule' | 'warmup' | 'weightDecay' | 'clip' | 'maxLength'
  >

/** A run of `train`, which gets the options that are every trainer's. */
export function aligned(
  { settings, run, note }: Pick<TuneContext, 'run' | 'note'> & { readonly settings: Trained },
  curves: readonly string[],
  train: (options: AlignOptions & { readonly every: number }) => TuneRun['events'],
): TuneRun {
  const { validation, epochs, batchSize, accumulate, lr, schedule, warmup, weightDecay, clip, maxLength } = settings
  let steps: number | undefined
  const events = train({
    ...run,
    ...{ epochs, batchSize, accumulate, lr, schedule, warmup, weightDecay, maxLength },
    clip: clip === 0 ? undefined : { norm: clip },
    ...(validation !== '' && { validation }),
    onData: (found) => {
      steps = found.steps
      note(found.text)
    },
  })
  return { events, steps: () => steps, curves }
}
