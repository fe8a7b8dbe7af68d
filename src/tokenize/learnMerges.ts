/** Learning byte-pair merges: the commonest pair of neighbours becomes a symbol of its own, again and again. */
import { inOneGo, type Steps } from '../host/pace.js'
import { Heap } from './heap.js'
import { pairKey, pairOf } from './merges.js'

/** A pair, how often it comes, and the words it was seen in. */
interface Pair {
  readonly key: number
  count: number
  readonly words: Set<number>
}

/** A pair as the queue knows it: the count may be out of date. */
type Offer = readonly [count: number, key: number]

/** Words as symbols, each with how often it comes. */
export type Words = Iterable<readonly [symbols: readonly number[], count: number]>

/** Pairs of symbols, in the order they were learned. */
export type Merged = (readonly [number, number])[]

/** How merges are learned. */
export interface LearnOptions {
  /** symbols below this are there from the start: the n-th merge makes the symbol `first + n` */
  readonly first: number
  /** merges at most */
  readonly most: number
  /** pairs that come less often are left alone; default 2 */
  readonly minCount?: number | undefined
}

/**
 * Merges for words given as symbols, each with how often it comes [Sennrich 2016]. Of pairs that come equally often the one of lower symbols
 * is first, so the result depends on the words and their counts alone. Counts are kept up to date: a merge costs what it changes.
 */
export const learnMerges = (given: Words, options: LearnOptions): Merged => inOneGo(mergeSteps(given, options))

/** The same in steps: words that are noted, and merges. */
export function* mergeSteps(given: Words, { first, most, minCount = 2 }: LearnOptions): Steps<Merged> {
  const words: number[][] = []
  const counts: number[] = []
  const pairs = new Map<number, Pair>()
  const change = (key: number, by: number, word: number): Pair => {
    const pair = pairs.get(key) ?? { key, count: 0, words: new Set() }
    if (pair.words.size === 0) pairs.set(key, pair)
    pair.count += by
    if (by > 0) pair.words.add(word)
    return pair
  }
  for (const [symbols, count] of given) {
    const word = words.push([...symbols]) - 1
    counts.push(count)
    for (let i = 0; i + 1 < symbols.length; i++) change(pairKey(symbols[i]!, symbols[i + 1]!), count, word)
    if (word % 64 === 63) yield
  }
  const queue = new Heap<Offer>(
    (a, b) => a[0] > b[0] || (a[0] === b[0] && a[1] < b[1]),
    Array.from(pairs.values(), ({ count, key }): Offer => [count, key]),
  )
  const merges: (readonly [number, number])[] = []
  while (merges.length < most) {
    yield
    const top = queue.pop()
    if (!top) break
    const [count, key] = top
    const pair = pairs.get(key)
    if (!pair || pair.count <= 0) continue
    if (pair.count !== count) {
      queue.push([pair.count, key])
      continue
    }
    if (count < minCount) break
    const [a, b] = pairOf(key)
    const into = first + merges.length
    merges.push([a, b])
    pairs.delete(key)
    const grown = new Map<number, Pair>()
    for (const word of pair.words) {
      const [symbols, times] = [words[word]!, counts[word]!]
      let to = 0
      for (let i = 0; i < symbols.length; i++) {
        const symbol = symbols[i]!
        if (symbol !== a || symbols[i + 1] !== b) {
          symbols[to++] = symbol
          continue
        }
        // what stands before has perhaps been merged already; what stands behind has not
        if (to > 0) {
          const before = symbols[to - 1]!
          if (pairKey(before, a) !== key) change(pairKey(before, a), -times, word)
          grown.set(pairKey(before, into), change(pairKey(before, into), times, word))
        }
        if (i + 2 < symbols.length) {
          const behind = symbols[i + 2]!
          if (pairKey(b, behind) !== key) change(pairKey(b, behind), -times, word)
          grown.set(pairKey(into, behind), change(pairKey(into, behind), times, word))
        }
        symbols[to++] = into
        i++
      }
      symbols.length = to
    }
    for (const { count, key } of grown.values()) if (count > 0) queue.push([count, key])
  }
  return merges
}
