/** Examples of fine-tuning as ids, and which of them are learned: chats, prompts with completions, plain texts. */

import type { ChatMessage, ChatTemplate } from '../../chat/chatTemplate.js'
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import type { PublishedTokenizer, Tokenizer } from '../../tokenize/tokenizer.js'

/** One example: `{ messages }`, `{ prompt, completion }` or `{ text }`; whatever else it holds is left alone. */
export type Example =
  | { readonly messages: readonly ChatMessage[] }
  | { readonly prompt: string; readonly completion: string }
  | { readonly text: string }

/** Ids, and for each whether it is learned to be said. */
export interface Encoded {
  /** what messages call the example */
  readonly where: string
  /** tokens before it was cut */
  readonly whole: number
  readonly ids: Int32Array
  readonly learned: Uint8Array
}

/** How examples become ids. */
export interface Encoder {
  readonly tokenizer: Tokenizer | PublishedTokenizer
  readonly chat: ChatTemplate | undefined
  /** whether of chats the assistant's words alone are learned, and of prompts the completion */
  readonly answersOnly: boolean
  /** longer examples are cut there */
  readonly maxLength: number
}

/** An example as ids. Throws HebbError, beginning with `where`, for what is no example, and for one of which nothing is learned. */
export function encoded(where: string, example: unknown, how: Encoder): Encoded {
  const whole = wholeOf(where, example, how)
  if (!whole.learned.subarray(1).includes(1))
    throw new HebbError(`${where}: nothing in it is learned: it has ${whole.ids.length} tokens, and none of an answer behind the first`)
  return { where, whole: whole.ids.length, ids: whole.ids.subarray(0, how.maxLength), learned: whole.learned.subarray(0, how.maxLength) }
}

type Whole = Pick<Encoded, 'ids' | 'learned'>

function wholeOf(where: string, example: unknown, { tokenizer, chat, answersOnly }: Encoder): Whole {
  if (typeof example !== 'object' || example === null || Array.isArray(example))
    throw new HebbError(`${where}: it is ${kindOf(example)}, not an object with messages, prompt and completion, or text`)
  const { messages, prompt, completion, text } = example as Readonly<Record<string, unknown>>
  if (messages !== undefined) {
    if (!Array.isArray(messages) || messages.length === 0)
      throw new HebbError(`${where}: messages is ${kindOf(messages)}: give a list of { role, content }`)
    if (!chat) throw new HebbError(`${where}: it is a chat, and there is no chat template: give { chat }`)
    return chatOf(where, messages as readonly ChatMessage[], chat, tokenizer, answersOnly)
  }
  const special = (said: string): Int32Array => ('named' in tokenizer ? tokenizer.encode(said, { special: true }) : tokenizer.encode(said))
  if (typeof prompt === 'string' && typeof completion === 'string') {
    const ids = ended(special(prompt + completion), tokenizer)
    const from = answersOnly ? Math.min(special(prompt).length, ids.length) : 0
    return { ids, learned: Uint8Array.from(ids, (_, i) => (i >= from ? 1 : 0)) }
  }
  if (typeof text === 'string') {
    const ids = ended(special(text), tokenizer)
    return { ids, learned: new Uint8Array(ids.length).fill(1) }
  }
  throw new HebbError(
    `${where}: it has ${Object.keys(example).join(', ') || 'no fields'}: give messages, prompt and completion as texts, or text`,
  )
}

/** Ids with the end of a text behind them, where it is not there. */
function ended(ids: Int32Array, { special: { eos } }: Tokenizer): Int32Array {
  return eos === undefined || ids.at(-1) === eos ? ids : Int32Array.of(...ids, eos)
}

function chatOf(
  where: string,
  messages: readonly ChatMessage[],
  chat: ChatTemplate,
  tokenizer: Tokenizer | PublishedTokenizer,
  answersOnly: boolean,
): Whole {
  try {
    if (!answersOnly) {
      const ids = tokenizer.encode(chat.render(messages))
      return { ids, learned: new Uint8Array(ids.length).fill(1) }
    }
    if (!('encodeWithPlaces' in tokenizer))
      throw new HebbError(
        "the tokenizer does not say where its tokens stand in a text, by which the assistant's are found: give a published one, or { answersOnly: false }",
      )
    const { text, spans } = chat.mark(messages)
    const { ids, starts, ends } = tokenizer.encodeWithPlaces(text)
    return {
      ids,
      learned: Uint8Array.from(ids, (_, i) =>
        ends[i]! > starts[i]! && spans.some(([from, to]) => ends[i]! > from && starts[i]! < to) ? 1 : 0,
      ),
    }
  } catch (error) {
    if (error instanceof HebbError) throw new HebbError(`${where}: ${error.message}`)
    throw error
  }
}
