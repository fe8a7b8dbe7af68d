/** Adagrad. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'

/** Settings of `adagrad`. */
export interface AdagradOptions extends GroupOptions {
  /** learning rate. Default 0.01 */
  lr?: Hyper | undefined
  /** how fast the learning rate falls: lr / (1 + (t − 1)·lrDecay). Default 0 */
  lrDecay?: Hyper | undefined
  /** added to the size. Default 1e-10 */
  eps?: Hyper | undefined
  /** λ of the penalty λ/2·‖w‖². Default 0 */
  weightDecay?: Hyper | undefined
  /** first value of the sum of squares. Default 0 */
  initialAccumulatorValue?: number | undefined
}

/**
 * d = g + λw;  s ← s + d²;  w ← w − lr / (1 + (t − 1)·lrDecay)·d / (√s + ε).
 *
 * [Duchi 2011]; as in PyTorch.
 */
export function adagrad(given: AdagradOptions = {}): Optimizer {
  const { initialAccumulatorValue = 0, ...options } = optionsOf('adagrad', given)
  return defineOptimizer({
    name: 'adagrad',
    hyper: { lr: 0.01, lrDecay: 0, eps: 1e-10, weightDecay: 0 },
    options,
    state: { s: initialAccumulatorValue },
    scalars: (t, { lr, lrDecay, eps, weightDecay }) => ({ l2: weightDecay, step: lr / (1 + (t - 1) * lrDecay), eps }),
    update(w, g, state, { l2, step, eps }) {
      const d = g.add(w.mul(l2))
      const s = state.s.add(d.square())
      return { weight: w.sub(d.mul(step).div(s.sqrt().add(eps))), state: { s } }
    },
    kernel: (k, { weight, grad, state, length }, { l2, step, eps }) => k.adagrad(weight, grad, state.s, length, l2, step, eps),
  })
}
