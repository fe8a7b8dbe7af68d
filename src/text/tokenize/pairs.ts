/** Learning byte-pair merges: the commonest pair of neighbours becomes a symbol of its own, again and again. */

/** A word as symbols, and how often it occurs. */
interface Counted {
  symbols: number[]
  readonly count: number
}

const span = 2 ** 21
const pairKey = (a: number, b: number): number => a * span + b

/** Pairs of neighbours with their counts, and the words they are in. */
class Pairs {
  readonly counts = new Map<number, number>()
  private readonly places = new Map<number, Set<Counted>>()

  add(word: Counted, sign: 1 | -1): void {
    for (let i = 0; i + 1 < word.symbols.length; i++) {
      const key = pairKey(word.symbols[i]!, word.symbols[i + 1]!)
      const left = (this.counts.get(key) ?? 0) + sign * word.count
      if (left > 0) this.counts.set(key, left)
      else this.counts.delete(key)
      if (sign > 0) {
        const places = this.places.get(key) ?? new Set<Counted>()
        this.places.set(key, places.add(word))
      }
    }
  }

  /** The commonest pair, the one of lower symbols among equals; undefined when none comes twice. */
  commonest(): readonly [number, number] | undefined {
    let [best, most] = [-1, 1]
    for (const [key, count] of this.counts) if (count > most || (count === most && most > 1 && key < best)) [best, most] = [key, count]
    return best < 0 ? undefined : [Math.floor(best / span), best % span]
  }

  with(a: number, b: number): readonly Counted[] {
    return [...(this.places.get(pairKey(a, b)) ?? [])]
  }
}

/** A list with each pair (a, b) side by side replaced by one symbol. */
function merged(symbols: readonly number[], a: number, b: number, into: number): number[] {
  const out: number[] = []
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === a && symbols[i + 1] === b) {
      out.push(into)
      i++
    } else out.push(symbols[i]!)
  }
  return out
}

/** Merges that were learned; the n-th makes the symbol first + n. */
export class Merges {
  readonly #ranks: ReadonlyMap<number, number>

  constructor(
    readonly pairs: readonly (readonly [number, number])[],
    readonly first: number,
  ) {
    this.#ranks = new Map(pairs.map(([a, b], n) => [pairKey(a, b), n]))
  }

  /** Symbols with every pair merged that can be, the one learned first of all each time. */
  apply(symbols: readonly number[]): readonly number[] {
    for (let left = symbols; ; ) {
      let best = Number.POSITIVE_INFINITY
      for (let i = 0; i + 1 < left.length; i++) best = Math.min(best, this.#ranks.get(pairKey(left[i]!, left[i + 1]!)) ?? best)
      if (best === Number.POSITIVE_INFINITY) return left
      left = merged(left, ...this.pairs[best]!, this.first + best)
    }
  }
}

/** Up to `most` merges for words given as symbols below `first`; the n-th makes the symbol first + n [Sennrich 2016]. */
export function learnMerges(
  words: Iterable<readonly [readonly number[], number]>,
  first: number,
  most: number,
): (readonly [number, number])[] {
  const pairs = new Pairs()
  for (const [symbols, count] of words) pairs.add({ symbols: [...symbols], count }, 1)
  const merges: (readonly [number, number])[] = []
  while (merges.length < most) {
    const pair = pairs.commonest()
    if (!pair) break
    for (const word of pairs.with(...pair)) {
      const after = merged(word.symbols, ...pair, first + merges.length)
      if (after.length === word.symbols.length) continue
      pairs.add(word, -1)
      word.symbols = after
      pairs.add(word, 1)
    }
    merges.push(pair)
  }
  return merges
}
