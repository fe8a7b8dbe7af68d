/** Chat templates: messages as the one text a model was trained on. */
import { HebbError } from '../tensor/index.js'
import { checkOptions } from '../tensor/options.js'
import { globals } from './jinja/library/globals.js'
import { Rendering, type Span } from './jinja/run.js'
import { parseTemplate } from './jinja/syntax/statements.js'
import type { Body } from './jinja/syntax/tree.js'
import { fromJavaScript, TemplateError, type Value } from './jinja/values/values.js'

/** A message: who says it, what is said, and whatever else the template asks for, as `tool_calls`. */
export interface ChatMessage {
  readonly role: string
  readonly content?: unknown
  readonly [field: string]: unknown
}

/** What a template is given beside the messages. */
export interface ChatOptions {
  /** functions the model may call, as JSON schemas */
  readonly tools?: readonly unknown[] | undefined
  /** texts the model may look into, each with `title` and `text` */
  readonly documents?: readonly unknown[] | undefined
  /** whether the text ends where the assistant begins to speak; default false */
  readonly addGenerationPrompt?: boolean | undefined
  /** whether the text ends within the last message, for the model to go on from there: true for its `content`, or the name of a field; default false */
  readonly continueFinalMessage?: boolean | string | undefined
  /** the name of one of several templates; default `tool_use` where there are tools and there is one, else `default` */
  readonly template?: string | undefined
  /** further names the template asks for, such as `enable_thinking`; they come before special tokens of the same name */
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  /** what `strftime_now` tells; default the time of the call */
  readonly now?: Date | undefined
}

/** A chat as text, and which units of it the assistant says. */
export interface MarkedChat {
  readonly text: string
  /** units `from` up to `to` of the text, in order */
  readonly spans: readonly Span[]
}

const optionNames = ['tools', 'documents', 'addGenerationPrompt', 'continueFinalMessage', 'template', 'variables', 'now'] as const

/** stands behind the message that goes on, to find where it ends */
const mark = 'CONTINUE_FINAL_MESSAGE_TAG '

/**
 * One or several templates in Jinja's language, rendered as Python's transformers 5 renders them: `trim_blocks`, `lstrip_blocks`, loop controls,
 * the tag `generation`, the filter `tojson` without escapes of HTML, and the functions `raise_exception` and `strftime_now`. Whole numbers of
 * JavaScript are Python's int, others float. A template is data: it reaches what it is given and nothing else, and steps, depth, and text are
 * bounded. Throws TemplateError for what is no template, naming the line.
 *
 * @example
 * const chat = new ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
 * chat.render([{ role: 'user', content: 'Hi' }]) // '<user>Hi'
 */
export class ChatTemplate {
  /** the templates by name; a single one is `default` */
  readonly sources: Readonly<Record<string, string>>
  readonly #bodies = new Map<string, Body>()
  readonly #named: Readonly<Record<string, string>>

  /** `named`: names every template may ask for, such as `bos_token`: those of a tokenizer. */
  constructor(sources: string | Readonly<Record<string, string>>, named: Readonly<Record<string, string>> = {}) {
    this.sources = typeof sources === 'string' ? { default: sources } : sources
    this.#named = named
    for (const [name, source] of Object.entries(this.sources)) this.#bodies.set(name, parseTemplate(source))
    if (this.#bodies.size === 0) throw new HebbError('ChatTemplate: there is no template')
  }

  /**
   * The text of a chat. `bos` and other special tokens stand in it where the template puts them: encode it without adding any.
   * Throws TemplateError with the template's own words where it refuses the messages, and for what Python refuses; HebbError for no messages.
   */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): string {
    const { continueFinalMessage = false } = options
    if (continueFinalMessage === false) return this.#render(messages, options).text
    if (options.addGenerationPrompt)
      throw new HebbError(
        'ChatTemplate: continueFinalMessage ends the text within a message, addGenerationPrompt behind it: give one of them',
      )
    const field = continueFinalMessage === true ? 'content' : continueFinalMessage
    const last = messages.at(-1)
    const { message, said } = marked(last, field)
    if (!this.#source(options).source.includes(field))
      throw new HebbError(`ChatTemplate: the last message is to be gone on with in its '${field}', which the template does not know`)
    const { text } = this.#render([...messages.slice(0, -1), message], options)
    const at = text.lastIndexOf(mark.trim())
    if (at < 0 || !text.includes(said.trim()))
      throw new HebbError(
        'ChatTemplate: the last message does not stand in the text as it is: this template does not let it be gone on with',
      )
    return text.startsWith(mark, at) ? text.slice(0, at) : text.slice(0, at).trimEnd()
  }

  /** Whether the template itself marks what the assistant says, by `{% generation %}`. */
  marksGeneration(options: Pick<ChatOptions, 'template' | 'tools'> = {}): boolean {
    return /\{%-?\s*generation\s*-?%\}/.test(this.#source(options).source)
  }

  /**
   * The text of a chat, and what the assistant says in it, what ends its turn included: by the template's `{% generation %}`; where it has none, by
   * rendering the messages up to each of the assistant's with the prompt for it, then with it.
   * Throws HebbError where these texts do not begin one another, as in templates that rewrite earlier messages.
   */
  mark(messages: readonly ChatMessage[], options: ChatOptions = {}): MarkedChat {
    if (options.continueFinalMessage) throw new HebbError('ChatTemplate: a chat that goes on has no marks: leave out continueFinalMessage')
    const whole = this.#render(messages, options)
    if (this.marksGeneration(options)) return whole
    const spans: Span[] = []
    messages.forEach(({ role }, i) => {
      if (role !== 'assistant') return
      const before = this.#prefix(messages, i, true, options, whole.text)
      const behind = this.#prefix(messages, i + 1, false, options, whole.text)
      if (before > behind) throw inconsistent(i)
      spans.push([before, behind])
    })
    return { text: whole.text, spans }
  }

  /** How far a chat reaches in a longer one that begins with it. */
  #prefix(messages: readonly ChatMessage[], count: number, prompt: boolean, options: ChatOptions, whole: string): number {
    if (count === messages.length && !prompt && !options.addGenerationPrompt) return whole.length
    if (count === 0) return this.#openings(messages, options, whole)
    const { text } = this.#render(messages.slice(0, count), { ...options, addGenerationPrompt: prompt })
    if (!whole.startsWith(text)) throw inconsistent(prompt ? count : count - 1)
    return text.length
  }

  /** Where the assistant begins to speak first of all: as far as two chats that differ in what it says are one. */
  #openings(messages: readonly ChatMessage[], options: ChatOptions, whole: string): number {
    const [first, ...rest] = messages
    const { text } = this.#render([{ ...first!, content: `\u0000${String(first!.content ?? '')}` }, ...rest], options)
    const at = text.indexOf('\u0000')
    if (at < 0 || text.slice(0, at) !== whole.slice(0, at)) throw inconsistent(0)
    return at
  }

  #source({ template, tools }: Pick<ChatOptions, 'template' | 'tools'>): { readonly name: string; readonly source: string } {
    const name = template ?? (tools && Object.hasOwn(this.sources, 'tool_use') ? 'tool_use' : 'default')
    if (!Object.hasOwn(this.sources, name))
      throw new HebbError(
        `ChatTemplate: there is no template '${name}', but ${Object.keys(this.sources).join(', ')}: say which by { template }`,
      )
    return { name, source: this.sources[name]! }
  }

  #render(messages: readonly ChatMessage[], options: ChatOptions): MarkedChat {
    checkOptions('ChatTemplate', options, optionNames)
    if (messages.length === 0) throw new HebbError('ChatTemplate: there are no messages: give at least one')
    const { tools, documents, addGenerationPrompt = false, variables = {}, now } = options
    const given = {
      ...this.#named,
      ...variables,
      messages,
      tools: tools ?? null,
      documents: documents ?? null,
      add_generation_prompt: addGenerationPrompt,
    }
    const names = new Map<string, Value>(globals(() => now ?? new Date()))
    for (const [name, value] of Object.entries(given)) if (value !== undefined) names.set(name, fromJavaScript(value, name))
    const rendering = new Rendering()
    try {
      return { text: rendering.render(this.#bodies.get(this.#source(options).name)!, names), spans: rendering.spans }
    } catch (error) {
      if (error instanceof RangeError) throw new TemplateError('the template goes deeper than there is room for')
      throw error
    }
  }
}

const inconsistent = (i: number): HebbError =>
  new HebbError(
    `ChatTemplate: message ${i} is the assistant's, but the text up to it does not begin the whole text: the template rewrites earlier messages. Mark its words in the template by {% generation %} … {% endgeneration %}`,
  )

/** The message with the mark behind what it says, and what it says. */
function marked(message: ChatMessage | undefined, field: string): { readonly message: ChatMessage; readonly said: string } {
  const said = message?.[field]
  if (!message || said === undefined || said === null) throw new HebbError(`ChatTemplate: the last message has no '${field}' to go on with`)
  if (typeof said === 'string') return { message: { ...message, [field]: said + mark }, said }
  const parts = Array.isArray(said) ? (said as readonly { readonly text?: unknown }[]) : []
  const at = parts.findLastIndex((part) => typeof part?.text === 'string')
  if (at < 0) throw new HebbError(`ChatTemplate: the '${field}' of the last message holds no text to go on with`)
  const text = String(parts[at]!.text)
  return { message: { ...message, [field]: parts.map((part, i) => (i === at ? { ...part, text: text + mark } : part)) }, said: text }
}
