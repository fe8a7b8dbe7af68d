/** Direct preference optimisation: a model becomes likelier to give the answers that people preferred, and stays near its reference. */
import { concat } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { LanguageModel } from '../../text/index.js'
import type { EpochEvent, FitEvent, Run } from '../../train/index.js'
import type { Examples } from '../../tune/data/source.js'
import { answerStates, batchOf, type Encoder } from '../data/answers.js'
import { type Making, usedOf } from '../data/feed.js'
import { type Pair, pairOf } from '../data/preferences.js'
import { answerLogs, Reference } from '../data/reference.js'
import { type DpoLossOptions, dpoLoss, dpoLossOptions, settledDpoLoss } from '../losses/direct.js'
import {
  halves,
  lengthDesensitizedSums,
  maskedMean,
  policyWeights,
  rowCounts,
  rowSums,
  tokenLogProbabilities,
} from '../losses/logProbabilities.js'
import { type AlignOptions, alignment, answersIn, type Batch, encoderOf, type Made, type Reported, withoutDropout } from '../training.js'
import { pairMetrics, pairReport } from './report.js'

/** Options of `dpo`: those of its loss and of the run; the defaults are those of TRL 1.13. */
export interface DpoOptions extends AlignOptions, DpoLossOptions {
  /** α: tokens beyond the length of the shorter answer of a pair count that much. Default 1 */
  readonly ldAlpha?: number | undefined
  /** whether pairs count by how likely the policy says them. Default false */
  readonly useWeighting?: boolean | undefined
  /** whether nothing is dropped out. Default true */
  readonly disableDropout?: boolean | undefined
  /** whether the reference is the model as it is given, adapters and all, instead of with its adapters off. Default false; always so where all of the model is trained */
  readonly precomputeRefLogProbs?: boolean | undefined
}

const ownNames = [...dpoLossOptions, 'ldAlpha', 'useWeighting', 'disableDropout', 'precomputeRefLogProbs'] as const

/** How pairs become batches: preferred answers first, the others behind. */
export function pairsMaking(
  called: string,
  size: number,
  how: Encoder,
  more?: (numbers: readonly number[], pairs: readonly Pair[]) => Batch,
): Making<Pair, Made> {
  return {
    called,
    size,
    encode: (where, example) => pairOf(where, example, how),
    lengthOf: ({ chosen, rejected }) =>
      Math.max(chosen.prompt.length + chosen.answer.length, rejected.prompt.length + rejected.answer.length),
    batch: (items) => {
      const pairs = items.map(({ item }) => item)
      const rows = [...pairs.map(({ chosen }) => chosen), ...pairs.map(({ rejected }) => rejected)]
      const numbers = items.map(({ number }) => number)
      return { ...batchOf(rows, how.maxLength), ...more?.(numbers, pairs), size: pairs.length }
    },
  }
}

/**
 * Trains a language model by preferences, without a model of rewards [Rafailov 2023]: see {@link dpoLoss} for the losses. The reference is the model with its adapters off,
 * in the same graph, so that there is no second copy of the base; where all of the model is trained, what the model says of every answer before the first step, so that a run that is
 * resumed is given the model as it was at the start.
 *
 * Examples are `{ prompt, chosen, rejected }`, texts or lists of messages, in a list or in a file that `sft` reads; without a prompt it is what both answers begin with. Pairs whose answers are equal or
 * empty, and prompts that leave no room for an answer, are left out, counted and named (`onData`). It is `fit`: a run with its events, checkpoint, exact resume, journal, validation.
 * Beside the loss it reports rewards/chosen, rewards/rejected, rewards/accuracies, rewards/margins, logps/chosen and logps/rejected as TRL does.
 *
 * Defaults are those of TRL 1.13: β 0.1, sigmoid, adamW at 1e-6 that goes down to 0, 3 epochs, batches of 8, gradients of norm 1 at most, 1024 tokens, nothing dropped out.
 * Throws HebbError, naming file and line, for what is no pair, and where no pair is left.
 *
 * @example
 * lora(model, { rank: 8, targets: 'all-linear' })
 * for await (const { epoch, loss, metrics } of dpo(model, 'pairs.jsonl', { lr: 1e-5 })) console.log(epoch, loss, metrics['rewards/accuracies'])
 */
export function dpo(model: LanguageModel, data: Examples, options: DpoOptions & { readonly every: number }): Run<FitEvent>
export function dpo(model: LanguageModel, data: Examples, options?: DpoOptions): Run<EpochEvent>
export function dpo(model: LanguageModel, data: Examples, options: DpoOptions = {}): Run<FitEvent> {
  const { ldAlpha, useWeighting = false, disableDropout = true, precomputeRefLogProbs = false, ...more } = options
  const lossOptions = Object.fromEntries(
    dpoLossOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as DpoLossOptions
  settledDpoLoss('dpo', lossOptions)
  const rest = Object.fromEntries(Object.entries(more).filter(([name]) => !(ownNames as readonly string[]).includes(name))) as AlignOptions
  const how = encoderOf('dpo', model, options)
  const reference = new Reference('dpo', model, precomputeRefLogProbs)
  const size = options.batchSize ?? 8
  const sums = (logs: Tensor, mask: Tensor): Tensor =>
    ldAlpha === undefined ? rowSums(logs, mask) : lengthDesensitizedSums(logs, mask, ldAlpha)
  const making = (of: Examples, asked = true): Making<Pair, Made> =>
    pairsMaking('dpo', size, how, (numbers) => {
      if (!asked || !reference.beforehand) return {}
      const [chosen, rejected] = reference.kept(of, numbers, 2)
      return { reference: concat([chosen!, rejected!], 0) }
    })
  return alignment(model, data, rest, {
    called: dpo,
    lr: 1e-6,
    making,
    metrics: pairMetrics,
    fields: ['ids', 'at', 'tokens', 'mask', ...(reference.beforehand ? ['reference'] : [])],
    prepare: async (all) => {
      if (!reference.beforehand) return
      for (const one of all)
        await reference.keep(one, inOrder(one, making(one, false)), (batch: Batch) => {
          const rows = answersIn(batch)
          const [chosen, rejected] = halves(sums(answerLogs(model, rows), rows.mask))
          return concat([chosen.reshape([-1, 1]), rejected.reshape([-1, 1])], 1)
        })
    },
    objective: (batch) => (disableDropout ? withoutDropout(model, () => judge(batch)) : judge(batch)),
  })

  function judge(batch: Batch): Reported {
    const rows = answersIn(batch)
    const { mask, tokens } = rows
    const logits = model.logits(answerStates(model, rows))
    const logs = tokenLogProbabilities(logits, tokens)
    const other = batch.reference ?? sums(reference.logs(rows), mask)
    const [chosen, rejected] = halves(sums(logs, mask))
    const [referenceChosen, referenceRejected] = halves(other)
    const [chosenTokens, rejectedTokens] = halves(rowCounts(mask))
    const [ownLogs] = halves(logs)
    const [ownMask] = halves(mask)
    const weights = useWeighting ? halves(policyWeights(logits, logs, mask)) : undefined
    const found = dpoLoss(
      {
        ...{ chosen, rejected, referenceChosen, referenceRejected, chosenTokens, rejectedTokens },
        ...(weights && { weights: weights[0].mul(weights[1]) }),
        chosenSurprise: maskedMean(ownLogs, ownMask).neg(),
      },
      lossOptions,
    )
    return pairReport(found, chosen, rejected)
  }
}

/** Every example that is used, in the order of the data, in batches. */
export async function* inOrder<I extends object>(
  data: Examples,
  making: Making<I, Made>,
): AsyncGenerator<{ readonly batch: Batch; readonly rows: number }, void, undefined> {
  let held: { readonly item: I; readonly number: number }[] = []
  const cut = async (): Promise<{ readonly batch: Batch; readonly rows: number }> => {
    const made = await making.batch(held)
    const rows = held.length
    held = []
    const { size: _, ...batch } = made
    return { batch: batch as Batch, rows }
  }
  for await (const one of usedOf(data, making)) {
    held.push(one)
    if (held.length === making.size) yield await cut()
  }
  if (held.length > 0) yield await cut()
}
