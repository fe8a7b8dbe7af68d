/** POST /v1/chat/completions: the next message of a talk. */
import type { ChatMessage } from '../../../chat/index.js'
import { kindOf } from '../../../tensor/options.js'
import { badRequest } from '../apiError.js'
import { Fields } from '../fields.js'
import type { Asked, Service } from '../service.js'
import { answer, type Whole, type Wording } from './answer.js'
import { boundOf } from './bound.js'
import type { Logged } from './logs.js'
import { BeforeCalls, callsOf, type ToolCall, type Tools, toolsOf } from './tools.js'
import { finishReason, wantedOf } from './wanted.js'

/** Answers a talk. */
export async function chatCompletions(service: Service, body: Fields, asked: Asked, log: (error: unknown) => void): Promise<Response> {
  const { model: llm, tokenizer } = service
  const who = service.asked(body)
  if (!llm.chat)
    throw badRequest('messages', `${service.name} has no chat template: ask /v1/completions, or serve a model that was trained to talk`)
  const wanted = wantedOf(body, llm.vocabulary, service.draws)
  const top = body.number('top_logprobs', { least: 0, most: 20, whole: true })
  const logs = body.flag('logprobs') ?? false
  if (top !== undefined && !logs) body.refuse('top_logprobs', 'says how many: set logprobs to true, or leave it out')
  const tokens = body.number('max_completion_tokens', { least: 1, whole: true }) ?? body.number('max_tokens', { least: 1, whole: true })
  const { sources } = llm.chat
  const tools = toolsOf(body, sources.tool_use ?? sources.default ?? '')
  const bound = boundOf(body)
  if (tools?.schema && 'schema' in bound) body.refuse('response_format', 'beside a tool that has to be called: leave one of them out')
  const text = llm.chat.render(messagesOf(body), { addGenerationPrompt: true, tools: tools?.given, variables: variablesOf(body) })
  // a call that has to come is begun for the model
  const begun = tools?.schema ? `${tools.dialect.open}${tools.dialect.open === '<tool_call>' ? '\n' : ''}` : ''
  const prompts = [[...tokenizer.encode(text + begun)]]
  const options = { ...wanted.options, ...(tools?.schema ? { schema: tools.schema } : bound) }
  const parts = {
    who,
    prompts,
    wanted: { ...wanted, options },
    tokens,
    top: logs ? (top ?? 0) : undefined,
    wording: wordingOf(tools, begun),
  }
  return answer(service, parts, asked, log)
}

/** Messages as templates expect them: texts in parts are joined, arguments of calls are objects. */
function messagesOf(body: Fields): ChatMessage[] {
  const messages = body.list('messages') ?? body.refuse('messages', 'is missing: give a list of messages')
  if (messages.length === 0) body.refuse('messages', 'is empty: give at least one message')
  return messages.map((given, i) => {
    const message = Fields.of(given, `messages[${i}]`)
    const role = message.text('role') ?? message.refuse('role', 'is missing: give who says it')
    const calls = message.list('tool_calls')?.map((call, c) => calledOf(Fields.of(call, `messages[${i}].tool_calls[${c}]`)))
    return {
      ...message.json,
      role: role === 'developer' ? 'system' : role,
      content: contentOf(message),
      ...(calls && { tool_calls: calls }),
    }
  })
}

function calledOf(call: Fields): object {
  const named = call.object('function') ?? call.refuse('function', 'is missing: give { name, arguments }')
  const given = named.text('arguments') ?? '{}'
  try {
    return { ...call.json, function: { ...named.json, arguments: JSON.parse(given) as unknown } }
  } catch {
    return named.refuse('arguments', 'is no JSON: give the arguments as they were told')
  }
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

const logprobs = (logs: readonly Logged[] | undefined): object | null => (logs ? { content: logs, refusal: null } : null)

/** What is worded with tools: what was begun for the model belongs to what it says. */
function wordingOf(tools: Tools | undefined, begun: string): Wording {
  const before = new Map<number, BeforeCalls>()
  const saying = (index: number, text: string): string => {
    if (!tools) return text
    const own = before.get(index) ?? new BeforeCalls(tools)
    if (!before.has(index)) own.add(begun)
    before.set(index, own)
    return own.add(text)
  }
  const said = ({ served }: Whole): { readonly content: string; readonly calls: readonly ToolCall[] } =>
    tools ? callsOf(begun + served.text, tools) : { content: served.text, calls: [] }
  const reason = ({ served }: Whole, calls: readonly ToolCall[]): string => (calls.length > 0 ? 'tool_calls' : finishReason(served.why))
  const delta = (index: number, delta: object, logs: readonly Logged[] | undefined): object => ({
    index,
    delta,
    logprobs: logprobs(logs),
    finish_reason: null,
  })
  return {
    prefix: 'chatcmpl-',
    kind: { whole: 'chat.completion', piece: 'chat.completion.chunk' },
    begin: (index) => [delta(index, { role: 'assistant', content: '' }, undefined)],
    piece: (index, text, logs) => {
      const content = saying(index, text)
      return content !== '' || logs ? [delta(index, { content }, logs)] : []
    },
    end: (whole) => {
      const { index, served } = whole
      const { calls } = said(whole)
      const events: object[] = []
      // what was held back and is no call is text
      const rest = calls.length === 0 && tools ? (begun + served.text).slice(before.get(index)?.given ?? 0) : ''
      if (rest !== '') events.push(delta(index, { content: rest }, undefined))
      if (calls.length > 0) events.push(delta(index, { tool_calls: calls.map((call, i) => ({ index: i, ...call })) }, undefined))
      return [...events, { index, delta: {}, logprobs: null, finish_reason: reason(whole, calls) }]
    },
    whole: (whole) => {
      const { content, calls } = said(whole)
      return {
        index: whole.index,
        message: {
          role: 'assistant',
          content: calls.length > 0 && content === '' ? null : content,
          refusal: null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: logprobs(whole.logs),
        finish_reason: reason(whole, calls),
      }
    },
  }
}
