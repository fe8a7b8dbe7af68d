/**
 * Random numbers as f(key, step): the same bytes for the same key and step on every platform, in any order of asking.
 * A key names a stream by seed and use, `step` a moment of it; element i comes from word i mod 4 of Philox block ⌊i/4⌋.
 * Give every use its own key: `uniform`, `normal`, `bits` and `randint` under one key and step are made of the same bits.
 */
import { HebbError } from '../tensor/errors.js'
import { type Kernels, kernels, kernelsAt } from './kernels.js'
import { type Key, multiplyHigh, philox } from './philox.js'
import { newMemory } from './webassembly.js'

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

/** Absorbs 128 bits into a key. */
function absorb(key: Key, a: number, b: number, c: number, d: number): Key {
  const [first, second] = philox(key, a, b, c, d)
  return [first, second]
}

/** The low and high word of a number's bits; −0 counts as 0. */
function wordsOf(value: number, name: string): [number, number] {
  if (Number.isNaN(value)) throw new HebbError(`keyOf: ${name} is NaN: give a number or a string`)
  double[0] = value + 0
  return [words[0]!, words[1]!]
}

/**
 * The key of a stream, from a seed and whatever names its use: strings (paths, purposes) and numbers (epochs, indices). Other parts, another
 * order or another split of the same letters give another key; 1 and '1' differ.
 *
 * @example keyOf(0, 'shuffle', 3)
 */
export const keyOf = (seed: number, ...parts: readonly (string | number)[]): Key => keyBelow(wordsOf(seed, 'the seed'), ...parts)

/** The key of a stream below another: `keyBelow(keyOf(seed, 'a'), 'b')` is `keyOf(seed, 'a', 'b')`. */
export function keyBelow(above: Key, ...parts: readonly (string | number)[]): Key {
  let key = above
  for (const part of parts) {
    if (typeof part === 'number') {
      key = absorb(key, 1, ...wordsOf(part, 'a part'), 0)
    } else {
      // the length first, then eight UTF-16 units per block
      key = absorb(key, 2, part.length, 0, 0)
      const unit = (i: number): number => (i < part.length ? part.charCodeAt(i) : 0)
      const pair = (i: number): number => unit(i) | (unit(i + 1) << 16)
      for (let i = 0; i < part.length; i += 8) key = absorb(key, pair(i), pair(i + 2), pair(i + 4), pair(i + 6))
    }
  }
  return key
}

type Fill = 'fillBits' | 'fillUniform' | 'fillNormal'

// arrays outside WebAssembly are filled through this window, which stays in the processor's cache
const windowLength = 1 << 14
let window: { readonly k: Kernels; readonly buffer: ArrayBuffer } | undefined

function fill(name: Fill, [key0, key1]: Key, step: number, out: Float32Array | Uint32Array, from = 0): void {
  if (from % 4 !== 0) throw new HebbError(`random: a part may begin at a multiple of 4 numbers, not at ${from}`)
  if (!Number.isSafeInteger(step) || step < 0) throw new HebbError(`random: step ${step} is not a whole number from 0 to 2^53 - 1`)
  const stepHigh = Math.floor(step / 2 ** 32)
  const home = kernelsAt(out.buffer)
  if (home) {
    home[name](out.byteOffset, out.length, key0, key1, step, stepHigh, from / 4)
    return
  }
  if (!window) {
    const k = kernels(newMemory(4 * windowLength))
    window = { k, buffer: k.memory.buffer }
  }
  const { k, buffer } = window
  for (let at = 0; at < out.length; at += windowLength) {
    const length = Math.min(windowLength, out.length - at)
    k[name](0, length, key0, key1, step, stepHigh, (from + at) / 4)
    out.set(name === 'fillBits' ? new Uint32Array(buffer, 0, length) : new Float32Array(buffer, 0, length), at)
  }
}

/** Fills `out` with 32-bit words and gives it back. `step` is a whole number; throws HebbError otherwise. */
export function bits(key: Key, step: number, out: Uint32Array): Uint32Array {
  fill('fillBits', key, step, out)
  return out
}

/** Fills `out` with numbers spread evenly over [0, 1), multiples of 2⁻²⁴, and gives it back; with those from `from` on, a multiple of 4. */
export function uniform(key: Key, step: number, out: Float32Array, from = 0): Float32Array {
  fill('fillUniform', key, step, out, from)
  return out
}

/**
 * Fills `out` with normal numbers, mean 0 and variance 1, and gives it back. [Box 1958] in f64, rounded to f32: words x, y make
 * r = √(−2 ln((x + ½)·2⁻³²)) and θ = 2π·(y·2⁻³² − ⅛), elements r cos θ and r sin θ; |value| ≤ 6.77, always finite. With the numbers
 * from `from` on, a multiple of 4.
 */
export function normal(key: Key, step: number, out: Float32Array, from = 0): Float32Array {
  fill('fillNormal', key, step, out, from)
  return out
}

/**
 * `word` scaled to [0, range), every value equally likely [Lemire 2019]: the few words that would favour some values are
 * replaced by others of the same element, from the counter's second word on.
 */
export function below(word: number, range: number, key: Key, step: number, element: number): number {
  if (Math.imul(word, range) >>> 0 < range) {
    const unfair = (2 ** 32 - range) % range
    for (let attempt = 1; Math.imul(word, range) >>> 0 < unfair; attempt++)
      word = philox(key, Math.floor(element / 4), attempt, step, Math.floor(step / 2 ** 32))[element % 4]!
  }
  return multiplyHigh(word, range)
}

/** Fills `out` with whole numbers from `low` up to but without `high`, all equally likely, and gives it back. Throws HebbError for an empty or too wide range. */
export function randint(key: Key, step: number, range: { low?: number | undefined; high: number }, out: Int32Array): Int32Array {
  const { low = 0, high } = range
  const width = high - low
  if (!Number.isInteger(low) || !Number.isInteger(width) || width < 1 || low < -(2 ** 31) || high > 2 ** 31)
    throw new HebbError(`randint: nothing to choose from ${low} up to but without ${high}: give whole numbers, low < high, within 32 bits`)
  const random = bits(key, step, new Uint32Array(out.length))
  for (let i = 0; i < out.length; i++) out[i] = low + (width === 2 ** 32 ? random[i]! : below(random[i]!, width, key, step, i))
  return out
}

/**
 * The numbers 0 … n−1 in an order drawn evenly from all n! (Fisher and Yates, from the end); `step` is 0 unless it is given. Throws HebbError unless n is
 * a whole number below 2³².
 */
export function permutation(n: number, key: Key, step = 0): Uint32Array {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32) throw new HebbError(`permutation: ${n} is not a whole number from 0 to 2^32 - 1`)
  const random = bits(key, step, new Uint32Array(n))
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  for (let i = n - 1; i > 0; i--) {
    const j = below(random[i]!, i + 1, key, step, i)
    const moved = order[i]!
    order[i] = order[j]!
    order[j] = moved
  }
  return order
}
