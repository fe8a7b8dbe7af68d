/** Texts that wait: who has the fewest under way comes first, and of those who came first. */
import type { Text } from './order.js'

/** A queue that is fair between clients: one that asks for a hundred texts delays another's single one by one text at most. */
export class Waiting {
  #texts: Text[] = []

  get size(): number {
    return this.#texts.length
  }

  add(text: Text): void {
    this.#texts.push(text)
  }

  /** The next one, by how many texts of each client are under way. */
  next(underWay: readonly Text[]): Text | undefined {
    const counts = new Map<string, number>()
    for (const { order } of underWay) counts.set(order.client, (counts.get(order.client) ?? 0) + 1)
    let best: Text | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const text of this.#texts) {
      const count = counts.get(text.order.client) ?? 0
      if (count < fewest) [best, fewest] = [text, count]
    }
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
