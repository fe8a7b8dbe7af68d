/** Counting as a language model: the baseline every network has to be held against. */
import { HebbError } from '../tensor/index.js'

/** How likely each token is, by counting what followed the same tokens before. */
export interface NgramModel {
  /** longest run of tokens counted, the predicted one included */
  readonly order: number
  /** mean −log p over the tokens of a text but the first, in nats */
  loss(ids: ArrayLike<number>): number
  /** p(next | the tokens before place `at`) */
  probability(ids: ArrayLike<number>, at: number, next: number): number
}

/** All runs of n tokens as sorted numbers, the last token the lowest digit: what followed a context lies side by side. */
class Runs {
  private readonly keys: Float64Array
  /** how many different runs lie before each place */
  private readonly distinct: Uint32Array

  constructor(
    ids: ArrayLike<number>,
    readonly length: number,
    private readonly base: number,
  ) {
    this.keys = new Float64Array(Math.max(ids.length - length + 1, 0))
    for (let i = 0; i < this.keys.length; i++) this.keys[i] = this.keyOf(ids, i + length)
    this.keys.sort()
    this.distinct = new Uint32Array(this.keys.length + 1)
    for (let i = 0; i < this.keys.length; i++)
      this.distinct[i + 1] = this.distinct[i]! + (i > 0 && this.keys[i] === this.keys[i - 1] ? 0 : 1)
  }

  /** The run that ends before `end`. */
  private keyOf(ids: ArrayLike<number>, end: number): number {
    let key = 0
    for (let i = end - this.length; i < end; i++) key = key * this.base + ids[i]!
    return key
  }

  private place(key: number): number {
    let [low, high] = [0, this.keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }

  /** After the tokens before `at`: how often `next` came, how often anything, and how many different tokens. */
  after(ids: ArrayLike<number>, at: number, next: number): { readonly count: number; readonly total: number; readonly kinds: number } {
    let context = 0
    for (let i = at - this.length + 1; i < at; i++) context = context * this.base + ids[i]!
    context *= this.base
    const [from, to] = [this.place(context), this.place(context + this.base)]
    return {
      count: this.place(context + next + 1) - this.place(context + next),
      total: to - from,
      kinds: this.distinct[to]! - this.distinct[from]!,
    }
  }
}

/**
 * Counts runs of up to `order` tokens. A probability is the share seen after the same order − 1 tokens, mixed with that of the next shorter
 * run by how many different tokens followed it: p = (count + d · p_shorter) / (total + d), d distinct followers [Witten 1991].
 * Throws HebbError for an order below 1, an empty text, or runs of more than 2⁵³ possibilities.
 *
 * @example ngrams(train, { order: 2, vocabulary: 65 }).loss(validation)
 */
export function ngrams(ids: ArrayLike<number>, { order, vocabulary }: { readonly order: number; readonly vocabulary: number }): NgramModel {
  if (!Number.isInteger(order) || order < 1) throw new HebbError(`ngrams: order ${order}: give a whole number of 1 or more`)
  if (ids.length === 0) throw new HebbError('ngrams: the text is empty: there is nothing to count')
  if (vocabulary ** order > Number.MAX_SAFE_INTEGER)
    throw new HebbError(`ngrams: runs of ${order} among ${vocabulary} tokens are too many to number: give a lower order`)
  const runs = Array.from({ length: order }, (_, n) => new Runs(ids, n + 1, vocabulary))
  const probability = (text: ArrayLike<number>, at: number, next: number): number => {
    let p = 1 / vocabulary
    for (const counted of runs) {
      if (counted.length > at + 1) break
      const { count, total, kinds } = counted.after(text, at, next)
      if (total === 0) break
      p = (count + kinds * p) / (total + kinds)
    }
    return p
  }
  return {
    order,
    probability,
    loss(text) {
      if (text.length < 2) throw new HebbError(`ngrams: ${text.length} ids hold nothing to predict: give two or more`)
      let sum = 0
      for (let i = 1; i < text.length; i++) sum -= Math.log(probability(text, i, text[i]!))
      return sum / (text.length - 1)
    },
  }
}
