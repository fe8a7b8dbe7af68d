/** Adam with the infinity norm. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer } from '../optimizer.js'

/** Settings of `adamax`. */
export interface AdamaxOptions extends GroupOptions {
  /** learning rate. Default 2e-3 */
  lr?: Hyper | undefined
  /** share of the running mean that is kept. Default 0.9 */
  beta1?: Hyper | undefined
  /** share of the running maximum that is kept. Default 0.999 */
  beta2?: Hyper | undefined
  /** added to the size. Default 1e-8 */
  eps?: Hyper | undefined
  /** λ of the penalty λ/2·‖w‖². Default 0 */
  weightDecay?: Hyper | undefined
}

/**
 * d = g + λw;  m ← β₁m + (1 − β₁)d;  u ← max(β₂u, |d| + ε);  w ← w − lr / (1 − β₁ᵗ)·m / u.
 *
 * [Kingma 2015], section 7; as in PyTorch.
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  return defineOptimizer({
    name: 'adamax',
    hyper: { lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    ranges: { beta1: [0, 1], beta2: [0, 1] },
    options,
    state: { m: 0, u: 0 },
    scalars: (t, { lr, beta1, beta2, eps, weightDecay }) => ({
      l2: weightDecay,
      rate1: 1 - beta1,
      keep2: beta2,
      step: lr / (1 - beta1 ** t),
      eps,
    }),
    update(w, g, state, { l2, rate1, keep2, step, eps }) {
      const d = g.add(w.mul(l2))
      const m = state.m.add(d.sub(state.m).mul(rate1))
      const u = state.u.mul(keep2).maximum(d.abs().add(eps))
      return { weight: w.sub(m.mul(step).div(u)), state: { m, u } }
    },
    kernel: (k, { weight, grad, state: { m, u }, length }, { l2, rate1, keep2, step, eps }) =>
      k.adamax(weight, grad, m, u, length, l2, rate1, keep2, step, eps),
  })
}
