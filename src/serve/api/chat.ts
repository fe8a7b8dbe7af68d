/** POST /v1/chat/completions: the next message of a talk. */
import type { ChatMessage } from '../../chat/index.js'
import { kindOf } from '../../tensor/options.js'
import { answer, type Whole, type Wording } from './answer.js'
import { badRequest } from './apiError.js'
import { Fields } from './fields.js'
import type { Logged } from './logs.js'
import type { Asked, Service } from './service.js'
import { finishReason, wantedOf } from './writing.js'

/** Answers a talk. */
export async function chatCompletions(service: Service, body: Fields, asked: Asked, log: (error: unknown) => void): Promise<Response> {
  const { model: llm, tokenizer } = service
  const model = service.requireModel(body)
  if (!llm.chat)
    throw badRequest('messages', `${model} has no chat template: ask /v1/completions, or serve a model that was trained to talk`)
  const wanted = wantedOf(body, llm.vocabulary, service.draws)
  const top = body.number('top_logprobs', { least: 0, most: 20, whole: true })
  const logs = body.flag('logprobs') ?? false
  if (top !== undefined && !logs) body.refuse('top_logprobs', 'says how many: set logprobs to true, or leave it out')
  const tokens = body.number('max_completion_tokens', { least: 1, whole: true }) ?? body.number('max_tokens', { least: 1, whole: true })
  const text = llm.chat.render(messagesOf(body), { addGenerationPrompt: true, variables: variablesOf(body) })
  const prompts = [[...tokenizer.encode(text)]]
  const options = { ...wanted.options, ...boundOf(body) }
  const parts = { model, prompts, wanted: { ...wanted, options }, tokens, top: logs ? (top ?? 0) : undefined, wording }
  return answer(service, parts, asked, log)
}

/** Messages as templates expect them: texts in parts are joined. */
function messagesOf(body: Fields): ChatMessage[] {
  const messages = body.list('messages') ?? body.refuse('messages', 'is missing: give a list of messages')
  if (messages.length === 0) body.refuse('messages', 'is empty: give at least one message')
  return messages.map((given, i) => {
    const message = Fields.of(given, `messages[${i}]`)
    const role = message.text('role') ?? message.refuse('role', 'is missing: give who says it')
    return { ...message.json, role: role === 'developer' ? 'system' : role, content: contentOf(message) }
  })
}

function contentOf(message: Fields): string {
  const content = message.raw('content')
  if (content === undefined || typeof content === 'string') return content ?? ''
  const parts = message.list('content')!.map((given, i) => {
    const part = Fields.of(given, `${message.name('content')}[${i}]`)
    const type = part.text('type')
    if (type !== 'text') part.refuse('type', `is ${type === undefined ? kindOf(type) : `'${type}'`}: this model reads text alone`)
    return part.text('text') ?? part.refuse('text', 'is missing: give a text')
  })
  return parts.join('')
}

/** Further names for the template, as `enable_thinking`. */
const variablesOf = (body: Fields): Fields['json'] | undefined => body.object('chat_template_kwargs')?.json

/** What the answer is bound to. */
function boundOf(body: Fields): { readonly schema?: unknown } {
  const format = body.object('response_format')
  const type = format?.choice('type', ['text', 'json_object', 'json_schema'])
  if (!format || type === 'text') return {}
  if (type === 'json_object') return { schema: { type: 'object', additionalProperties: true } }
  if (type !== 'json_schema') format.refuse('type', "is missing: give 'text', 'json_object' or 'json_schema'")
  const named = format.object('json_schema') ?? format.refuse('json_schema', 'is missing: give { name, schema }')
  return { schema: named.raw('schema') ?? named.refuse('schema', 'is missing: give a JSON schema') }
}

const logprobs = (logs: readonly Logged[] | undefined): object | null => (logs ? { content: logs, refusal: null } : null)

const wording: Wording = {
  prefix: 'chatcmpl-',
  kind: { whole: 'chat.completion', piece: 'chat.completion.chunk' },
  begin: (index) => [{ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
  piece: (index, text, logs) => [{ index, delta: { content: text }, logprobs: logprobs(logs), finish_reason: null }],
  end: ({ index, served }: Whole) => [{ index, delta: {}, logprobs: null, finish_reason: finishReason(served.why) }],
  whole: ({ index, served, logs }) => ({
    index,
    message: { role: 'assistant', content: served.text, refusal: null },
    logprobs: logprobs(logs),
    finish_reason: finishReason(served.why),
  }),
}
