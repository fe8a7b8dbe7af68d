/** Lion. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer } from '../optimizer.js'

/** Settings of `lion`. */
export interface LionOptions extends GroupOptions {
  /** learning rate, three to ten times smaller than Adam's. Default 1e-4 */
  lr?: Hyper | undefined
  /** share of the running mean in the direction of the step. Default 0.9 */
  beta1?: Hyper | undefined
  /** share of the running mean that is kept. Default 0.99 */
  beta2?: Hyper | undefined
  /** share of the weight that lr takes away. Default 0 */
  weightDecay?: Hyper | undefined
}

/**
 * w ← (1 − lr·λ)·w − lr·sign(β₁m + (1 − β₁)g);  m ← β₂m + (1 − β₂)g. Half of Adam's memory.
 *
 * [Chen 2023]
 */
export function lion(options: LionOptions = {}): Optimizer {
  return defineOptimizer({
    name: 'lion',
    hyper: { lr: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 },
    ranges: { beta1: [0, 1], beta2: [0, 1] },
    options,
    state: { m: 0 },
    scalars: (_, { lr, beta1, beta2, weightDecay }) => ({ shrink: 1 - lr * weightDecay, mix: 1 - beta1, rate: 1 - beta2, step: lr }),
    update(w, g, { m }, { shrink, mix, rate, step }) {
      const away = g.sub(m)
      return { weight: w.mul(shrink).sub(m.add(away.mul(mix)).sign().mul(step)), state: { m: m.add(away.mul(rate)) } }
    },
    kernel: (k, { weight, grad, state: { m }, length }, { shrink, mix, rate, step }) =>
      k.lion(weight, grad, m, length, shrink, mix, rate, step),
  })
}
