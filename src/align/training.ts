/** What every method that learns from examples has: options of a run, defaults, and the objective as something `fit` trains. */
import type { ChatTemplate } from '../chat/chatTemplate.js'
import type { LLM } from '../llm/index.js'
import type { AnyLayer } from '../nn/index.js'
import { initializeAsync } from '../nn/initialize.js'
import { trace } from '../nn/scope.js'
import { adamW } from '../optim/index.js'
import { HebbError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/index.js'
import type { LanguageModel } from '../text/index.js'
import type { PublishedTokenizer, Tokenizer } from '../tokenize/tokenizer.js'
import { type FitEvent, type FitOptions, fit, type Run } from '../train/index.js'
import { runOf } from '../train/run/begun.js'
import type { Examples } from '../tune/data/source.js'
import { plannedRate, type RateOptions } from '../tune/rate.js'
import type { AnswerBatch, Encoder } from './data/answers.js'
import { exampleFeed, type Making, surveyed } from './data/feed.js'
import type { Surveyed } from './data/survey.js'

/** Options of every method that learns from examples: those of `fit`, and how examples become ids. */
export interface AlignOptions extends Omit<FitOptions<Tensor>, 'loss' | 'optimizer' | 'validation' | 'metrics' | 'dropLast'> {
  /** the highest learning rate of the default optimizer, adamW. Default as TRL 1.13 has it for the method */
  readonly lr?: number | undefined
  /** 'linear' to 0 at the end of the run, 'cosine', or 'constant'. Default 'linear' */
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
  /** tokens beyond which prompt and answer are cut at their end. Default 1024, or the model's context where that is less */
  readonly maxLength?: number | undefined
  /** told once, before the first step, what the examples hold, and which are left out and why. Default: a warning where some are left out */
  onData?(found: Surveyed): void
}

/** Options of the run alone, for `fit`. */
const own = [
  'batchSize',
  'lr',
  'schedule',
  'warmup',
  'weightDecay',
  'optimizer',
  'validation',
  'tokenizer',
  'chat',
  'maxLength',
  'onData',
] as const

/** How texts become ids for a model. Throws HebbError where there is no tokenizer, and for a length that is none. */
export function encoderOf(called: string, model: LanguageModel, options: Pick<AlignOptions, 'tokenizer' | 'chat' | 'maxLength'>): Encoder {
  const llm = model as Partial<Pick<LLM, 'tokenizer' | 'chat'>>
  const tokenizer = options.tokenizer ?? llm.tokenizer
  if (!tokenizer) throw new HebbError(`${called}: the model has no tokenizer of its own: give { tokenizer }`)
  const { maxLength = 1024 } = options
  if (!Number.isInteger(maxLength) || maxLength < 2)
    throw new HebbError(`${called}: maxLength ${maxLength}: give a whole number of 2 or more`)
  return { tokenizer, chat: options.chat ?? llm.chat, maxLength: Math.min(maxLength, model.context) }
}

/** Numbers of a batch: the loss, and what is reported beside it by the names of TRL. */
export type Reported = { readonly loss: Tensor } & Readonly<Record<string, Tensor>>

/** A batch by field. */
export type Batch = Readonly<Record<string, Tensor>>

/** A batch as a feed gives it: tensors by name, and how many examples it holds. */
export type Made = Readonly<Record<string, Tensor | number>> & { readonly size: number }

/** The answers in a batch. */
export const answersIn = ({ ids, at, tokens, mask }: Batch): AnswerBatch => ({ ids: ids!, at: at!, tokens: tokens!, mask: mask! })

/** Models with an objective of their own in place of `forward`. */
export class Objective<M extends object> {
  readonly model: M
  readonly #of: (batch: Batch) => Reported
  constructor(model: M, of: (batch: Batch) => Reported) {
    this.model = model
    this.#of = of
  }
  forward(batch: Batch): Reported {
    return this.#of(batch)
  }
}

/** What a method is made of. */
export interface Method<I extends object> {
  readonly called: { readonly name: string } & ((...given: never) => unknown)
  readonly lr: number
  /** what is reported, besides the loss */
  readonly metrics: readonly string[]
  readonly fields: readonly string[]
  /** how the examples of one list or file become batches */
  making(data: Examples): Making<I, Made>
  /** done once before the run begins, with the weights as they are given: what the reference says, say */
  prepare?(data: readonly Examples[]): Promise<void>
  objective(batch: Batch): Reported
}

/** The run of a method over examples. */
export function alignment<I extends object>(
  model: AnyLayer & object,
  data: Examples,
  options: AlignOptions,
  method: Method<I>,
): Run<FitEvent> {
  const { called, fields, metrics } = method
  const making = method.making(data)
  const { epochs = 3, accumulate = 1, batchesPerEpoch = Number.POSITIVE_INFINITY, validation, onData } = options
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !(own as readonly string[]).includes(name)))
  async function* events(): AsyncGenerator<FitEvent, void, undefined> {
    await initializeAsync(model)
    const found = await surveyed(data, making, (batches) => epochs * Math.ceil(Math.min(batches, batchesPerEpoch) / accumulate))
    if (onData) onData(found)
    else if (found.used < found.examples) console.warn(`${called.name}: ${found.text}`)
    await method.prepare?.(validation === undefined ? [data] : [data, validation])
    const { lr = method.lr, schedule, warmup, weightDecay = 0 } = options
    const optimizer = options.optimizer ?? adamW({ lr: plannedRate({ lr, schedule, warmup }, () => found.steps), weightDecay })
    const feed = exampleFeed(data, making)
    yield* fit(
      new Objective(model, (batch) => method.objective(batch)) as never,
      feed as never,
      {
        clip: { norm: 1 },
        ...rest,
        every: options.every,
        epochs,
        optimizer,
        inputs: fields,
        target: fields[0]!,
        ...(validation !== undefined && { validation: exampleFeed(validation, method.making(validation)) }),
        loss: (out: Reported) => out.loss,
        metrics: Object.fromEntries(metrics.map((name) => [name, (out: Reported) => out[name]!])),
      } as never,
    ) as AsyncGenerator<FitEvent, void, undefined>
  }
  return runOf(called, events())
}

/** What `f` makes of a model whose dropout drops nothing, as TRL trains by preferences. */
export const withoutDropout = <T>(model: AnyLayer & object, f: () => T): T => trace(model, { training: false }, f).result
