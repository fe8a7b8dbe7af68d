/** Adam with Nesterov's momentum. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'

/** Settings of `nadam`. */
export interface NadamOptions extends GroupOptions {
  /** learning rate. Default 2e-3 */
  lr?: Hyper | undefined
  /** share of the running mean that is kept, in the long run. Default 0.9 */
  beta1?: Hyper | undefined
  /** share of the running square that is kept. Default 0.999 */
  beta2?: Hyper | undefined
  /** added to the size. Default 1e-8 */
  eps?: Hyper | undefined
  /** λ. Default 0 */
  weightDecay?: Hyper | undefined
  /** ψ, how slowly momentum comes up to β₁. Default 4e-3 */
  momentumDecay?: Hyper | undefined
  /** whether λ shrinks weights directly, as in AdamW, instead of entering the gradient. Default false */
  decoupled?: boolean | undefined
}

/**
 * m and v as in Adam, μₜ = β₁·(1 − ½·0.96^(tψ));
 * w ← w − lr·((1 − μₜ)/(1 − Πμ)·d + μₜ₊₁/(1 − Πμ·μₜ₊₁)·m) / (√v̂ + ε), Πμ = μ₁…μₜ.
 *
 * [Dozat 2016]; as in PyTorch.
 */
export function nadam(given: NadamOptions = {}): Optimizer {
  const { decoupled = false, ...options } = optionsOf('nadam', given)
  return defineOptimizer({
    name: 'nadam',
    hyper: { lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3 },
    ranges: { beta1: [0, 1], beta2: [0, 1] },
    options,
    flags: { decoupled },
    state: { m: 0, v: 0 },
    carry: { product: 1 },
    scalars(t, { lr, beta1, beta2, eps, weightDecay, momentumDecay }, carry) {
      const mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay))
      const next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentumDecay))
      const product = (carry.product ?? 1) * mu
      carry.product = product
      return {
        l2: decoupled ? 0 : weightDecay,
        shrink: decoupled ? 1 - lr * weightDecay : 1,
        rate1: 1 - beta1,
        keep2: beta2,
        rate2: 1 - beta2,
        fromGrad: (lr * (1 - mu)) / (1 - product),
        fromMean: (lr * next) / (1 - product * next),
        root: 1 / Math.sqrt(1 - beta2 ** t),
        eps,
      }
    },
    update(w, g, state, h) {
      const d = g.add(w.mul(h.l2))
      const m = state.m.add(d.sub(state.m).mul(h.rate1))
      const v = state.v.mul(h.keep2).add(d.square().mul(h.rate2))
      const move = d.mul(h.fromGrad).add(m.mul(h.fromMean)).div(v.sqrt().mul(h.root).add(h.eps))
      return { weight: w.mul(h.shrink).sub(move), state: { m, v } }
    },
    kernel(k, { weight, grad, state: { m, v }, length }, { l2, shrink, rate1, keep2, rate2, fromGrad, fromMean, root, eps }) {
      k.nadam(weight, grad, m, v, length, l2, shrink, rate1, keep2, rate2, fromGrad, fromMean, root, eps)
    },
  })
}
