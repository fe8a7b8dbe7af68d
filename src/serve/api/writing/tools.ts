/** Functions a model may call: how models write calls, as their templates teach it, and how they are told. */
import { badRequest } from '../apiError.js'
import { Fields, type Json } from '../fields.js'

/** A call as OpenAI's interface has it. */
export interface ToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** How a family of models writes calls. */
interface Dialect {
  /** what its templates hold */
  readonly sign: RegExp
  /** what stands before a call, and behind it */
  readonly open: string
  readonly close: string
  /** what it calls the arguments */
  readonly arguments: 'arguments' | 'parameters'
  /** whether the calls stand in one list */
  readonly list: boolean
}

const dialects: readonly Dialect[] = [
  { sign: /<tool_call>/, open: '<tool_call>', close: '</tool_call>', arguments: 'arguments', list: false },
  { sign: /\[TOOL_CALLS\]/, open: '[TOOL_CALLS]', close: '', arguments: 'arguments', list: true },
  { sign: /python_tag|"parameters"/, open: '', close: '', arguments: 'parameters', list: false },
]

/** Tools of a request. */
export interface Tools {
  /** as the template is given them */
  readonly given: readonly Json[]
  readonly dialect: Dialect
  /** what the answer is bound to, where one has to be called */
  readonly schema: unknown
}

/** The tools a body names. Throws ApiError for tools that are none, and where the template knows of none. */
export function toolsOf(body: Fields, template: string): Tools | undefined {
  const list = body.list('tools')
  const choice = body.raw('tool_choice')
  if (!list || list.length === 0 || choice === 'none') {
    if (choice !== undefined && choice !== 'none' && choice !== 'auto')
      body.refuse('tool_choice', 'asks for a call, and there are no tools: give tools')
    return undefined
  }
  const dialect = /\btools\b/.test(template) ? dialects.find(({ sign }) => sign.test(template)) : undefined
  if (!dialect)
    throw badRequest(
      'tools',
      "the model's chat template knows no tools: leave them out, or serve a model that was trained to call functions",
    )
  const functions = list.map((given, i) => {
    const tool = Fields.of(given, `tools[${i}]`)
    if (tool.text('type') !== 'function') tool.refuse('type', "is not 'function': functions alone are known here")
    const named = tool.object('function') ?? tool.refuse('function', 'is missing: give { name, parameters }')
    const name = named.text('name') ?? named.refuse('name', 'is missing')
    return { name, parameters: named.object('parameters')?.json ?? { type: 'object', additionalProperties: true } }
  })
  return { given: list as readonly Json[], dialect, schema: schemaOf(body, functions, dialect) }
}

/** The schema of a call that has to come; undefined where the model decides. */
function schemaOf(body: Fields, functions: readonly { readonly name: string; readonly parameters: Json }[], dialect: Dialect): unknown {
  const choice = body.raw('tool_choice')
  if (choice === undefined || choice === 'auto') return undefined
  let meant = functions
  if (choice !== 'required') {
    const name = body.object('tool_choice')?.object('function')?.text('name')
    meant = functions.filter((one) => one.name === name)
    if (meant.length === 0)
      body.refuse(
        'tool_choice',
        `names ${name === undefined ? 'nothing' : `'${name}'`}: give 'auto', 'none', 'required' or one of the tools`,
      )
  }
  const one = meant.map(({ name, parameters }) => ({
    type: 'object',
    properties: { name: { const: name }, [dialect.arguments]: parameters },
    required: ['name', dialect.arguments],
    additionalProperties: false,
  }))
  const call = one.length === 1 ? one[0] : { anyOf: one }
  return dialect.list ? { type: 'array', items: call, minItems: 1, maxItems: 1 } : call
}

/** What an answer says, and which functions it calls. What begins as a call and is none stays text. */
export function callsOf(text: string, { dialect }: Tools): { readonly content: string; readonly calls: readonly ToolCall[] } {
  const { open, close, list } = dialect
  if (open === '') {
    const calls = parsed(text.trim(), dialect)
    return calls ? { content: '', calls } : { content: text, calls: [] }
  }
  const calls: ToolCall[] = []
  let content = ''
  let at = 0
  for (;;) {
    const from = text.indexOf(open, at)
    if (from < 0) break
    const end = close === '' ? text.length : text.indexOf(close, from)
    const found = parsed(text.slice(from + open.length, end < 0 ? text.length : end).trim(), dialect)
    if (!found) break
    content += text.slice(at, from)
    calls.push(...found)
    at = end < 0 ? text.length : end + close.length
    if (list) break
  }
  content += text.slice(at)
  return { content: calls.length > 0 ? content.trim() : content, calls }
}

function parsed(text: string, dialect: Dialect): ToolCall[] | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const all = Array.isArray(json) ? json : [json]
  const calls = all.map((one): ToolCall | undefined => {
    if (typeof one !== 'object' || one === null) return undefined
    const { name, [dialect.arguments]: given = {} } = one as Json
    if (typeof name !== 'string') return undefined
    const id = `call_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`
    return { id, type: 'function', function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) } }
  })
  return calls.every((call) => call !== undefined) && calls.length > 0 ? calls : undefined
}

/** The text that comes before the first call, as it grows: what may begin one is held back. */
export class BeforeCalls {
  #text = ''
  #given = 0
  readonly #open: string

  constructor({ dialect }: Tools) {
    this.#open = dialect.open
  }

  /** What can be given of the text so far. */
  add(piece: string): string {
    this.#text += piece
    // a call without a sign may begin anywhere a text begins
    const at = this.#open === '' ? (/^\s*[{[]/.test(this.#text) || this.#text.trim() === '' ? 0 : -1) : this.#text.indexOf(this.#open)
    let end = at >= 0 ? at : this.#text.length
    if (at < 0)
      for (let n = Math.min(this.#open.length - 1, end); n > 0; n--)
        if (this.#open.startsWith(this.#text.slice(end - n))) {
          end -= n
          break
        }
    const more = this.#text.slice(this.#given, Math.max(this.#given, end))
    this.#given = Math.max(this.#given, end)
    return more
  }

  /** What was given until now. */
  get given(): number {
    return this.#given
  }
}
