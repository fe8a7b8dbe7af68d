/** Texts at which writing stops, which may begin in one piece and end in another. */

/** Looks for the first of some texts in pieces one after the other, and holds back what may be the beginning of one. */
export class StopTexts {
  readonly #texts: readonly string[]
  #held = ''

  constructor(texts: readonly string[]) {
    this.#texts = texts
  }

  /** The text that can be given, and whether one of the texts came: what was given ends before it. */
  add(piece: string): { readonly text: string; readonly stopped: boolean } {
    if (this.#texts.length === 0) return { text: piece, stopped: false }
    const all = this.#held + piece
    this.#held = ''
    const at = this.#texts.map((text) => all.indexOf(text)).filter((i) => i >= 0)
    if (at.length > 0) return { text: all.slice(0, Math.min(...at)), stopped: true }
    // the longest end that begins one of the texts
    let from = Math.max(0, all.length - Math.max(...this.#texts.map((text) => text.length - 1)))
    while (from < all.length && !this.#texts.some((text) => text.startsWith(all.slice(from)))) from++
    this.#held = all.slice(from)
    return { text: all.slice(0, from), stopped: false }
  }

  /** What was held back, when nothing comes any more. */
  rest(): string {
    const held = this.#held
    this.#held = ''
    return held
  }
}
