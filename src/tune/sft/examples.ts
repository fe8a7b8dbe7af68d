/** Examples of fine-tuning as ids, and which of them are learned: chats, prompts with completions, plain texts, ids as they are. */
import type { ChatMessage, ChatOptions, ChatTemplate } from '../../chat/chatTemplate.js'
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import type { PublishedTokenizer, Tokenizer } from '../../tokenize/tokenizer.js'
import { isMessages, type Row, rowOf } from '../data/row.js'

/** One example: a chat, a prompt (a text, or messages) with its completion, a text, or ids; whatever else it holds is left alone, but for `tools`. */
export type Example =
  | { readonly messages: readonly ChatMessage[]; readonly tools?: readonly unknown[] | undefined }
  | { readonly prompt: string; readonly completion: string }
  | {
      readonly prompt: readonly ChatMessage[]
      readonly completion: readonly ChatMessage[]
      readonly tools?: readonly unknown[] | undefined
    }
  | { readonly text: string }
  | { readonly input_ids: readonly number[]; readonly labels?: readonly number[] | undefined }

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
  /** ids there are, V */
  readonly vocabulary: number
}

/** Whether anything of it is learned: the first token has nothing before it to be said after. */
export const teaches = ({ learned }: Encoded): boolean => learned.includes(1, 1)

type Whole = Pick<Encoded, 'ids' | 'learned'>

/** An example as ids. Throws HebbError, beginning with `where`, for what is no example, and for one of which nothing is learned whatever its length. */
export function encoded(where: string, example: unknown, how: Encoder): Encoded {
  const { ids, learned } = wholeOf(where, rowOf(where, example), how)
  const greatest = ids.reduce((most, id) => Math.max(most, id), 0)
  if (greatest >= how.vocabulary)
    throw new HebbError(`${where}: it becomes token ${greatest}, and the model has ${how.vocabulary}: the tokenizer is another model's`)
  if (!learned.includes(1, 1))
    throw new HebbError(
      `${where}: nothing in it is learned: it has ${ids.length} tokens, and none of an answer behind the first; leave it out, or learn all of it with answersOnly: false`,
    )
  return { where, whole: ids.length, ids: ids.subarray(0, how.maxLength), learned: learned.subarray(0, how.maxLength) }
}

function wholeOf(where: string, row: Row, how: Encoder): Whole {
  const { messages, prompt, completion, text, input_ids } = row
  if (input_ids !== undefined) return givenIds(where, row)
  if (messages !== undefined) {
    if (!isMessages(messages)) throw new HebbError(`${where}: messages is ${shown(messages)}: give a list of { role, content }`)
    return chatOf(where, messages, chatIn(where, how), optionsOf(where, row), how)
  }
  if (isMessages(prompt) && isMessages(completion)) return answerOf(where, prompt, completion, optionsOf(where, row), how)
  if (typeof prompt === 'string' && typeof completion === 'string') {
    const ids = ended(special(prompt + completion, how), how.tokenizer)
    return { ids, learned: from(ids, how.answersOnly ? special(prompt, how).length : 0) }
  }
  if (typeof text === 'string') {
    const ids = ended(special(text, how), how.tokenizer)
    return { ids, learned: from(ids, 0) }
  }
  const fields = Object.keys(row).join(', ')
  throw new HebbError(
    prompt !== undefined && completion !== undefined
      ? `${where}: prompt is ${shown(prompt)} and completion ${shown(completion)}: give two texts, or two lists of { role, content }`
      : `${where}: it has ${fields || 'no fields'}: give messages, prompt and completion, or text`,
  )
}

const shown = (value: unknown): string => (Array.isArray(value) && value.length === 0 ? 'an empty list' : kindOf(value))

/** All from a place on. */
const from = (ids: Int32Array, place: number): Uint8Array => Uint8Array.from(ids, (_, i) => (i >= place ? 1 : 0))

/** A text with the special tokens that the tokenizer puts around one. */
const special = (said: string, { tokenizer }: Encoder): Int32Array =>
  'named' in tokenizer ? tokenizer.encode(said, { special: true }) : tokenizer.encode(said)

/** Ids with the end of a text behind them, where it is not there. */
function ended(ids: Int32Array, { special: { eos } }: Tokenizer): Int32Array {
  return eos === undefined || ids.at(-1) === eos ? ids : Int32Array.of(...ids, eos)
}

function givenIds(where: string, { input_ids: ids, labels = ids }: Row): Whole {
  const isList = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((id) => Number.isInteger(id))
  if (!isList(ids) || !isList(labels) || ids.length !== labels.length || ids.some((id) => id < 0))
    throw new HebbError(`${where}: input_ids and labels are lists of whole numbers, one label for each id`)
  return { ids: Int32Array.from(ids), learned: Uint8Array.from(labels, (label) => (label >= 0 ? 1 : 0)) }
}

function chatIn(where: string, { chat }: Encoder): ChatTemplate {
  if (!chat) throw new HebbError(`${where}: it is a chat, and there is no chat template: give { chat }, or a model that has one`)
  return chat
}

/** What a row says to the template: its tools, and names of its own. */
function optionsOf(where: string, { tools, chat_template_kwargs: variables }: Row): ChatOptions {
  if (tools !== undefined && !Array.isArray(tools)) throw new HebbError(`${where}: tools is ${kindOf(tools)}: give a list of JSON schemas`)
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables)))
    throw new HebbError(`${where}: chat_template_kwargs is ${kindOf(variables)}: give an object`)
  return { tools: tools as readonly unknown[] | undefined, variables: variables as ChatOptions['variables'] }
}

/** Runs what a template may refuse, with the example's place in front of what it says. */
function told<T>(where: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof HebbError) throw new HebbError(`${where}: ${error.message}`, { cause: error })
    throw error
  }
}

/** Messages, of which the last ones are learned, all that is said from where the prompt asks for them on. */
function answerOf(
  where: string,
  prompt: readonly ChatMessage[],
  completion: readonly ChatMessage[],
  options: ChatOptions,
  how: Encoder,
): Whole {
  const chat = chatIn(where, how)
  return told(where, () => {
    const ids = how.tokenizer.encode(chat.render([...prompt, ...completion], options))
    const asked = how.answersOnly ? how.tokenizer.encode(chat.render(prompt, { ...options, addGenerationPrompt: true })).length : 0
    return { ids, learned: from(ids, asked) }
  })
}

function chatOf(where: string, messages: readonly ChatMessage[], chat: ChatTemplate, options: ChatOptions, how: Encoder): Whole {
  const { tokenizer, answersOnly } = how
  return told(where, () => {
    if (!answersOnly) {
      const ids = tokenizer.encode(chat.render(messages, options))
      return { ids, learned: from(ids, 0) }
    }
    if (!('encodeWithPlaces' in tokenizer))
      throw new HebbError(
        "the tokenizer does not say where its tokens stand in a text, by which the assistant's are found: give a published one, or { answersOnly: false }",
      )
    const { text, spans } = chat.mark(messages, options)
    const { ids, starts, ends } = tokenizer.encodeWithPlaces(text)
    const said = (i: number): boolean => ends[i]! > starts[i]! && spans.some(([first, end]) => ends[i]! > first && starts[i]! < end)
    return { ids, learned: Uint8Array.from(ids, (_, i) => (said(i) ? 1 : 0)) }
  })
}
