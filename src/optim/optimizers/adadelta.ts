/** Adadelta. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer } from '../optimizer.js'

/** Settings of `adadelta`. */
export interface AdadeltaOptions extends GroupOptions {
  /** factor of the step; the method sets its own scale. Default 1 */
  lr?: Hyper | undefined
  /** share of the running squares that is kept. Default 0.9 */
  rho?: Hyper | undefined
  /** added under both roots. Default 1e-6 */
  eps?: Hyper | undefined
  /** λ of the penalty λ/2·‖w‖². Default 0 */
  weightDecay?: Hyper | undefined
}

/**
 * d = g + λw;  s ← ρs + (1 − ρ)d²;  Δ = √(u + ε) / √(s + ε)·d;  u ← ρu + (1 − ρ)Δ²;  w ← w − lr·Δ.
 *
 * [Zeiler 2012]; as in PyTorch.
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  return defineOptimizer({
    name: 'adadelta',
    hyper: { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 },
    ranges: { rho: [0, 1] },
    options,
    state: { s: 0, u: 0 },
    scalars: (_, { lr, rho, eps, weightDecay }) => ({ l2: weightDecay, keep: rho, rate: 1 - rho, eps, lr }),
    update(w, g, state, { l2, keep, rate, eps, lr }) {
      const d = g.add(w.mul(l2))
      const s = state.s.mul(keep).add(d.square().mul(rate))
      const move = state.u.add(eps).sqrt().div(s.add(eps).sqrt()).mul(d)
      const u = state.u.mul(keep).add(move.square().mul(rate))
      return { weight: w.sub(move.mul(lr)), state: { s, u } }
    },
    kernel: (k, { weight, grad, state: { s, u }, length }, { l2, keep, rate, eps, lr }) =>
      k.adadelta(weight, grad, s, u, length, l2, keep, rate, eps, lr),
  })
}
