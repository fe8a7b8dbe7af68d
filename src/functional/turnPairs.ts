/** Numbers turned in pairs: what rotary positions do to queries and keys, however the angles were found. */
import { add, mul, sub } from '../ops/elementwise/arithmetic.js'
import { concat, stack } from '../ops/move/concat.js'
import { reshape } from '../ops/move/reshape.js'
import { split, unbind } from '../ops/move/slice.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * The leading R numbers of x turned in pairs, (a cos − b sin, a sin + b cos) [Su 2021]; the others stay. A pair is i and i + R/2, or 2i and 2i + 1 where
 * they are interleaved. x (…, D), cos and sin (…, R/2), which broadcast to it → as x.
 */
export function turnPairs(x: Tensor, cos: Tensor, sin: Tensor, interleaved = false): Tensor {
  const [width, pairs] = [x.shape.at(-1)!, cos.shape.at(-1)!]
  const [turning, rest] = width === 2 * pairs ? [x] : split(x, [2 * pairs, width - 2 * pairs], -1)
  const [a, b] = interleaved ? unbind(reshape(turning!, [...x.shape.slice(0, -1), pairs, 2]), -1) : split(turning!, pairs, -1)
  const turned = [sub(mul(a!, cos), mul(b!, sin)), add(mul(a!, sin), mul(b!, cos))]
  const whole = interleaved ? reshape(stack(turned, -1), turning!.shape) : concat(turned, -1)
  return rest ? concat([whole, rest], -1) : whole
}
