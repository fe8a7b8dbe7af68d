/** RMSprop. */

import { defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'

/** Settings of `rmsprop`. */
export interface RmspropOptions extends GroupOptions {
  /** learning rate. Default 0.01 */
  lr?: Hyper | undefined
  /** share of the running square that is kept. Default 0.99 */
  alpha?: Hyper | undefined
  /** added to the size. Default 1e-8 */
  eps?: Hyper | undefined
  /** λ of the penalty λ/2·‖w‖². Default 0 */
  weightDecay?: Hyper | undefined
  /** share of the running direction that is kept. Default 0: no running direction */
  momentum?: Hyper | undefined
  /** whether to divide by the deviation instead of the root mean square. Default false */
  centered?: boolean | undefined
}

/**
 * d = g + λw;  v ← αv + (1 − α)d²;  w ← w − lr·d / (√v + ε).
 * Centered: a ← αa + (1 − α)d, and v − a² under the root. With momentum: b ← momentum·b + d / (√v + ε), w ← w − lr·b.
 *
 * [Tieleman 2012], centered [Graves 2013]; as in PyTorch, but v − a², a variance, never falls below 0 by rounding.
 */
export function rmsprop(given: RmspropOptions = {}): Optimizer {
  const { centered = false, ...options } = optionsOf('rmsprop', given)
  const { momentum = 0, groups = [] } = options
  const buffered = momentum !== 0 || groups.some((group) => !group.optimizer && (group.hyper?.momentum ?? 0) !== 0)
  const state: Record<string, number> = defined({ v: 0, a: centered ? 0 : undefined, b: buffered ? 0 : undefined })
  return defineOptimizer({
    name: 'rmsprop',
    hyper: { lr: 0.01, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0 },
    ranges: { alpha: [0, 1], momentum: [0, 1] },
    options,
    flags: { centered },
    state,
    scalars: (_, { lr, alpha, eps, weightDecay, momentum }) => ({ l2: weightDecay, keep: alpha, rate: 1 - alpha, momentum, lr, eps }),
    update(w, g, state, h) {
      const next: Record<string, Tensor> = {}
      const d = g.add(w.mul(h.l2))
      next.v = state.v!.mul(h.keep).add(d.square().mul(h.rate))
      let power = next.v
      if (centered) {
        next.a = state.a!.add(d.sub(state.a!).mul(h.rate))
        power = power.sub(next.a.square()).maximum(0)
      }
      let move = d.div(power.sqrt().add(h.eps))
      if (buffered) move = next.b = state.b!.mul(h.momentum).add(move)
      return { weight: w.sub(move.mul(h.lr)), state: next }
    },
    kernel(k, { weight, grad, state: { v = 0, a = 0, b = 0 }, length }, { l2, keep, rate, momentum, lr, eps }) {
      k.rmsprop(weight, grad, v, a, b, length, l2, keep, rate, momentum, lr, eps, centered, buffered)
    },
  })
}
