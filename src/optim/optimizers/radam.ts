/** Rectified Adam. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'
import { type MomentHyper, type MomentScalar, moments } from './moments.js'

/** Settings of `radam`. */
export interface RadamOptions extends GroupOptions {
  /** learning rate. Default 1e-3 */
  lr?: Hyper | undefined
  /** share of the running mean that is kept. Default 0.9 */
  beta1?: Hyper | undefined
  /** share of the running square that is kept. Default 0.999 */
  beta2?: Hyper | undefined
  /** added to the size. Default 1e-8 */
  eps?: Hyper | undefined
  /** λ. Default 0 */
  weightDecay?: Hyper | undefined
  /** whether λ shrinks weights directly, as in AdamW, instead of entering the gradient. Default false */
  decoupled?: boolean | undefined
}

/**
 * Adam whose step is multiplied by r, the rectification of its variance, and divided by the running size only once that variance is tractable:
 * ρ∞ = 2/(1 − β₂) − 1, ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ), r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ). ρ > 5: w ← w − lr·r·m̂·√(1 − β₂ᵗ) / (√v + ε); before: w ← w − lr·m̂.
 *
 * [Liu 2020]; as in PyTorch.
 */
export function radam(given: RadamOptions = {}): Optimizer {
  const { decoupled = false, ...options } = optionsOf('radam', given)
  const { state, update, kernel } = moments(false)
  return defineOptimizer<MomentHyper, string, MomentScalar>({
    name: 'radam',
    hyper: { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    ranges: { beta1: [0, 1], beta2: [0, 1] },
    options,
    flags: { decoupled },
    state,
    scalars(t, { lr, beta1, beta2, eps, weightDecay }) {
      const left = 1 - beta2 ** t
      const most = 2 / (1 - beta2) - 1
      const rho = most - (2 * t * beta2 ** t) / left
      const tractable = rho > 5
      const rectified = tractable ? Math.sqrt((((rho - 4) * (rho - 2) * most) / ((most - 4) * (most - 2) * rho)) * left) : 1
      return {
        l2: decoupled ? 0 : weightDecay,
        shrink: decoupled ? 1 - lr * weightDecay : 1,
        rate1: 1 - beta1,
        keep2: beta2,
        rate2: 1 - beta2,
        step: (lr / (1 - beta1 ** t)) * rectified,
        // root 0 and eps 1: no division by the size
        root: tractable ? 1 : 0,
        eps: tractable ? eps : 1,
      }
    },
    update,
    kernel,
  })
}
