/** `hebb tune orpo`: a model is fine-tuned on preferred answers, and becomes unlikelier to give the others. */
import { orpo } from '../../../align/index.js'
import { positive } from '../../../recipes/index.js'
import { aligned, pairCurves, pairRows } from '../aligned.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const orpoMethod: TuneMethod = defineMethod({
  name: 'orpo',
  summary: 'odds ratio preference optimisation: fine-tuning and preferences in one, with no reference',
  rows: pairRows,
  options: { ...trainingOptions({ lr: 1e-6 }), beta: positive(0.1, 'how much the odds count beside fine-tuning', { zero: true }) },
  start(context) {
    const { data, beta } = context.settings
    return aligned(context, [...pairCurves, 'log_odds_chosen', 'nll_loss'], (options) => orpo(context.model, data, { ...options, beta }))
  },
})
