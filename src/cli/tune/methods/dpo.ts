/** `hebb tune dpo`: a model becomes likelier to give the answers that people preferred. */
import { dpo, dpoLossTypes } from '../../../align/index.js'
import { choice, positive } from '../../../recipes/index.js'
import { aligned, pairCurves, pairRows } from '../aligned.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const dpoMethod: TuneMethod = defineMethod({
  name: 'dpo',
  summary: 'direct preference optimisation: the model learns which of two answers people preferred',
  rows: pairRows,
  options: {
    ...trainingOptions({ lr: 1e-6 }),
    beta: positive(0.1, 'how dearly distance from the reference is paid'),
    loss: choice(dpoLossTypes, 'sigmoid', 'the loss, by its name in TRL'),
    labelSmoothing: positive(0, 'share of pairs whose labels are wrong, for robust, exo_pair and aot', { zero: true, most: 0.99 }),
  },
  start(context) {
    const { data, beta, loss, labelSmoothing } = context.settings
    return aligned(context, pairCurves, (options) => dpo(context.model, data, { ...options, beta, lossType: loss, labelSmoothing }))
  },
})
