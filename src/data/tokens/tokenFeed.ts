/** Windows of tokens that lie in a file: batches read as they are needed, each window once before any comes again. */
import { philox } from '../../kernels/philox.js'
import { keyOf } from '../../kernels/random.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/tensor.js'
import { Draws } from '../draws.js'
import { checkSize } from '../feed.js'
import type { Tokens } from './tokenFile.js'

/** Ids (N, T), and those one place later (N, T), both i32. */
export interface TokenBatch {
  readonly [field: string]: Tensor
  readonly x: Tensor
  readonly y: Tensor
}

/** Batches by number, without an end. */
export interface TokenBatches {
  /** batches until every window has come */
  readonly perEpoch: number
  /** the batch of a number, from 0 on: f(seed, number) */
  batch(number: number): Promise<TokenBatch>
}

/**
 * Next-token prediction over tokens that need not fit into memory. An epoch goes through them once, in windows of T side by side whose first begins at a
 * place below T drawn for the epoch, in an order drawn for it; epoch follows epoch. Only the windows of a batch are read, and the order takes no memory.
 * Documents are packed: an end-of-text id between them, windows over their borders.
 * Throws HebbError when there are not 2T tokens and a batch of windows.
 *
 * @example const { x, y } = await tokenBatches(tokens, 256, 16, { seed: 0 }).batch(0)
 */
export function tokenBatches(
  tokens: Tokens,
  length: number,
  size: number,
  { seed = 0 }: { readonly seed?: number | undefined } = {},
): TokenBatches {
  if (!Number.isInteger(length) || length < 1) throw new HebbError(`tokenBatches: length ${length}: give a whole number of at least 1`)
  checkSize('tokenBatches', size)
  // as many whatever the place of the first
  const windows = Math.floor((tokens.length - length) / length)
  if (windows < 1)
    throw new HebbError(`tokenBatches: ${tokens.length} tokens hold no two windows of ${length}: give a longer text, or a shorter context`)
  // few windows: a batch then holds some of them twice, from different places
  const perEpoch = Math.max(1, Math.floor(windows / size))
  const places = (number: number): number[] => {
    const [epoch, batch] = [Math.floor(number / perEpoch), number % perEpoch]
    const first = new Draws(seed, 'tokens', epoch).integer(0, length)
    const order = scattered(windows, seed, epoch)
    return Array.from({ length: size }, (_, i) => first + length * order((batch * size + i) % windows))
  }
  return {
    perEpoch,
    async batch(number) {
      const rows = await Promise.all(places(number).map((at) => tokens.read(at, length + 1)))
      const [x, y] = [new Int32Array(size * length), new Int32Array(size * length)]
      for (const [n, row] of rows.entries()) {
        x.set(row.subarray(0, length), n * length)
        y.set(row.subarray(1), n * length)
      }
      return { x: tensor(x, { shape: [size, length] }), y: tensor(y, { shape: [size, length] }) }
    },
  }
}

/**
 * An order of 0 … n−1 drawn by seed and epoch, place by place without a list: four rounds of a Feistel network over the next power of four, walked until it
 * lands below n [Black 2002].
 */
function scattered(n: number, seed: number, epoch: number): (i: number) => number {
  const half = Math.max(1, Math.ceil(Math.log2(n) / 2))
  const base = 2 ** half
  const key = keyOf(seed, 'windows', epoch)
  const once = (i: number): number => {
    let [left, right] = [Math.floor(i / base), i % base]
    for (let round = 0; round < 4; round++) [left, right] = [right, (left ^ philox(key, right, round, 0, 0)[0]) & (base - 1)]
    return left * base + right
  }
  return (i) => {
    let at = once(i)
    while (at >= n) at = once(at)
    return at
  }
}
