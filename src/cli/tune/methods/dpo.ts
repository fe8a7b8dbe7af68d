/** `hebb tune dpo`: a model becomes likelier to give the answers that people preferred. */
import { dpo, dpoLossTypes } from '../../../align/index.js'
import { choice, positive } from '../../../recipes/index.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const dpoMethod: TuneMethod = defineMethod({
  name: 'dpo',
  summary: 'direct preference optimisation: the model learns which of two answers people preferred',
  rows: 'prompt, chosen and rejected, texts or messages; or chosen and rejected that begin alike',
  options: {
    ...trainingOptions({ lr: 1e-6 }),
    beta: positive(0.1, 'how dearly distance from the reference is paid'),
    loss: choice(dpoLossTypes, 'sigmoid', 'the loss, by its name in TRL'),
    labelSmoothing: positive(0, 'share of pairs whose labels are wrong, for robust, exo_pair and aot', { zero: true, most: 0.99 }),
  },
  start({ model, settings, run, note }) {
    const { data, validation, epochs, batchSize, accumulate, lr, schedule, warmup, weightDecay, clip, maxLength } = settings
    const { beta, loss, labelSmoothing } = settings
    let steps: number | undefined
    const events = dpo(model, data, {
      ...run,
      ...{ epochs, batchSize, accumulate, lr, schedule, warmup, weightDecay, maxLength, beta, lossType: loss, labelSmoothing },
      clip: clip === 0 ? undefined : { norm: clip },
      ...(validation !== '' && { validation }),
      onData: (found) => {
        steps = found.steps
        note(found.text)
      },
    })
    return { events, steps: () => steps, curves: ['rewards/accuracies', 'rewards/margins', 'rewards/chosen', 'rewards/rejected'] }
  },
})
