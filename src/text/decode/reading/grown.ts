/** Texts that are others when they grow: what was read of them under another length is read anew. */
import type { CachingLanguageModel } from '../../languageModel.js'

/** What has been read of a text, and under which angles. */
interface Read {
  ids: readonly number[]
  angles: number
}

/** What is to be read of a text so that more of it has been. */
export interface Asked {
  /** the new ids, or all of the text */
  readonly ids: readonly number[]
  /** whether it is all of the text: what was kept is worth nothing */
  readonly again: boolean
  /** how long the text is then */
  readonly whole: number
}

/** The ids of texts, of a model whose angles depend on how long a text is. */
export class Grown<Text extends object> {
  readonly #texts = new Map<Text, Read>()
  readonly #rule: NonNullable<CachingLanguageModel['cache']['stretched']>

  constructor(rule: NonNullable<CachingLanguageModel['cache']['stretched']>) {
    this.#rule = rule
  }

  open(text: Text, like?: Text): void {
    this.#texts.set(text, like ? { ...this.#texts.get(like)! } : { ids: [], angles: 0 })
  }

  close(text: Text): void {
    this.#texts.delete(text)
  }

  rewind(text: Text, length: number): void {
    const read = this.#texts.get(text)!
    read.ids = read.ids.slice(0, length)
  }

  asked(text: Text, ids: readonly number[]): Asked {
    const read = this.#texts.get(text)!
    const whole = read.ids.length + ids.length
    const again = read.ids.length > 0 && read.angles !== this.#anglesOf(whole)
    return { ids: again ? [...read.ids, ...ids] : ids, again, whole }
  }

  /** Notes that a text has been read. */
  done(text: Text, { ids, again, whole }: Asked): void {
    const read = this.#texts.get(text)!
    read.ids = again ? ids : [...read.ids, ...ids]
    read.angles = this.#anglesOf(whole)
  }

  /** Notes that what is kept of a text is worth nothing. */
  spoil(text: Text): void {
    this.#texts.get(text)!.angles = Number.NaN
  }

  /** A number that is another one where the angles are. */
  #anglesOf(length: number): number {
    const { from, always } = this.#rule
    return length <= from ? 0 : always ? length : 1
  }
}
