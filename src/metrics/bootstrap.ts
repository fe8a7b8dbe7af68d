/** How sure a mean is when neighbours depend on one another: the block bootstrap. */
import { keyOf, randint } from '../kernels/random.js'
import { HebbError } from '../tensor/errors.js'

/** How the bootstrap draws. */
export interface BootstrapOptions {
  /** neighbours drawn together, at least as many as depend on one another; default 1: independent values */
  readonly block?: number | undefined
  /** series drawn; default 2000 */
  readonly draws?: number | undefined
  /** share of means between low and high; default 0.95 */
  readonly level?: number | undefined
  /** default 0 */
  readonly seed?: number | undefined
}

/** A mean, and where it may as well have been. */
export interface MeanInterval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/**
 * The mean of a series with a percentile interval of the circular block bootstrap [Künsch 1989]: series as long are put together from blocks of
 * neighbours, and their means counted. For two forecasts give the differences of their errors, day by day: where the interval holds 0, the
 * data do not tell them apart [Diebold 1995]. The same seed gives the same interval.
 * Throws HebbError for fewer than two values, values that are not finite, and settings out of range.
 *
 * @example const { mean, low, high } = meanInterval(days.map((t) => errorA[t]! - errorB[t]!), { block: 20 })
 */
export function meanInterval(
  values: ArrayLike<number>,
  { block = 1, draws = 2000, level = 0.95, seed = 0 }: BootstrapOptions = {},
): MeanInterval {
  const n = values.length
  if (n < 2) throw new HebbError(`meanInterval: ${n} values: give at least 2`)
  for (const [name, value, most] of [
    ['block', block, n],
    ['draws', draws, 1e7],
  ] as const)
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new HebbError(`meanInterval: ${name} ${value}: give a whole number from 1 to ${most}`)
  if (!(level > 0 && level < 1)) throw new HebbError(`meanInterval: level ${level}: give a share between 0 and 1`)
  // sums from the start, twice around, make any block one difference
  const sums = new Float64Array(2 * n + 1)
  for (let i = 0; i < 2 * n; i++) {
    const value = values[i % n]!
    if (!Number.isFinite(value)) throw new HebbError(`meanInterval: value ${i % n} is ${value}`)
    sums[i + 1] = sums[i]! + value
  }
  const blocks = Math.ceil(n / block)
  const starts = new Int32Array(blocks)
  const means = Float64Array.from({ length: draws }, (_, k) => {
    randint(keyOf(seed, 'meanInterval'), k, { high: n }, starts)
    let total = 0
    starts.forEach((start, b) => {
      const length = b === blocks - 1 ? n - b * block : block
      total += sums[start + length]! - sums[start]!
    })
    return total / n
  }).sort()
  const at = (share: number): number => means[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))]!
  return { mean: sums[n]! / n, low: at((1 - level) / 2), high: at((1 + level) / 2) }
}
