/** KTO: a model learns from answers that are good or bad by themselves, in no pairs. */
import { concat } from '../../ops/index.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import type { LanguageModel } from '../../text/index.js'
import type { EpochEvent, FitEvent, Run } from '../../train/index.js'
import type { Examples } from '../../tune/data/source.js'
import { type Answer, answerStates, batchOf } from '../data/answers.js'
import type { Making } from '../data/feed.js'
import { type Judged, judgedOf } from '../data/judged.js'
import { answerLogs, Reference } from '../data/reference.js'
import { type KtoLossOptions, ktoLoss, ktoLossOptions, settledKtoLoss } from '../losses/kto.js'
import { halves, rowSums, tokenLogProbabilities } from '../losses/logProbabilities.js'
import { type AlignOptions, alignment, answersIn, type Batch, encoderOf, type Made, type Reported, withoutDropout } from '../training.js'
import { inOrder } from './dpo.js'
import { judgedMetrics, judgedReport } from './report.js'

/** Options of `kto`: those of its loss and of the run; the defaults are those of TRL 1.13. */
export interface KtoOptions extends AlignOptions, KtoLossOptions {
  /** whether nothing is dropped out. Default true */
  readonly disableDropout?: boolean | undefined
  /** whether the reference is the model as it is given, adapters and all, instead of with its adapters off. Default false; always so where all of the model is trained */
  readonly precomputeRefLogProbs?: boolean | undefined
}

/** Each answer with the prompt of another: every one goes a place on, the last one to the first. */
const rotated = (items: readonly Judged[]): Answer[] =>
  items.map(({ prompt }, i) => ({ prompt, answer: items[(i - 1 + items.length) % items.length]!.answer }))

/**
 * Trains a language model by answers that are good or bad by themselves [Ethayarajh 2024]: see {@link ktoLoss}. How far the model is from its reference is told by prompts with the answers of
 * others: answers of a batch, each moved on to the next prompt. The reference is that of {@link dpo}; where it is computed beforehand, so are these, from batches in the order of the data, as in TRL.
 *
 * Examples are `{ prompt, completion, label }`, texts or lists of messages, and true or false. What is left out, the run and its defaults are those of `dpo`; a batch of one is left out, as it has no
 * others. Beside the loss it reports kl, and of good and bad answers rewards/chosen, rewards/rejected, rewards/margins, logps/chosen and logps/rejected, over the batches that hold some.
 * Where good and bad are not equally many, `desirableWeight` and `undesirableWeight` make up for it: their products with the numbers of examples are best within 1 and 4/3 of one another.
 * Throws HebbError as `dpo` does, and for a `batchSize` of 1.
 *
 * @example
 * for await (const { epoch, loss, metrics } of kto(model, 'judged.jsonl', { lr: 1e-5 })) console.log(epoch, loss, metrics['rewards/margins'])
 */
export function kto(model: LanguageModel, data: Examples, options: KtoOptions & { readonly every: number }): Run<FitEvent>
export function kto(model: LanguageModel, data: Examples, options?: KtoOptions): Run<EpochEvent>
export function kto(model: LanguageModel, data: Examples, options: KtoOptions = {}): Run<FitEvent> {
  const { disableDropout = true, precomputeRefLogProbs = false, ...more } = options
  const isOfLoss = ([name]: readonly [string, unknown]): boolean => (ktoLossOptions as readonly string[]).includes(name)
  const lossOptions = Object.fromEntries(Object.entries(more).filter(isOfLoss)) as KtoLossOptions
  const rest = Object.fromEntries(Object.entries(more).filter((one) => !isOfLoss(one))) as AlignOptions
  const measures = settledKtoLoss('kto', lossOptions).lossType === 'kto'
  const size = options.batchSize ?? 8
  if (measures && size === 1) throw new HebbError('kto: batchSize 1: an answer is measured by the others of its batch: give 2 or more')
  const how = encoderOf('kto', model, options)
  const reference = new Reference('kto', model, precomputeRefLogProbs)
  const mismatched = new Map<Examples, Answer[]>()

  /** How answers become batches; `given` says which mismatched ones there are, and what the reference says. */
  const making = (
    given: (numbers: readonly number[], items: readonly Judged[]) => { others: readonly Answer[]; more: Batch },
  ): Making<Judged, Made> => ({
    called: 'kto',
    size,
    least: measures ? 2 : 1,
    encode: (at, example) => judgedOf(at, example, how),
    // sorted by length, good and bad answers would be in batches of their own wherever one kind is longer
    lengthOf: () => 0,
    batch: (all) => {
      const items = all.map(({ item }) => item)
      const { others, more: besides } = given(
        all.map(({ number }) => number),
        items,
      )
      const label = tensor(Float32Array.from(items, ({ isGood }) => Number(isGood)))
      return { ...batchOf([...items, ...(measures ? others : [])], how.maxLength), label, ...besides, size: items.length }
    },
  })
  const fromBatch = making((_, items) => ({ others: rotated(items), more: {} }))

  return alignment(model, data, rest, {
    called: kto,
    lr: 1e-6,
    making: (of) =>
      reference.beforehand
        ? making((numbers, items) => {
            const all = mismatched.get(of)!
            const kept = reference.kept(of, numbers, measures ? 2 : 1)
            return { others: items.map((_, i) => all[numbers[i]!]!), more: { reference: concat(kept, 0) } }
          })
        : fromBatch,
    metrics: [...judgedMetrics, 'kl'],
    fields: ['ids', 'at', 'tokens', 'mask', 'label', ...(reference.beforehand ? ['reference'] : [])],
    prepare: async (all) => {
      if (!reference.beforehand) return
      for (const one of all) {
        const others: Answer[] = []
        mismatched.set(one, others)
        const noted = making((_, items) => {
          const found = rotated(items)
          others.push(...found)
          return { others: found, more: {} }
        })
        await reference.keep(one, inOrder(one, noted), ({ label: _, ...batch }: Batch) => {
          const rows = answersIn(batch)
          const sums = rowSums(answerLogs(model, rows), rows.mask)
          return concat(
            (measures ? halves(sums) : [sums]).map((x) => x.reshape([-1, 1])),
            1,
          )
        })
      }
    },
    objective: (batch) => (disableDropout ? withoutDropout(model, () => judge(batch)) : judge(batch)),
  })

  function judge(batch: Batch): Reported {
    const rows = answersIn(batch)
    const { mask, tokens } = rows
    const sums = rowSums(tokenLogProbabilities(model.logits(answerStates(model, rows)), tokens), mask)
    const other = batch.reference ?? rowSums(reference.logs(rows), mask)
    const label = batch.label!
    const parts = (x: Tensor): readonly [Tensor, Tensor | undefined] => (measures ? halves(x) : [x, undefined])
    const [[logs, otherLogs], [before, otherBefore]] = [parts(sums), parts(other)]
    const { loss, kl, rewards } = ktoLoss(
      { logs, reference: before, label, ...(otherLogs && otherBefore && { mismatched: { logs: otherLogs, reference: otherBefore } }) },
      lossOptions,
    )
    return { loss, ...judgedReport(rewards, logs, label), kl }
  }
}
