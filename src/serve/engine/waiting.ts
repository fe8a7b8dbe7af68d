/** Texts that wait: who has the fewest under way comes first, and of those who came first. */
import type { Text } from './order.js'

/** A queue that is fair between clients: one that asks for a hundred texts delays another's single one by one text at most. */
export class Waiting {
  #texts: Text[] = []

  get size(): number {
    return this.#texts.length
  }
  get all(): readonly Text[] {
    return this.#texts
  }

  add(text: Text): void {
    this.#texts.push(text)
  }

  /** A text that was under way and had to make room waits before all others. */
  putBack(text: Text): void {
    this.#texts.unshift(text)
  }

  /** The one that comes next, by how many texts of each client are under way. */
  peek(underWay: readonly Text[]): Text | undefined {
    const counts = new Map<string, number>()
    for (const { order } of underWay) counts.set(order.client, (counts.get(order.client) ?? 0) + 1)
    let best: Text | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const text of this.#texts) {
      // who had begun goes on
      const count = text.began === undefined ? (counts.get(text.order.client) ?? 0) : -1
      if (count < fewest) [best, fewest] = [text, count]
    }
    return best
  }

  /** Takes that one out. */
  next(underWay: readonly Text[]): Text | undefined {
    const best = this.peek(underWay)
    if (best) this.#texts.splice(this.#texts.indexOf(best), 1)
    return best
  }

  /** Takes out all that `leaves` says. */
  take(leaves: (text: Text) => boolean): Text[] {
    const gone = this.#texts.filter(leaves)
    if (gone.length > 0) this.#texts = this.#texts.filter((text) => !gone.includes(text))
    return gone
  }
}
