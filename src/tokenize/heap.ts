/** A queue that gives the least first. */

/** Items in a binary heap, ordered by `less`. */
export class Heap<T> {
  readonly #items: T[]
  readonly #less: (a: T, b: T) => boolean

  constructor(less: (a: T, b: T) => boolean, items: Iterable<T> = []) {
    this.#less = less
    this.#items = [...items]
    for (let i = (this.#items.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  push(item: T): void {
    const items = this.#items
    let at = items.length
    items.push(item)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!this.#less(item, items[above]!)) break
      items[at] = items[above]!
      at = above
    }
    items[at] = item
  }

  /** The least of all, taken out; undefined when there is none. */
  pop(): T | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (last !== undefined && this.#items.length > 0) {
      this.#items[0] = last
      this.#sink(0)
    }
    return first
  }

  #sink(start: number): void {
    const items = this.#items
    const item = items[start]!
    let at = start
    for (;;) {
      let below = 2 * at + 1
      if (below >= items.length) break
      if (below + 1 < items.length && this.#less(items[below + 1]!, items[below]!)) below++
      if (!this.#less(items[below]!, item)) break
      items[at] = items[below]!
      at = below
    }
    items[at] = item
  }
}
