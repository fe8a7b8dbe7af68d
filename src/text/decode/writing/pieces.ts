/** What is written, piece by piece: a token seldom is a whole piece of text by itself. */
import type { Tokenizer } from '../../../tokenize/tokenizer.js'

/** tokens before the first one that are read with it, as what stands before decides how it is written */
const context = 5

/**
 * The text that each token adds to what stands before. Pieces one after the other are the text of all tokens: a character of several tokens
 * comes whole, with the last of them, and a blank between words with the second.
 */
export class TextPieces {
  readonly #tokenizer: Tokenizer
  readonly #ids: number[]
  /** ids from here on are read again with each new one */
  #from: number
  /** ids whose text has been given */
  #given: number

  constructor(tokenizer: Tokenizer, prompt: readonly number[]) {
    this.#tokenizer = tokenizer
    this.#ids = [...prompt]
    this.#from = Math.max(0, prompt.length - context)
    this.#given = prompt.length
  }

  /** What a token adds; nothing while a character is under way, unless it is the last one. */
  add(id: number, last: boolean): string {
    this.#ids.push(id)
    const text = this.#text(this.#ids.length)
    return text.endsWith('\ufffd') && !last ? '' : this.#give(text)
  }

  /** What was held back. */
  rest(): string {
    return this.#give(this.#text(this.#ids.length))
  }

  #give(text: string): string {
    const before = this.#text(this.#given)
    if (this.#given < this.#ids.length) [this.#from, this.#given] = [this.#given, this.#ids.length]
    return text.slice(before.length)
  }

  #text(end: number): string {
    return this.#tokenizer.decode(this.#ids.slice(this.#from, end))
  }
}
