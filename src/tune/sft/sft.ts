/** Supervised fine-tuning: a language model learns to answer as examples do. */

import type { ChatTemplate } from '../../chat/chatTemplate.js'
import type { LLM } from '../../llm/index.js'
import { adamW } from '../../optim/index.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/index.js'
import { isPacking, type LanguageModel, nextTokenCrossEntropy } from '../../text/index.js'
import type { PublishedTokenizer, Tokenizer } from '../../tokenize/tokenizer.js'
import type { EpochEvent, FitEvent, FitOptions, Run } from '../../train/index.js'
import { fit } from '../../train/index.js'
import type { Examples } from '../data/source.js'
import { plannedRate, type RateOptions } from '../rate.js'
import { ignored, sftFeed } from './feed.js'
import type { SftData } from './survey.js'

/** Options of `sft`: those of `fit`, and how examples become ids. */
export interface SftOptions extends Omit<FitOptions<Tensor>, 'loss' | 'optimizer' | 'validation' | 'metrics'> {
  /** the highest learning rate of the default optimizer, adamW. Default 2e-5 */
  readonly lr?: number | undefined
  /** how it goes down: 'linear' to 0 at the end of the run, 'cosine', or 'constant'. Default 'linear' */
  readonly schedule?: RateOptions['schedule']
  /** steps on which it comes up, or below 1 the share of all. Default 0 */
  readonly warmup?: number | undefined
  /** decay of adamW. Default 0 */
  readonly weightDecay?: number | undefined
  /** instead of adamW with these four */
  readonly optimizer?: FitOptions<Tensor>['optimizer'] | undefined
  /** examples measured after each epoch */
  readonly validation?: Examples | undefined
  /** default the model's own */
  readonly tokenizer?: Tokenizer | PublishedTokenizer | undefined
  /** how chats are written as one text. Default the model's own */
  readonly chat?: ChatTemplate | undefined
  /** whether the assistant's words, or the completion, are all that is learned. Default true */
  readonly answersOnly?: boolean | undefined
  /** whether several examples stand in a row of `maxLength` tokens, none of which sees another; a batch then has so many rows. Default false */
  readonly packing?: boolean | undefined
  /** tokens beyond which an example is cut. Default 1024, or the model's context where that is less */
  readonly maxLength?: number | undefined
  /** told once, before the first step, what the examples hold */
  onData?(found: SftData): void
}

/**
 * Trains a language model to say what examples say : mean of −log p(next token) over the assistant's words of a chat (`answersOnly: false`: over all), the completion of a
 * prompt, or all of a text. It is `fit`: a run with its events, checkpoint, exact resume, journal, validation, `accumulate` and `ema`.
 * What is trained is what the model trains: all of it, or with `lora` before the adapters alone, on a base in few bits too (QLoRA).
 *
 * Examples are `{ messages }`, `{ prompt, completion }` (texts, or lists of messages) or `{ text }`, in a list or in a .jsonl, .csv or .parquet file, of which a part is in
 * memory at a time; a chat may have `tools`. Behind a text or a completion comes the tokenizer's `eos`; chats are written by the model's template or `chat`, and their answers
 * found by its `{% generation %}`, or by rendering them bit by bit. An example beyond `maxLength` is cut at its end, and left out where nothing learned is left: both are counted
 * (`onData`). Examples of nearly one length are batched together and padded to 16, 32, 64, … so that few programs are compiled; with `packing` rows are filled with several.
 * They never see one another.
 *
 * Defaults are those of TRL 1.13 (adamW at 2e-5 without decay, down in a straight line to 0, 3 epochs, batches of 8, gradients of norm 1 at most, 1024 tokens), but for chats, of
 * which it learns all. Throws HebbError, naming file and line, row or number, for what is no example, and for one of which nothing is learned whatever its length; all are looked
 * through before the first step.
 *
 * @example
 * lora(model, { targets: 'all-linear' })
 * for await (const { epoch, loss } of sft(model, 'chats.jsonl', { chat, epochs: 2, seed: 0 })) console.log(epoch, loss)
 */
export function sft(model: LanguageModel, data: Examples, options: SftOptions & { readonly every: number }): Run<FitEvent>
export function sft(model: LanguageModel, data: Examples, options?: SftOptions): Run<EpochEvent>
export function sft(model: LanguageModel, data: Examples, options: SftOptions = {}): Run<FitEvent> {
  const {
    answersOnly = true,
    packing = false,
    maxLength = 1024,
    validation,
    batchSize = 8,
    tokenizer: given,
    chat: asked,
    onData,
    ...more
  } = options
  const { lr = 2e-5, schedule, warmup, weightDecay = 0, ...own } = more
  const llm = model as Partial<Pick<LLM, 'tokenizer' | 'chat'>>
  const [tokenizer, chat] = [given ?? llm.tokenizer, asked ?? llm.chat]
  if (!tokenizer) throw new HebbError('sft: the model has no tokenizer of its own: give { tokenizer }')
  if (!Number.isInteger(maxLength) || maxLength < 2) throw new HebbError(`sft: maxLength ${maxLength}: give a whole number of 2 or more`)
  if (packing && !isPacking(model))
    throw new HebbError('sft: packing: the model does not keep packed texts apart: leave packing out, or give one of loadLLM')
  const { context, vocabulary } = model
  const how = { tokenizer, chat, answersOnly, packing, size: batchSize, maxLength: Math.min(maxLength, context), vocabulary }
  const { epochs = 3, accumulate = 1, batchesPerEpoch = Number.POSITIVE_INFINITY } = own
  let steps = 1
  const telling = {
    steps: (batches: number) => epochs * Math.ceil(Math.min(batches, batchesPerEpoch) / accumulate),
    told: (found: SftData) => {
      steps = found.steps
      onData?.(found)
    },
  }
  const rate = plannedRate({ lr, schedule, warmup }, () => steps)
  return fit(model, sftFeed(data, how, telling), {
    clip: { norm: 1 },
    ...own,
    epochs,
    optimizer: own.optimizer ?? adamW({ lr: rate, weightDecay }),
    ...(validation !== undefined && { validation: sftFeed(validation, how) }),
    loss: (logits: Tensor, y: Tensor) => nextTokenCrossEntropy(logits, y, { ignoreIndex: ignored }),
  })
}
