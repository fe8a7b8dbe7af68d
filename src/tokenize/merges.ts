/** Merging pairs of neighbours by rules that were learned: the heart of every byte-pair tokenizer. */
import { Heap } from './heap.js'

/** symbols there can be at most: two of them make one number */
const span = 2 ** 21

/** Two symbols as one number. */
export const pairKey = (a: number, b: number): number => a * span + b

/** The two symbols of a number. */
export const pairOf = (key: number): readonly [number, number] => [Math.floor(key / span), key % span]

/** words longer than this are merged with a queue instead of a look at every pair each time */
const long = 48

/** Symbols on their way, and how many units of text each stands for. */
export interface Run {
  readonly ids: number[]
  readonly lengths: number[]
}

/**
 * Rules for pairs of symbols; the earlier a rule stands, the earlier it is used, and of several places the leftmost [Sennrich 2016].
 * A rule: two symbols, and what they become.
 */
export class Merges {
  readonly #ranks = new Map<number, number>()
  readonly #into: number[] = []

  constructor(rules: Iterable<readonly [a: number, b: number, into: number]>) {
    for (const [a, b, into] of rules) {
      this.#ranks.set(pairKey(a, b), this.#into.length)
      this.#into.push(into)
    }
  }

  /** Merges until no rule is left that fits; changes the run it is given. */
  apply(run: Run): Run {
    if (run.ids.length > long) return this.#applyQueued(run)
    const { ids, lengths } = run
    const ranks: number[] = []
    for (let i = 0; i + 1 < ids.length; i++) ranks.push(this.#rank(ids[i]!, ids[i + 1]!))
    for (;;) {
      let [best, at] = [Number.POSITIVE_INFINITY, -1]
      for (let i = 0; i < ranks.length; i++) if (ranks[i]! < best) [best, at] = [ranks[i]!, i]
      if (at < 0) return run
      ids[at] = this.#into[best]!
      lengths[at]! += lengths[at + 1]!
      ids.splice(at + 1, 1)
      lengths.splice(at + 1, 1)
      ranks.splice(at, 1)
      if (at > 0) ranks[at - 1] = this.#rank(ids[at - 1]!, ids[at]!)
      if (at < ranks.length) ranks[at] = this.#rank(ids[at]!, ids[at + 1]!)
    }
  }

  #rank(a: number, b: number): number {
    return this.#ranks.get(pairKey(a, b)) ?? Number.POSITIVE_INFINITY
  }

  /** As {@link apply}, in O(n log n): symbols in a chain, pairs in a queue, where those that are no more are passed over. */
  #applyQueued({ ids, lengths }: Run): Run {
    const next = ids.map((_, i) => (i + 1 < ids.length ? i + 1 : -1))
    const before = ids.map((_, i) => i - 1)
    const queue = new Heap<readonly [rank: number, at: number]>((a, b) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]))
    const offer = (at: number): void => {
      if (at < 0 || next[at]! < 0) return
      const rank = this.#rank(ids[at]!, ids[next[at]!]!)
      if (rank < Number.POSITIVE_INFINITY) queue.push([rank, at])
    }
    for (let i = 0; i < ids.length; i++) offer(i)
    for (let top = queue.pop(); top; top = queue.pop()) {
      const [rank, at] = top
      const behind = next[at]!
      if (ids[at]! < 0 || behind < 0 || this.#rank(ids[at]!, ids[behind]!) !== rank) continue
      ids[at] = this.#into[rank]!
      lengths[at]! += lengths[behind]!
      ids[behind] = -1
      next[at] = next[behind]!
      if (next[at]! >= 0) before[next[at]!] = at
      offer(before[at]!)
      offer(at)
    }
    const kept = ids.map((_, i) => i).filter((i) => ids[i]! >= 0)
    return { ids: kept.map((i) => ids[i]!), lengths: kept.map((i) => lengths[i]!) }
  }
}
