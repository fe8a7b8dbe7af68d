/** How a model is to write, as a request says it: OpenAI's fields as options of `generate`. */
import type { GenerateOptions } from '../../../text/decode/writing/options.js'
import type { Why } from '../../../text/decode/writing/writer.js'
import { badRequest } from '../apiError.js'
import type { Fields } from '../fields.js'

/** What is read of a body for every text that is to be written. */
export interface Wanted {
  readonly options: GenerateOptions
  readonly samples: number
  readonly seed: number
  readonly stream: boolean
  /** whether the last event of a stream tells how many tokens there were */
  readonly usage: boolean
}

/** texts a request may ask for */
const mostSamples = 128

/** The fields that all ways to ask share. */
export function wantedOf(body: Fields, vocabulary: number, draws: GenerateOptions): Wanted {
  const temperature = body.number('temperature', { least: 0, most: 2 })
  const stream = body.flag('stream') ?? false
  const streaming = body.object('stream_options')
  if (streaming && !stream) throw badRequest('stream_options', 'stream_options say how a stream is: set stream to true, or leave them out')
  const options: GenerateOptions = {
    ...draws,
    ...given({
      temperature,
      topP: body.number('top_p', { least: 0, most: 1 }),
      topK: body.number('top_k', { least: 0, whole: true }),
      minP: body.number('min_p', { least: 0, most: 1 }),
      presencePenalty: body.number('presence_penalty', { least: -2, most: 2 }),
      frequencyPenalty: body.number('frequency_penalty', { least: -2, most: 2 }),
      repetitionPenalty: body.number('repetition_penalty', { least: 0.01, most: 100 }),
      bias: biasOf(body, vocabulary),
      stop: stopsOf(body),
    }),
  }
  return {
    options: { ...options, sample: options.temperature !== 0 },
    samples: body.number('n', { least: 1, most: mostSamples, whole: true }) ?? 1,
    seed:
      body.number('seed', { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER, whole: true }) ??
      Math.floor(Math.random() * 2 ** 32),
    stream,
    usage: streaming?.flag('include_usage') ?? false,
  }
}

const given = (options: object): object => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

function biasOf(body: Fields, vocabulary: number): Readonly<Record<number, number>> | undefined {
  const bias = body.object('logit_bias')
  for (const id of Object.keys(bias?.json ?? {})) {
    if (!/^\d+$/.test(id) || Number(id) >= vocabulary) body.refuse('logit_bias', `names ${id}: ids are 0 … ${vocabulary - 1}`)
    bias!.number(id, { least: -100, most: 100 })
  }
  return bias?.json as Readonly<Record<number, number>> | undefined
}

function stopsOf(body: Fields): readonly string[] | undefined {
  const stop = body.raw('stop')
  const stops = typeof stop === 'string' ? [stop] : body.list('stop')
  if (stops && (stops.length > 16 || stops.some((one) => typeof one !== 'string' || one === '')))
    body.refuse('stop', 'holds something else than up to 16 texts: give texts of a character or more')
  return stops as readonly string[] | undefined
}

/** Why a text ended, in OpenAI's words. */
export const finishReason = (why: Why): 'stop' | 'length' => (why === 'eos' || why === 'stop' || why === 'done' ? 'stop' : 'length')
