/** What answers: a model, the engine that writes, and what requests are held to. */
import type { LLM } from '../../llm/llm.js'
import { HebbError } from '../../tensor/errors.js'
import { generationOptions } from '../../text/decode/writing/generationConfig.js'
import type { GenerateOptions } from '../../text/decode/writing/options.js'
import { settled } from '../../text/decode/writing/settings.js'
import type { PublishedTokenizer } from '../../tokenize/index.js'
import type { ServedAdapter, ServedAdapters } from '../adapters/adapters.js'
import type { Engine } from '../engine/engine.js'
import type { Order } from '../engine/order.js'
import { ApiError, badRequest } from './apiError.js'
import type { Fields } from './fields.js'
import type { Wanted } from './writing/wanted.js'

/** what of a generation_config.json says how tokens are drawn */
const drawing = ['temperature', 'topK', 'topP', 'minP', 'repetitionPenalty'] as const

/** How a service is. */
export interface ServiceParts {
  readonly model: LLM
  readonly engine: Engine
  readonly adapters: ServedAdapters
  /** what the model is called */
  readonly name: string
  /** tokens of an answer at most where a request does not say */
  readonly tokens: number
  /** milliseconds an answer may take */
  readonly patience: number
}

/** Who is to answer. */
export interface Who {
  readonly name: string
  readonly adapter: ServedAdapter | undefined
}

/** What orders say beside how a model is to write. */
interface Beside {
  readonly adapter: Who['adapter']
  readonly tokens: number | undefined
  readonly logs: boolean
  readonly onToken: (sample: number) => Order['onToken']
}

/** Who asks, and how long: what every handler is given. */
export interface Asked {
  readonly client: string
  readonly signal: AbortSignal
}

/** A model that answers requests. */
export class Service {
  readonly model: LLM
  readonly engine: Engine
  readonly adapters: ServedAdapters
  readonly name: string
  readonly tokenizer: PublishedTokenizer
  /** seconds since 1970 */
  readonly created = now()
  readonly #patience: number
  readonly #tokens: number
  /** how the model draws where a request says nothing: as its generation_config.json has it, else from all tokens as they are likely */
  readonly draws: GenerateOptions

  constructor({ model, engine, adapters, name, tokens, patience }: ServiceParts) {
    if (!model.tokenizer) throw new HebbError(`serve: ${name} has no tokenizer: give a folder with a tokenizer.json`)
    this.model = model
    this.engine = engine
    this.name = name
    this.tokenizer = model.tokenizer
    this.adapters = adapters
    this.#tokens = tokens
    this.#patience = patience
    const said = generationOptions(model.generation ?? {})
    const kept = said.sample === false ? (['repetitionPenalty'] as const) : drawing
    this.draws = { temperature: 1, topK: 0, ...Object.fromEntries(kept.filter((one) => one in said).map((one) => [one, said[one]])) }
  }

  /** Who a body asks for: the model, or one of its adapters. Throws ApiError where there is none of the name. */
  asked(body: Fields): Who {
    const name = body.text('model') ?? body.refuse('model', 'is missing: give the name of a model')
    if (name === this.name) return { name, adapter: undefined }
    const adapter = this.adapters.get(name)
    if (!adapter)
      throw new ApiError(404, `there is no model '${name}': GET /v1/models lists those there are`, {
        param: 'model',
        code: 'model_not_found',
      })
    return { name, adapter }
  }

  /** Orders for texts after one prompt, each with its place among all. */
  orders(
    prompt: readonly number[],
    { options, samples, seed }: Wanted,
    { client, signal }: Asked,
    { adapter, tokens, logs, onToken }: Beside,
  ): Order[] {
    const { context } = this.engine
    if (prompt.length === 0) throw badRequest('prompt', 'the prompt is empty: give at least one token to go on from')
    if (prompt.length > context)
      throw badRequest('messages', `the prompt has ${prompt.length} tokens, the context ${context}: shorten it`, 'context_length_exceeded')
    const room = context + 1 - prompt.length
    const settings = settled(this.model, { ...options, tokens: Math.min(tokens ?? this.#tokens, room) })
    const until = performance.now() + this.#patience
    return Array.from({ length: samples }, (_, sample) => ({
      prompt,
      settings,
      adapter,
      seed,
      sample,
      client,
      signal,
      until,
      logs,
      onToken: onToken(sample),
    }))
  }
}

/** Seconds since 1970. */
export const now = (): number => Math.floor(Date.now() / 1000)
