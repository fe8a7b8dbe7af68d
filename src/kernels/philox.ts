/**
 * Philox 4×32-10 [Salmon 2011]: random numbers as a function of a counter. Ten rounds of multiplying and mixing turn a counter of four words
 * and a key of two into four words that pass every known test of randomness; no state is carried, so any number of any stream can be made
 * alone, in any order, on any machine. This is the plain form; `fillBits` of the kernels makes the same words sixteen at a time.
 */

/** Two 32-bit words that name a stream; made by `keyOf`. */
export type Key = readonly [number, number]

/** High 32 bits of the 64-bit product of two 32-bit words. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const other = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) >>> 0
}

/** The four words (u32) of block (c0, c1, c2, c3) under `key`. */
export function philox(key: Key, c0: number, c1: number, c2: number, c3: number): [number, number, number, number] {
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const low0 = Math.imul(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0]
}
