/** Orders: shuffles and cuts of a set, decided by the seed alone. */
import { keyOf, permutation } from '../kernels/random.js'
import { HebbError } from '../tensor/errors.js'

/** The numbers 0 … n-1 in an order that is f(seed, use, epoch): the same on every machine. */
export const shuffled = (n: number, seed: number, use: string, epoch = 0): Int32Array =>
  Int32Array.from(permutation(n, keyOf(seed, use, epoch)))

/** The numbers start … end-1. */
export function range(start: number, end: number): Int32Array {
  const numbers = new Int32Array(Math.max(end - start, 0))
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i
  return numbers
}

/**
 * Where the parts of a split end, for a set of n: from one fraction, one size, or a list of either that covers the set.
 * Throws HebbError when a part would be empty or the parts do not add up.
 */
export function cutsOf(n: number, parts: number | readonly number[]): number[] {
  const list = typeof parts === 'number' ? [parts, parts < 1 ? 1 - parts : n - parts] : [...parts]
  const said = `split: ${typeof parts === 'number' ? parts : `[${parts.join(', ')}]`} of ${n} examples`
  const fractions = list.every((p) => p < 1)
  const total = list.reduce((sum, p) => sum + p, 0)
  if (list.some((p) => !(p > 0))) throw new HebbError(`${said}: every part must be more than nothing`)
  if (fractions && Math.abs(total - 1) > 1e-9)
    throw new HebbError(`${said}: fractions must add up to 1, these make ${Number(total.toPrecision(6))}`)
  if (!fractions && list.some((p) => !Number.isInteger(p))) throw new HebbError(`${said}: give fractions below 1, or whole sizes, not both`)
  if (!fractions && total !== n) throw new HebbError(`${said}: sizes must add up to ${n}, these make ${total}`)
  let sum = 0
  const cuts = list.map((p) => {
    sum += p
    return fractions ? Math.round(sum * n) : sum
  })
  cuts[cuts.length - 1] = n
  cuts.forEach((cut, i) => {
    if (cut === (cuts[i - 1] ?? 0)) throw new HebbError(`${said}: part ${i + 1} would be empty`)
  })
  return cuts
}

/**
 * `order` rearranged so that any cut of it holds every class in proportion: the k-th of a class with m examples stands at (k + ½) / m.
 * Examples of one class keep their order among themselves.
 */
export function stratified(order: Int32Array, classes: ArrayLike<number>): Int32Array {
  const counts = new Map<number, number>()
  for (const i of order) counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1)
  const seen = new Map<number, number>()
  const at = new Float64Array(order.length)
  order.forEach((i, k) => {
    const c = classes[i]!
    const before = seen.get(c) ?? 0
    seen.set(c, before + 1)
    at[k] = (before + 0.5) / counts.get(c)!
  })
  return range(0, order.length)
    .sort((a, b) => at[a]! - at[b]! || a - b)
    .map((k) => order[k]!)
}
