/** POST /v1/completions: a text goes on. */

import type { Fields } from '../fields.js'
import type { Asked, Service } from '../service.js'
import { answer, type Wording } from './answer.js'
import { boundOf } from './bound.js'
import type { Logged } from './logs.js'
import { finishReason, wantedOf } from './wanted.js'

/** prompts of one request at most */
const mostPrompts = 128

/** Answers with what comes after each prompt. */
export function completions(service: Service, body: Fields, asked: Asked, log: (error: unknown) => void): Promise<Response> {
  const { model: llm } = service
  const who = service.asked(body)
  const wanted = wantedOf(body, llm.vocabulary, service.draws)
  const prompts = promptsOf(service, body)
  const top = body.number('logprobs', { least: 0, most: 5, whole: true })
  const tokens = body.number('max_tokens', { least: 0, whole: true }) ?? 16
  const bestOf = body.number('best_of', { least: 1, whole: true }) ?? wanted.samples
  if (bestOf !== wanted.samples) body.refuse('best_of', `is ${bestOf}: give as many as n, ${wanted.samples}, or leave it out`)
  if (body.text('suffix')) body.refuse('suffix', 'is not known here: the model goes on from a prompt alone')
  const echo = body.flag('echo') ?? false
  if (echo && top !== undefined) body.refuse('echo', 'with logprobs is not known here: leave one of them out')
  const before = echo ? prompts.map((ids) => service.tokenizer.decode(ids)) : undefined
  const wording = wordingOf((index) => before?.[Math.floor(index / wanted.samples)] ?? '')
  const options = { ...wanted.options, ...boundOf(body) }
  return answer(service, { who, prompts, wanted: { ...wanted, options }, tokens, top, wording }, asked, log)
}

/** Prompts as ids: a text, ids, or a list of either. */
export function promptsOf(service: Service, body: Fields, field = 'prompt'): number[][] {
  const given = body.raw(field) ?? body.refuse(field, 'is missing: give a text')
  const list = typeof given === 'string' ? [given] : body.list(field)!
  const prompts = list.length > 0 && list.every((one) => typeof one === 'number') ? [list] : list
  if (prompts.length === 0 || prompts.length > mostPrompts) body.refuse(field, `holds ${prompts.length} texts: give 1 to ${mostPrompts}`)
  return prompts.map((one) => {
    if (typeof one === 'string') {
      const ids = [...service.tokenizer.encode(one, { special: true })]
      if (ids.length === 0) body.refuse(field, 'holds an empty text: give at least one token')
      return ids
    }
    const { vocabulary } = service.model
    if (!Array.isArray(one) || one.length === 0 || !one.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary))
      body.refuse(field, `holds what is neither a text nor ids of 0 … ${vocabulary - 1}`)
    return one as number[]
  })
}

function wordingOf(before: (index: number) => string): Wording {
  const choice = (index: number, text: string, logs: readonly Logged[] | undefined, reason: string | null): object => ({
    index,
    text,
    logprobs: logs ? logprobs(logs) : null,
    finish_reason: reason,
  })
  return {
    prefix: 'cmpl-',
    kind: { whole: 'text_completion', piece: 'text_completion' },
    begin: (index) => (before(index) === '' ? [] : [choice(index, before(index), undefined, null)]),
    piece: (index, text, logs) => [choice(index, text, logs, null)],
    end: ({ index, served }) => [choice(index, '', undefined, finishReason(served.why))],
    whole: ({ index, served, logs }) => choice(index, before(index) + served.text, logs, finishReason(served.why)),
  }
}

/** As the older interface has it: columns. */
function logprobs(logs: readonly Logged[]): object {
  let offset = 0
  const offsets = logs.map(({ token }) => {
    const at = offset
    offset += token.length
    return at
  })
  return {
    tokens: logs.map(({ token }) => token),
    token_logprobs: logs.map(({ logprob }) => logprob),
    // of tokens that read alike, as parts of characters do, the likeliest stays
    top_logprobs: logs.map(({ top_logprobs: top }) => Object.fromEntries(top.toReversed().map(({ token, logprob }) => [token, logprob]))),
    text_offset: offsets,
  }
}
