/** A conversation with a model: what was said, how it answers, and the commands that change both. */
import type { ChatMessage, ChatTemplate } from '../../chat/index.js'
import { writeAtomic } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'
import { type GenerateOptions, generate, type LanguageModel } from '../../text/index.js'
import type { Tokenizer } from '../../tokenize/index.js'

/** How answers are written; what is undefined is as the model's generation_config.json has it. */
export interface TalkSettings {
  temperature?: number | undefined
  topK?: number | undefined
  topP?: number | undefined
  /** tokens of an answer at most */
  tokens: number
  seed: number
}

/** What a conversation is with. */
export interface Partner {
  readonly model: LanguageModel
  readonly tokenizer: Tokenizer
  readonly chat: ChatTemplate
}

/** One conversation. */
export class Talk {
  messages: ChatMessage[] = []
  system: string | undefined
  #turns = 0

  constructor(
    readonly partner: Partner,
    readonly settings: TalkSettings,
  ) {}

  /** Forgets what was said; the system's words stay. */
  reset(): void {
    this.messages = []
    this.#turns = 0
  }

  /** Takes the last question and its answer back. */
  undo(): void {
    const at = this.messages.findLastIndex(({ role }) => role === 'user')
    if (at >= 0) this.messages.length = at
  }

  /** All messages, the system's first. */
  get all(): readonly ChatMessage[] {
    return this.system === undefined ? this.messages : [{ role: 'system', content: this.system }, ...this.messages]
  }

  /** Says something, and gives the answer piece by piece. Stopped by the signal, what was said so far is the answer; where it fails, nothing was said. */
  async *say(content: string, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { model, tokenizer, chat } = this.partner
    const before = [...this.messages]
    this.messages.push({ role: 'user', content })
    let answer = ''
    try {
      const prompt = chat.render(this.all, { addGenerationPrompt: true })
      const { seed, ...how } = this.settings
      for await (const { text } of generate(model, prompt, { ...given(how), tokenizer, seed: seed + this.#turns++, signal })) {
        answer += text
        if (text !== '') yield text
      }
    } catch (error) {
      this.messages = before
      throw error
    }
    this.messages.push({ role: 'assistant', content: answer })
  }

  /** Writes the conversation as one line of a .jsonl file, as `hebb tune sft` reads it. */
  async save(path: string): Promise<void> {
    if (this.messages.length === 0) throw new HebbError('there is nothing to save yet')
    await writeAtomic(path, `${JSON.stringify({ messages: this.all })}\n`)
  }
}

/** Options without those that are undefined. */
const given = (settings: Omit<TalkSettings, 'seed'>): GenerateOptions =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
