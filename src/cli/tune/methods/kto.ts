/** `hebb tune kto`: a model learns from answers that are good or bad by themselves. */
import { kto } from '../../../align/index.js'
import { choice, positive } from '../../../recipes/index.js'
import { aligned } from '../aligned.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const ktoMethod: TuneMethod = defineMethod({
  name: 'kto',
  summary: 'Kahneman-Tversky optimisation: the model learns from answers that are good or bad by themselves',
  rows: 'prompt and completion, texts or messages, and label, true or false',
  options: {
    ...trainingOptions({ lr: 1e-6 }),
    beta: positive(0.1, 'how dearly distance from the reference is paid'),
    loss: choice(['kto', 'apo_zero_unpaired'], 'kto', 'the loss, by its name in TRL'),
    desirableWeight: positive(1, 'how much good answers count', { zero: true }),
    undesirableWeight: positive(1, 'how much bad answers count', { zero: true }),
  },
  start(context) {
    const { data, beta, loss, desirableWeight, undesirableWeight } = context.settings
    const own = { beta, lossType: loss, desirableWeight, undesirableWeight }
    const curves = ['rewards/margins', 'rewards/chosen', 'rewards/rejected', 'kl']
    return aligned(context, curves, (options) => kto(context.model, data, { ...options, ...own }))
  },
})
