/** Answers to prompts as ids, and as batches in which each token of an answer knows where it is foretold. */
import type { ChatMessage, ChatTemplate } from '../../chat/chatTemplate.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { kindOf } from '../../tensor/options.js'
import type { LanguageModel } from '../../text/index.js'
import type { PublishedTokenizer, Tokenizer } from '../../tokenize/tokenizer.js'

/** What is said: a text, or messages of a chat. */
export type Said = string | readonly ChatMessage[]

/** How texts become ids. */
export interface Encoder {
  readonly tokenizer: Tokenizer | PublishedTokenizer
  readonly chat: ChatTemplate | undefined
  /** prompt and answer are cut there, at their end */
  readonly maxLength: number
}

/** A prompt and an answer as ids. */
export interface Answer {
  readonly prompt: Int32Array
  readonly answer: Int32Array
}

/** Throws HebbError, beginning with `where`, unless a field is a text or messages. */
export function saidIn(where: string, name: string, value: unknown): Said {
  if (typeof value === 'string') return value
  const isChat = Array.isArray(value) && value.every((m: unknown) => typeof m === 'object' && m !== null && 'role' in m && 'content' in m)
  if (!isChat) throw new HebbError(`${where}: ${name} is ${kindOf(value)}: give a text, or a list of { role, content }`)
  return value as readonly ChatMessage[]
}

/** Whether nothing is said. */
export const isNothing = (said: Said): boolean =>
  (typeof said === 'string' ? said : said.map(({ content }) => String(content ?? '')).join('')).trim() === ''

/** Ids of a text, with what the tokenizer puts before it. */
export const idsOf = (text: string, { tokenizer }: Encoder): Int32Array =>
  'named' in tokenizer ? tokenizer.encode(text, { special: true }) : tokenizer.encode(text)

function rendered(where: string, messages: readonly ChatMessage[], { chat, tokenizer }: Encoder, addGenerationPrompt: boolean): Int32Array {
  if (!chat) throw new HebbError(`${where}: it is a chat, and there is no chat template: give { chat }`)
  return tokenizer.encode(chat.render(messages, { addGenerationPrompt }))
}

/** Ids of a prompt to be answered. Throws HebbError where it is a chat and there is no template. */
export const promptIds = (where: string, prompt: Said, how: Encoder): Int32Array =>
  typeof prompt === 'string' ? idsOf(prompt, how) : rendered(where, prompt, how, true)

/**
 * A prompt and its answer as ids: the answer is what the ids of both have behind those of the prompt. Behind a text comes the tokenizer's `eos`, where it is not
 * there. Throws HebbError where one is a text and the other a chat.
 */
export function answerOf(where: string, prompt: Said, answer: Said, how: Encoder): Answer {
  const before = promptIds(where, prompt, how)
  if (typeof prompt === 'string' && typeof answer === 'string') {
    const { eos } = how.tokenizer.special
    const both = idsOf(prompt + answer, how)
    const whole = eos === undefined || both.at(-1) === eos ? both : Int32Array.of(...both, eos)
    return { prompt: before, answer: whole.subarray(Math.min(before.length, whole.length)) }
  }
  if (typeof prompt === 'string' || typeof answer === 'string')
    throw new HebbError(`${where}: prompt and answer are to be two texts, or two lists of messages`)
  return { prompt: before, answer: rendered(where, [...prompt, ...answer], how, false).subarray(before.length) }
}

/** The prompt that two answers begin with: what both share, as TRL takes it. */
export function sharedPrompt(chosen: Said, rejected: Said): readonly [prompt: Said, chosen: Said, rejected: Said] {
  const same = (i: number): boolean => JSON.stringify(chosen[i]) === JSON.stringify(rejected[i])
  let at = 0
  const shorter = Math.min(chosen.length, rejected.length)
  while (at < shorter && same(at)) at++
  if (at < shorter && chosen[at - 1] === ' ') at--
  if (at === shorter) at = Math.max(0, shorter - 1)
  return [chosen.slice(0, at), chosen.slice(at), rejected.slice(at)] as const
}

/** Answers side by side. */
export interface AnswerBatch {
  readonly [field: string]: Tensor
  /** prompts with their answers, but for the last token (N, T) i32 */
  readonly ids: Tensor
  /** place among all N · T of the token that foretells each of the answer's (N, C) i32 */
  readonly at: Tensor
  /** tokens of answers (N, C) i32 */
  readonly tokens: Tensor
  /** 1 where there is one (N, C) */
  readonly mask: Tensor
}

/** Answers as a batch; what is beyond `most` tokens is cut. What fills up comes behind, where nothing sees it. */
export function batchOf(rows: readonly Answer[], most: number): AnswerBatch {
  const cut = rows.map(({ prompt, answer }) => ({ prompt, answer: answer.subarray(0, Math.max(0, most - prompt.length)) }))
  const T = bucket(Math.max(1, ...cut.map(({ prompt, answer }) => prompt.length + answer.length - 1)), most)
  const C = Math.min(bucket(Math.max(1, ...cut.map(({ answer }) => answer.length)), most), T + 1)
  const N = rows.length
  const [ids, at, tokens, mask] = [new Int32Array(N * T), new Int32Array(N * C), new Int32Array(N * C), new Float32Array(N * C)]
  for (const [n, { prompt, answer }] of cut.entries()) {
    ids.set(Int32Array.of(...prompt, ...answer).subarray(0, T), n * T)
    for (const [c, id] of answer.entries()) {
      const before = prompt.length + c - 1
      // nothing foretells the first token of all
      if (before < 0) continue
      at[n * C + c] = n * T + before
      tokens[n * C + c] = id
      mask[n * C + c] = 1
    }
  }
  const shape = { shape: [N, C] }
  return { ids: tensor(ids, { shape: [N, T] }), at: tensor(at, shape), tokens: tensor(tokens, shape), mask: tensor(mask, shape) }
}

/** What a model makes of the places that foretell answers. Shapes: (N, T), (N, C) → (N, C, D). */
export function answerStates(model: LanguageModel, { ids, at }: Pick<AnswerBatch, 'ids' | 'at'>): Tensor {
  return model.states(ids).reshape([ids.size, -1]).take(at)
}
