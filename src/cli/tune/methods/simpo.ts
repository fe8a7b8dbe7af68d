/** `hebb tune simpo`: a model becomes likelier to give preferred answers by token, with no reference. */
import { simpo } from '../../../align/index.js'
import { positive } from '../../../recipes/index.js'
import { aligned, pairCurves, pairRows } from '../aligned.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const simpoMethod: TuneMethod = defineMethod({
  name: 'simpo',
  summary: 'simple preference optimisation: preferences by token and with a margin, with no reference',
  rows: pairRows,
  options: {
    ...trainingOptions({ lr: 1e-6 }),
    beta: positive(0.1, 'how much a difference counts; the paper has 2 to 2.5'),
    simpoGamma: positive(0.5, 'the margin by which preferred answers are to lead', { zero: true }),
    cpoAlpha: positive(0, 'how much fine-tuning on preferred answers counts beside it', { zero: true }),
    labelSmoothing: positive(0, 'share of pairs whose labels are wrong', { zero: true, most: 0.99 }),
  },
  start(context) {
    const { data, beta, simpoGamma, cpoAlpha, labelSmoothing } = context.settings
    const own = { beta, simpoGamma, cpoAlpha, labelSmoothing }
    return aligned(context, pairCurves, (options) => simpo(context.model, data, { ...options, ...own }))
  },
})
