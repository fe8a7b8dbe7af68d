/** The discrete Fourier transform as a few products with small tables. */

import { concat } from '../../ops/move/concat.js'
import type { Tensor } from '../../tensor/tensor.js'
import { turns, turnsTable } from './tables.js'

/** up to this length one product with the whole table is quickest */
const direct = 64
/** of longer ones, factors up to this are split off */
const largestFactor = 32
/** lengths without such a factor are one product up to here, and a convolution beyond */
const longestProduct = 256

/** Complex numbers (…, 2, n) times constant ones (2, n): real parts first. */
function turned(z: Tensor, by: Tensor): Tensor {
  const [re, im] = z.split(1, -2) as [Tensor, Tensor]
  const [c, s] = by.split(1, 0).map((t) => t.squeeze(0)) as [Tensor, Tensor]
  return concat([re.mul(c).sub(im.mul(s)), re.mul(s).add(im.mul(c))], -2)
}

/** The largest divisor of n from 2 to `largestFactor`, else the smallest prime one. */
function factorOf(n: number): number {
  for (let p = Math.min(largestFactor, n); p > 1; p--) if (n % p === 0) return p
  for (let p = largestFactor + 1; p * p <= n; p++) if (n % p === 0) return p
  return n
}

/**
 * Σⱼ z[j] · exp(sign · 2πi · jk/n) of the rows of z (B, 2, n), real parts above imaginary ones [Cooley 1965]: with n = p·q and j = a·q + b, k = c + p·d,
 * transforms of length p over a, turns by b·c/n, and transforms of length q over b.
 */
export function transform(z: Tensor, sign: 1 | -1): Tensor {
  const [batch, , n] = z.shape as readonly [number, number, number]
  const p = factorOf(n)
  if (n <= direct || (p === n && n <= longestProduct)) {
    const whole = turnsTable(n, sign, z.dtype)
    return z
      .reshape([batch, 2 * n])
      .matmul(whole.transpose())
      .reshape([batch, 2, n])
  }
  if (p > longestProduct) return chirped(z, sign)
  const q = n / p
  const first = turnsTable(p, sign, z.dtype)
    .matmul(z.reshape([batch, 2 * p, q]))
    .reshape([batch, 2, p * q])
  const between = turned(
    first,
    turns([p * q], n, sign, z.dtype, (i) => Math.floor(i / q) * (i % q)),
  )
  const rows = between
    .reshape([batch, 2, p, q])
    .transpose([0, 2, 1, 3])
    .reshape([batch * p, 2, q])
  return transform(rows, sign).reshape([batch, p, 2, q]).transpose([0, 2, 3, 1]).reshape([batch, 2, n])
}

/**
 * Lengths with a large prime factor as a convolution [Bluestein 1970]: jk = (j² + k² − (k − j)²)/2, so that with the chirp w[j] = exp(sign · πi · j²/n)
 * the transform is w times the convolution of w·z with the conjugate of w, which transforms of a convenient length do.
 */
function chirped(z: Tensor, sign: 1 | -1): Tensor {
  const [batch, , n] = z.shape as readonly [number, number, number]
  const m = 2 ** Math.ceil(Math.log2(2 * n - 1))
  // j² modulo 2n in whole numbers that stay exact
  const square = (j: number): number => Number((BigInt(j) * BigInt(j)) % BigInt(2 * n))
  const chirp = turns([n], 2 * n, sign, z.dtype, square)
  const around = (j: number): number => (j < n ? square(j) : j > m - n ? square(m - j) : 0)
  const answer = turns([m], 2 * n, sign === 1 ? -1 : 1, z.dtype, around)
  const gap = turns([m], 1, 1, z.dtype, () => 0).mul(0)
  const kernel = concat([answer.slice([null, [0, n]]), gap.slice([null, [0, m - 2 * n + 1]]), answer.slice([null, [m - n + 1, m]])], 1)
  const long = turned(z, chirp).pad([[0, m - n]])
  const spectrum = transform(kernel.unsqueeze(0), -1)
  const [re, im] = transform(long, -1).split(1, 1) as [Tensor, Tensor]
  const [c, s] = spectrum.split(1, 1) as [Tensor, Tensor]
  const product = concat([re.mul(c).sub(im.mul(s)), re.mul(s).add(im.mul(c))], 1)
  const back = transform(product, 1)
    .slice([[0, batch], null, [0, n]])
    .mul(1 / m)
  return turned(back, chirp)
}
