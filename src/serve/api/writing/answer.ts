/** An answer of several texts: all at once, or piece by piece. */

import type { WrittenText } from '../../../text/decode/writing/writer.js'
import type { Order, Served } from '../../engine/order.js'
import { type Asked, now, type Service, type Who } from '../service.js'
import { eventStream } from './events.js'
import { type Logged, logged } from './logs.js'
import type { Wanted } from './wanted.js'

/** One text of an answer when it is whole. */
export interface Whole {
  readonly index: number
  readonly served: Served
  readonly logs: readonly Logged[] | undefined
}

/** How a way to ask words its answers. */
export interface Wording {
  /** what ids begin with */
  readonly prefix: string
  readonly kind: { readonly whole: string; readonly piece: string }
  /** events before the first token of a text */
  begin(index: number): readonly object[]
  /** events for a piece of text; `logs` are those of its tokens */
  piece(index: number, text: string, logs: readonly Logged[] | undefined): readonly object[]
  /** events behind the last token */
  end(whole: Whole): readonly object[]
  /** a text that comes as a whole */
  whole(whole: Whole): object
}

/** What an answer is made of. */
export interface AnswerParts {
  readonly who: Who
  /** prompts as ids */
  readonly prompts: readonly (readonly number[])[]
  readonly wanted: Wanted
  readonly tokens: number | undefined
  /** how many of the likeliest tokens are told; undefined tells no log p at all */
  readonly top: number | undefined
  readonly wording: Wording
}

/** Usage as OpenAI tells it. */
export const usageOf = (prompts: readonly (readonly number[])[], served: readonly Served[]): object => {
  const prompt = prompts.reduce((sum, { length }) => sum + length, 0)
  const completion = served.reduce((sum, { ids }) => sum + ids.length, 0)
  const reused = served.reduce((sum, one) => sum + one.reused, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: Math.min(prompt, reused) },
  }
}

/** Answers with every sample of every prompt. */
export async function answer(service: Service, parts: AnswerParts, asked: Asked, log: (error: unknown) => void): Promise<Response> {
  const { who, prompts, wanted, wording, top } = parts
  const { samples } = wanted
  const head = (object: string): object => ({ id, object, created, model: who.name })
  const [id, created] = [`${wording.prefix}${crypto.randomUUID().replaceAll('-', '')}`, now()]
  const away = new AbortController()
  const signal = AbortSignal.any([asked.signal, away.signal])
  const logs = Array.from({ length: prompts.length * samples }, (): Logged[] => [])
  let heard: ((index: number, event: WrittenText, own: Logged | undefined) => void) | undefined
  const onToken = (index: number) => (event: WrittenText, scores: Float32Array) => {
    const own = top === undefined ? undefined : logged(service.tokenizer, event.token, event.logProbability, scores, top)
    if (own) logs[index]!.push(own)
    heard?.(index, event, own)
  }
  const orders = prompts.flatMap((prompt, p): Order[] =>
    service.orders(
      prompt,
      { ...wanted, seed: wanted.seed + p },
      { ...asked, signal },
      {
        adapter: who.adapter,
        tokens: parts.tokens,
        logs: top !== undefined,
        onToken: (sample) => onToken(p * samples + sample),
      },
    ),
  )
  const texts = service.engine.writeAll(orders)
  const whole = (served: Served, index: number): Whole => ({ index, served, logs: top === undefined ? undefined : logs[index]! })
  if (!wanted.stream) {
    const all = await Promise.all(texts)
    const choices = all.map((served, index) => wording.whole(whole(served, index)))
    return Response.json({ ...head(wording.kind.whole), choices, usage: usageOf(prompts, all) })
  }
  return eventStream(
    async ({ send }) => {
      const event = (choices: readonly object[]): void =>
        send({ ...head(wording.kind.piece), choices, ...(wanted.usage && { usage: null }) })
      for (let index = 0; index < texts.length; index++) for (const choice of wording.begin(index)) event([choice])
      heard = (index, { text }, own) => {
        if (text !== '' || own) for (const choice of wording.piece(index, text, own && [own])) event([choice])
      }
      const all = await Promise.all(
        texts.map(async (text, index) => {
          const served = await text
          for (const choice of wording.end(whole(served, index))) event([choice])
          return served
        }),
      )
      if (wanted.usage) send({ ...head(wording.kind.piece), choices: [], usage: usageOf(prompts, all) })
    },
    () => away.abort(),
    log,
  )
}
