/** What several ops write out in nodes: log(1 + x), σ(x) and the inverse of tan to full precision, divisors without traps. */
import type { Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'

/** log(1 + x), exact near 0: with u = 1 + x rounded, log(u) · x / (u − 1). */
export function emitLog1p(e: Emit, x: string, d: Dtype): string {
  const one = e.scalar(1, d)
  const u = e('Add', [x, one])
  const rest = e('Sub', [u, one])
  const exact = e('Div', [e('Mul', [e('Log', [u]), x]), rest])
  const plain = e('Or', [e('Equal', [rest, e.scalar(0, d)]), e('Equal', [x, e.scalar(Number.POSITIVE_INFINITY, d)])])
  return e('Where', [plain, x, exact])
}

/**
 * Writes σ(x) as t / (1 + t) with t = eˣ, right to the last digits however small. From x = 20, in f64 40, on it is 1. The Sigmoid node is three
 * times as fast, but off by 2e-4 of the value at −8, and 0 from −18 on.
 */
export function emitSigmoid(e: Emit, x: string, dtype: Dtype): string {
  if (!e.native && dtype === 'f32') return e('Sigmoid', [x])
  const t = e('Exp', [e('Min', [x, e.scalar(dtype === 'f32' ? 20 : 40, dtype)])])
  return e('Div', [t, e('Add', [t, e.scalar(1, dtype)])])
}

/** atan x. The kernel has f32 only; from y near it, atan x = y + atan((x cos y − sin y) / (cos y + x sin y)), and that angle is its own tangent. */
export function emitAtan(e: Emit, x: string, d: Dtype): string {
  if (d !== 'f64') return e('Atan', [x])
  const within = e('Min', [e('Max', [x, e.scalar(-1e300, d)]), e.scalar(1e300, d)])
  const y = e.cast(e('Atan', [e.cast(x, 'f32')]), d)
  const [sine, cosine] = [e('Sin', [y]), e('Cos', [y])]
  const off = e('Sub', [e('Mul', [within, cosine]), sine])
  return e('Add', [y, e('Div', [off, e('Add', [cosine, e('Mul', [within, sine])])])])
}

/** Integers by which processors cannot divide without a trap: 0, and −1 where the quotient of the least number does not fit. 1 stands in their place. */
export function safeDivisor(e: Emit, b: string, dtype: Dtype): { zero: string; minus: string | undefined; safe: string } {
  const zero = e('Equal', [b, e.scalar(0, dtype)])
  const minus = dtype === 'u8' ? undefined : e('Equal', [b, e.scalar(-1, dtype)])
  return { zero, minus, safe: e('Where', [minus ? e('Or', [zero, minus]) : zero, e.scalar(1, dtype), b]) }
}
