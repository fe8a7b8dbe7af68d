/** A row of a data file as methods of tuning read it: fields by name, messages in one form whatever the file's. */
import type { ChatMessage } from '../../chat/chatTemplate.js'
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'

/** An example, and what messages call it. */
export interface Found {
  readonly where: string
  readonly example: unknown
}

/** Fields by name. */
export type Row = Readonly<Record<string, unknown>>

/** Fields that may hold messages, a JSON list of them in a table's cell. */
const talks = ['messages', 'prompt', 'completion', 'chosen', 'rejected', 'conversations']
/** Other fields that are lists or objects, as JSON in a table's cell. */
const lists = ['tools', 'chat_template_kwargs', 'input_ids', 'labels']

/** Whether a value is a list of messages, one at least. */
export const isMessages = (value: unknown): value is readonly ChatMessage[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => typeof one === 'object' && one !== null && typeof (one as Row).role === 'string')

/**
 * A row with its messages as lists of { role, content }: lists that stand as JSON in a text are read, `from` and `value` renamed, `conversations` called
 * `messages`, and fields that are null left out. Throws HebbError, beginning with `where`, for what is no row.
 */
export function rowOf(where: string, example: unknown): Row {
  if (typeof example !== 'object' || example === null || Array.isArray(example))
    throw new HebbError(`${where}: it is ${kindOf(example)}, not an object with messages, prompt and completion, or text`)
  const row: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(example)) {
    if (value === null || value === undefined) continue
    if (talks.includes(name)) row[name === 'conversations' ? 'messages' : name] = talkOf(value)
    else row[name] = lists.includes(name) && typeof value === 'string' ? parsed(where, name, value) : value
  }
  return row
}

function talkOf(value: unknown): unknown {
  const list = typeof value === 'string' && /^\s*\[\s*\{/.test(value) ? tried(value) : value
  return Array.isArray(list) ? list.map(messageOf) : list
}

function messageOf(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return message
  const { from, value, ...rest } = message as Row
  // tables hold every field that any message has, null where it has none
  const own = Object.fromEntries(Object.entries(rest).filter(([, field]) => field !== null && field !== undefined))
  return { ...own, ...(from !== undefined && { role: from }), ...(value !== undefined && { content: value }) }
}

/** The list a text is, or the text, where it only looks like one. */
function tried(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function parsed(where: string, name: string, text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HebbError(`${where}: ${name} is no JSON (${(error as Error).message})`)
  }
}
