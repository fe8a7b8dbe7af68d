/** SIMD kernels on a WebAssembly memory: what a training step needs between two runs of ONNX Runtime. */

import { wasm } from './wasm.js'
import { compile, type Memory } from './webassembly.js'

/**
 * Kernels bound to one memory. Arrays are f32 unless said otherwise and given as byte offsets into the memory (multiples of 4), lengths
 * count elements. Results do not depend on where an array lies or how it is cut: a long call equals two calls on its halves, bit for bit
 * (sums excepted). Nothing is checked: an array that leaves the memory ends in a RuntimeError, one that leaves its own place overwrites
 * its neighbours. Scalars are rounded to f32 on the way in, except where a result is said to be f64.
 */
export interface Kernels {
  readonly memory: Memory

  /** x ← factor·x */
  scale(x: number, length: number, factor: number): void
  /** y ← y + factor·x */
  axpy(y: number, x: number, length: number, factor: number): void
  /** average ← average + rate·(x − average) */
  ema(average: number, x: number, length: number, rate: number): void
  /** x ← min(max(x, low), high); NaN stays */
  clampValues(x: number, length: number, low: number, high: number): void
  /** x ← 0 where |x| < limit; NaN stays */
  dropTiny(x: number, length: number, limit: number): void

  /** Σ x², in f64 */
  squaredNorm(x: number, length: number): number
  /** Σ |x|, in f64 */
  absSum(x: number, length: number): number
  /**
   * Sets the eight lanes, f64, of a sum that goes on from array to array, in one memory or from one to the next: number i goes into lane i mod 8, and the
   * sum of all is ((0 + 2) + (4 + 6)) + ((1 + 3) + (5 + 7)) by lanes. So it is the same however the numbers lie.
   */
  setLanes(l0: number, l1: number, l2: number, l3: number, l4: number, l5: number, l6: number, l7: number): void
  /** one of the lanes */
  lane(index: number): number
  /** adds x² to the lanes, of a multiple of eight numbers */
  addSquares(x: number, length: number): void
  /** adds |x| to the lanes, of a multiple of eight numbers */
  addAbs(x: number, length: number): void
  /** max |x|, 0 for no elements, NaN if there is one */
  absMax(x: number, length: number): number
  /** index of the first NaN or infinity, −1 without one */
  firstNonFinite(x: number, length: number): number
  /** index of the first number above `limit` from index `from` on, `length` without one; NaN is above nothing */
  firstAbove(x: number, length: number, from: number, limit: number): number

  /**
   * target[ids[n]] += rows[n] for n < count: target (height, width), rows (count, width), ids i32. Negative ids count from the end.
   * Gives back −1, or the index n of the first id outside [−height, height), and then adds nothing.
   */
  scatterAddRows(target: number, ids: number, rows: number, count: number, width: number, height: number): number
  /** the same with i64 ids */
  scatterAddRows64(target: number, ids: number, rows: number, count: number, width: number, height: number): number

  /** u32 words of the Philox stream (key, step), from block `block` (4 words each) on; see random.ts for this and the next two */
  fillBits(at: number, length: number, key0: number, key1: number, stepLow: number, stepHigh: number, block: number): void
  /** uniform numbers in [0, 1) of 24 bits */
  fillUniform(at: number, length: number, key0: number, key1: number, stepLow: number, stepHigh: number, block: number): void
  /** normal numbers of mean 0 and variance 1 */
  fillNormal(at: number, length: number, key0: number, key1: number, stepLow: number, stepHigh: number, block: number): void

  /** d = g + l2·w;  w ← w − rate·d */
  sgd(w: number, g: number, length: number, l2: number, rate: number): void
  /** d = g + l2·w;  m ← keep·m + gain·d;  w ← w − (fromGrad·d + fromMean·m) */
  sgdMomentum(
    w: number,
    g: number,
    m: number,
    length: number,
    l2: number,
    keep: number,
    gain: number,
    fromGrad: number,
    fromMean: number,
  ): void
  /** w ← shrink·w − step·sign(m + mix·(g − m));  m ← m + rate·(g − m) */
  lion(w: number, g: number, m: number, length: number, shrink: number, mix: number, rate: number, step: number): void
  /** d = g + l2·w;  m ← m + rate1·(d − m);  v ← keep2·v + rate2·d²;  w ← shrink·w − step·m / (root·√v + eps) */
  adam(
    w: number,
    g: number,
    m: number,
    v: number,
    length: number,
    l2: number,
    shrink: number,
    rate1: number,
    keep2: number,
    rate2: number,
    step: number,
    root: number,
    eps: number,
  ): void
  /** as adam, with top ← max(top, v) in the place of v under the root */
  amsgrad(
    w: number,
    g: number,
    m: number,
    v: number,
    top: number,
    length: number,
    l2: number,
    shrink: number,
    rate1: number,
    keep2: number,
    rate2: number,
    step: number,
    root: number,
    eps: number,
  ): void
  /** as adam, with fromGrad·d + fromMean·m in the place of step·m */
  nadam(
    w: number,
    g: number,
    m: number,
    v: number,
    length: number,
    l2: number,
    shrink: number,
    rate1: number,
    keep2: number,
    rate2: number,
    fromGrad: number,
    fromMean: number,
    root: number,
    eps: number,
  ): void
  /** d = g + l2·w;  m ← m + rate1·(d − m);  u ← max(keep2·u, |d| + eps);  w ← w − step·m / u */
  adamax(
    w: number,
    g: number,
    m: number,
    u: number,
    length: number,
    l2: number,
    rate1: number,
    keep2: number,
    step: number,
    eps: number,
  ): void
  /**
   * d = g + l2·w;  v ← keep·v + rate·d²;  if centered: mean ← mean + rate·(d − mean), and v − mean² below for v;
   * move = d / (√v + eps);  if buffered: buffer ← momentum·buffer + move = move;  w ← w − lr·move. Unused arrays may be 0.
   */
  rmsprop(
    w: number,
    g: number,
    v: number,
    mean: number,
    buffer: number,
    length: number,
    l2: number,
    keep: number,
    rate: number,
    momentum: number,
    lr: number,
    eps: number,
    centered: boolean,
    buffered: boolean,
  ): void
  /** d = g + l2·w;  s ← s + d²;  w ← w − step·d / (√s + eps) */
  adagrad(w: number, g: number, s: number, length: number, l2: number, step: number, eps: number): void
  /** d = g + l2·w;  s ← keep·s + rate·d²;  move = √(u + eps) / √(s + eps)·d;  u ← keep·u + rate·move²;  w ← w − lr·move */
  adadelta(
    w: number,
    g: number,
    s: number,
    u: number,
    length: number,
    l2: number,
    keep: number,
    rate: number,
    eps: number,
    lr: number,
  ): void
}

let instantiate: ((memory: Memory) => object) | undefined
const made = new WeakMap<Memory, Kernels>()
const byBuffer = new WeakMap<ArrayBufferLike, Kernels>()

/**
 * The kernels on `memory`, made on the first call and kept. The memory must not grow or be shared between threads.
 *
 * @example kernels(newMemory(1 << 20)).scale(0, 4, 2) // doubles the first four numbers
 */
export function kernels(memory: Memory): Kernels {
  const known = made.get(memory)
  if (known) return known
  instantiate ??= compile(Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0)))
  const result = { memory, ...instantiate(memory) } as Kernels
  made.set(memory, result)
  byBuffer.set(memory.buffer, result)
  return result
}

/** The kernels in whose memory an array with this buffer lies, if any. */
export const kernelsAt = (buffer: ArrayBufferLike): Kernels | undefined => byBuffer.get(buffer)
