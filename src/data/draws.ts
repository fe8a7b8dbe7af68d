/** Chance for what runs beside the tensors: environments, buffers, samplers. Two numbers of state, the same draws everywhere. */
import type { Plain, Saved, Stateful } from '../files/stateful.js'
import { type Key, philox } from '../kernels/philox.js'
import { below, bits, keyBelow, keyOf, normal, permutation } from '../kernels/random.js'
import { HebbError } from '../tensor/errors.js'

/**
 * A stream of draws. The n-th is f(seed, path, n): the same on every machine, whatever other streams draw, and whether draws are asked for one by one or
 * many at once. Its state is the key, made of seed and path, and how many draws were made; what is saved goes on where it was. Give everyone who draws a
 * stream of their own: `draws.child(name)` has a path below, and takes nothing from this one.
 *
 * Philox 4×32-10 [Salmon 2011] with the count as its counter.
 *
 * @example
 * const draws = new Draws(0, 'cart')
 * draws.uniform(-0.05, 0.05)
 * draws.integer(0, 6) // 0 to 5
 * const worlds = Array.from({ length: 8 }, (_, i) => new World(draws.child(i)))
 */
export class Draws implements Stateful {
  #key: Key
  #count = 0

  /** The path is text and whole numbers: what the draws are for. */
  constructor(seed: number, ...path: readonly (string | number)[]) {
    this.#key = keyOf(seed, ...path)
  }

  /** draws made so far */
  get count(): number {
    return this.#count
  }

  /** A stream of its own: that of the same seed and this path with `path` behind it, from its beginning. Ask once and keep it. */
  child(...path: readonly (string | number)[]): Draws {
    const found = new Draws(0)
    found.#key = keyBelow(this.#key, ...path)
    return found
  }

  /** One number, spread evenly over [low, high): [0, 1) unless they are given. Of 2⁵³ equal steps. */
  uniform(low = 0, high = 1): number {
    if (!(high >= low && Number.isFinite(high - low)))
      throw new HebbError(`uniform: from ${low} to ${high}: give finite numbers, the lower one first`)
    const [a, b] = this.#words()
    return low + (high - low) * (((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53)
  }
  /** `n` draws of `uniform()`, each cut to the f32 below it, so that 1 is never reached. */
  uniforms(n: number): Float32Array {
    return lengthened('uniforms', n, Float32Array).map(() => (this.#words()[0] >>> 8) / 2 ** 24)
  }

  /** One normal number [Box 1958], an f32 scaled; mean 0 and standard deviation 1 unless they are given. */
  normal(mean = 0, deviation = 1): number {
    return mean + deviation * normal(this.#key, this.#count++, one)[0]!
  }
  /** `n` draws of `normal()`. */
  normals(n: number): Float32Array {
    return lengthened('normals', n, Float32Array).map(() => this.normal())
  }

  /** One whole number from `low` up to but without `high`, all equally likely [Lemire 2019]. Throws HebbError unless there are 1 to 2³² of them. */
  integer(low: number, high: number): number {
    const range = high - low
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || range < 1 || range > 2 ** 32)
      throw new HebbError(
        `integer: nothing to choose from ${low} up to but without ${high}: give whole numbers, low < high, at most 2^32 apart`,
      )
    const count = this.#count
    const [word] = this.#words()
    return low + (range === 2 ** 32 ? word : below(word, range, this.#key, count, 0))
  }
  /** `n` draws of `integer(low, high)`, which must be within 32 bits. */
  integers(n: number, low: number, high: number): Int32Array {
    if (low < -(2 ** 31) || high > 2 ** 31)
      throw new HebbError(`integers: ${low} to ${high} are not all within 32 bits: draw each with integer`)
    return lengthened('integers', n, Int32Array).map(() => this.integer(low, high))
  }

  /** true with probability p, ½ unless it is given. */
  bernoulli(p = 0.5): boolean {
    if (!(p >= 0 && p <= 1)) throw new HebbError(`bernoulli: ${p} is no probability`)
    return this.uniform() < p
  }
  /** A place, each as likely as its weight among all; weights need not add up to 1. Throws HebbError where one is negative or NaN, or all are 0. */
  categorical(weights: ArrayLike<number>): number {
    let total = 0
    for (let i = 0; i < weights.length; i++) {
      if (!(weights[i]! >= 0)) throw new HebbError(`categorical: weight ${i} is ${weights[i]}: give numbers from 0 on`)
      total += weights[i]!
    }
    if (!(total > 0 && Number.isFinite(total)))
      throw new HebbError(`categorical: ${weights.length} weights add up to ${total}: nothing can be drawn`)
    let left = this.uniform() * total
    let last = 0
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] === 0) continue
      if (left < weights[i]!) return i
      left -= weights[i]!
      last = i
    }
    // rounding may leave a crumb
    return last
  }
  /** One of a list, all equally likely, or as its weights say. Throws HebbError for an empty list, and weights that are not one for each. */
  choice<T>(list: ArrayLike<T>, weights?: ArrayLike<number>): T {
    if (list.length === 0) throw new HebbError('choice: the list is empty')
    if (weights && weights.length !== list.length)
      throw new HebbError(`choice: ${list.length} to choose from, but ${weights.length} weights`)
    return list[weights ? this.categorical(weights) : this.integer(0, list.length)]!
  }

  /** The numbers 0 … n−1 in an order drawn evenly from all n!: one draw. */
  permutation(n: number): Int32Array {
    return Int32Array.from(permutation(n, this.#key, this.#count++))
  }
  /** The same things in an order drawn evenly from all, as a new list: one draw. */
  shuffled<T>(list: ArrayLike<T>): T[] {
    return Array.from(this.permutation(list.length), (i) => list[i]!)
  }
  /** `k` different ones of the numbers 0 … n−1, every choice and order equally likely: one draw, in time of k. */
  sample(n: number, k: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 31 || !Number.isInteger(k) || k < 0 || k > n)
      throw new HebbError(`sample: ${k} different ones of ${n}: give whole numbers, k from 0 to n`)
    const count = this.#count++
    const words = bits(this.#key, count, new Uint32Array(k))
    // the order that Fisher and Yates make, of which only what was moved is kept
    const moved = new Map<number, number>()
    return Int32Array.from(words, (word, i) => {
      const at = i + below(word, n - i, this.#key, count, i)
      const found = moved.get(at) ?? at
      moved.set(at, moved.get(i) ?? i)
      return found
    })
  }

  state(): Saved {
    return { plain: { key: [...this.#key], count: this.#count } }
  }
  check({ plain }: Saved): void {
    readState(plain)
  }
  restore({ plain }: Saved): void {
    const { key, count } = readState(plain)
    this.#key = key
    this.#count = count
  }

  /** The words of the next draw. */
  #words(): readonly [number, number, number, number] {
    const count = this.#count++
    return philox(this.#key, 0, 0, count >>> 0, Math.floor(count / 2 ** 32))
  }
}

const one = new Float32Array(1)

function lengthened<A>(where: string, n: number, Kind: new (n: number) => A): A {
  if (!Number.isInteger(n) || n < 0) throw new HebbError(`${where}: ${n} draws: give a whole number from 0 on`)
  return new Kind(n)
}

function readState(plain: Plain): { key: Key; count: number } {
  const { key, count } = (typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? plain : {}) as {
    readonly [name: string]: Plain
  }
  const isWord = (word: unknown): boolean => Number.isInteger(word) && Number(word) >= 0 && Number(word) < 2 ** 32
  if (!Array.isArray(key) || key.length !== 2 || !key.every(isWord) || !Number.isSafeInteger(count) || Number(count) < 0)
    throw new HebbError(`Draws: ${JSON.stringify(plain)} is no state of draws: a key of two 32-bit words and a count`)
  return { key: [Number(key[0]), Number(key[1])], count: Number(count) }
}
