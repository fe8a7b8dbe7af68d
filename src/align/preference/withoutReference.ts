/** Preferences learned with no reference at all: ORPO, CPO and SimPO. */
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/index.js'
import type { LanguageModel } from '../../text/index.js'
import type { EpochEvent, FitEvent, Run } from '../../train/index.js'
import type { Examples } from '../../tune/data/source.js'
import { answerStates, batchOf } from '../data/answers.js'
import { halves, maskedMean, rowCounts, rowSums, tokenLogProbabilities } from '../losses/logProbabilities.js'
import { type CpoLossOptions, cpoLoss, cpoLossOptions, isAveraged, orpoLoss, settledCpoLoss } from '../losses/withoutReference.js'
import { type AlignOptions, alignment, answersIn, type Batch, encoderOf, type Reported, withoutDropout } from '../training.js'
import { pairsMaking } from './dpo.js'
import { pairMetrics, pairReport } from './report.js'

/** Options of `orpo`; the defaults are those of TRL 1.13. */
export interface OrpoOptions extends AlignOptions {
  /** how much the odds count beside fine-tuning, λ in the paper. Default 0.1 */
  readonly beta?: number | undefined
  /** whether nothing is dropped out. Default true */
  readonly disableDropout?: boolean | undefined
}

/**
 * Fine-tunes a language model on preferred answers and makes the others unlikelier in the same steps, with no reference [Hong 2024]: see {@link orpoLoss}. Fine-tuning is over
 * prompts and preferred answers, as in TRL.
 *
 * Examples, what is left out, the run and its defaults are those of {@link dpo}; so are the reports, where rewards are β times the mean log p of a token, and logps that mean; beside them
 * nll_loss, log_odds_chosen and log_odds_ratio. Throws HebbError as `dpo` does, and for a `beta` below 0.
 *
 * @example
 * for await (const { epoch, loss, metrics } of orpo(model, 'pairs.jsonl', { lr: 1e-5 })) console.log(epoch, loss, metrics['log_odds_chosen'])
 */
export function orpo(model: LanguageModel, data: Examples, options: OrpoOptions & { readonly every: number }): Run<FitEvent>
export function orpo(model: LanguageModel, data: Examples, options?: OrpoOptions): Run<EpochEvent>
export function orpo(model: LanguageModel, data: Examples, options: OrpoOptions = {}): Run<FitEvent> {
  const { beta = 0.1, disableDropout = true, ...rest } = options
  if (!(beta >= 0)) throw new HebbError(`orpo: beta ${beta}: give a number of 0 or more`)
  const how = encoderOf('orpo', model, options)
  return alignment(model, data, rest, {
    called: orpo,
    lr: 1e-6,
    making: () =>
      pairsMaking('orpo', options.batchSize ?? 8, how, (_, pairs) => {
        // prompts are learned too: every token of a row is foretold
        const rows = [...pairs.map(({ chosen }) => chosen), ...pairs.map(({ rejected }) => rejected)]
        const nothing = new Int32Array(0)
        const every = batchOf(
          rows.map(({ prompt, answer }) => ({ prompt: nothing, answer: Int32Array.of(...prompt, ...answer) })),
          how.maxLength,
        )
        return { everyAt: every.at, everyToken: every.tokens, everyMask: every.mask }
      }),
    metrics: [...pairMetrics, 'nll_loss', 'log_odds_ratio', 'log_odds_chosen'],
    fields: ['ids', 'at', 'tokens', 'mask', 'everyAt', 'everyToken', 'everyMask'],
    objective: (batch) => (disableDropout ? withoutDropout(model, () => judge(batch)) : judge(batch)),
  })

  function judge(batch: Batch): Reported {
    const { ids, at, tokens, mask } = answersIn(batch)
    const [places, everyToken, everyMask] = [batch.everyAt!, batch.everyToken!, batch.everyMask!].map((x) => halves(x)[0]) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const states = model.states(ids).reshape([ids.size, -1])
    const logs = tokenLogProbabilities(model.logits(states.take(places)), everyToken)
    const [starts, rejectedAt] = halves(at)
    const answers = everyMask.mul(places.greaterEqual(starts.slice([null, [0, 1]])).cast('f32'))
    const [, rejectedTokens] = halves(tokens)
    const [, rejectedMask] = halves(mask)
    const rejectedLogs = tokenLogProbabilities(model.logits(states.take(rejectedAt)), rejectedTokens)
    const chosen = rowSums(logs, answers).div(rowCounts(answers))
    const rejected = rowSums(rejectedLogs, rejectedMask).div(rowCounts(rejectedMask))
    const surprise = maskedMean(logs, everyMask).neg()
    const found = orpoLoss({ chosen, rejected, surprise }, { beta })
    return {
      ...pairReport(found, chosen, rejected),
      nll_loss: surprise,
      log_odds_ratio: found.logOdds.logSigmoid().mean(),
      log_odds_chosen: found.logOdds.mean(),
    }
  }
}

/** Options of `cpo` and `simpo`: those of the loss and of the run; the defaults are those of TRL 1.13. */
export interface CpoOptions extends AlignOptions, CpoLossOptions {
  /** whether nothing is dropped out. Default true */
  readonly disableDropout?: boolean | undefined
}

/**
 * Trains a language model by preferences and on the preferred answers at once, with no reference [Xu 2024]: see {@link cpoLoss}.
 *
 * Examples, what is left out, the run, its defaults and reports are those of {@link dpo}, and beside them nll_loss, −log p of the preferred answers by token.
 * Throws HebbError as `dpo` does, and for options of the loss that mean nothing.
 *
 * @example
 * for await (const { epoch, loss } of cpo(model, 'pairs.jsonl', { lossType: 'hinge' })) console.log(epoch, loss)
 */
export function cpo(model: LanguageModel, data: Examples, options: CpoOptions & { readonly every: number }): Run<FitEvent>
export function cpo(model: LanguageModel, data: Examples, options?: CpoOptions): Run<EpochEvent>
export function cpo(model: LanguageModel, data: Examples, options: CpoOptions = {}): Run<FitEvent> {
  return contrast(cpo, model, data, options)
}

/** Options of `simpo`: those of `cpo`, whose loss is given. */
export type SimpoOptions = Omit<CpoOptions, 'lossType'>

/**
 * SimPO [Meng 2024]: what counts is the mean log p of a token, so that long answers are not favoured, and the preferred answer is to lead by a margin γ. It is `cpo` with `lossType` 'simpo', and with
 * `cpoAlpha` 0 where nothing else is said. β 0.1 and γ 0.5 are TRL's; the paper's own are β 2 to 2.5 and γ about half of that.
 *
 * @example
 * for await (const { epoch, loss } of simpo(model, 'pairs.jsonl', { beta: 2, simpoGamma: 1 })) console.log(epoch, loss)
 */
export function simpo(model: LanguageModel, data: Examples, options: SimpoOptions & { readonly every: number }): Run<FitEvent>
export function simpo(model: LanguageModel, data: Examples, options?: SimpoOptions): Run<EpochEvent>
export function simpo(model: LanguageModel, data: Examples, options: SimpoOptions = {}): Run<FitEvent> {
  return contrast(simpo, model, data, { cpoAlpha: 0, ...options, lossType: 'simpo' })
}

function contrast(called: typeof cpo | typeof simpo, model: LanguageModel, data: Examples, options: CpoOptions): Run<FitEvent> {
  const { disableDropout = true, ...more } = options
  const isOfLoss = ([name]: readonly [string, unknown]): boolean => (cpoLossOptions as readonly string[]).includes(name)
  const lossOptions = Object.fromEntries(Object.entries(more).filter(isOfLoss)) as CpoLossOptions
  const rest = Object.fromEntries(Object.entries(more).filter((one) => !isOfLoss(one))) as AlignOptions
  settledCpoLoss(called.name, lossOptions)
  const how = encoderOf(called.name, model, options)
  return alignment(model, data, rest, {
    called,
    lr: 1e-6,
    making: () => pairsMaking(called.name, options.batchSize ?? 8, how),
    metrics: [...pairMetrics, 'nll_loss'],
    fields: ['ids', 'at', 'tokens', 'mask'],
    objective: (batch) => (disableDropout ? withoutDropout(model, () => judge(batch)) : judge(batch)),
  })

  function judge(batch: Batch): Reported {
    const rows = answersIn(batch)
    const { mask, tokens } = rows
    const logs = tokenLogProbabilities(model.logits(answerStates(model, rows)), tokens)
    const sums = rowSums(logs, mask)
    const [chosen, rejected] = halves(isAveraged(lossOptions.lossType) ? sums.div(rowCounts(mask)) : sums)
    const surprise = maskedMean(halves(logs)[0], halves(mask)[0]).neg()
    return { ...pairReport(cpoLoss({ chosen, rejected, surprise }, lossOptions), chosen, rejected), nll_loss: surprise }
  }
}
