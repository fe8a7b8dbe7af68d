/** Stochastic gradient descent. */
import { HebbError } from '../../tensor/errors.js'
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'

/** Settings of `sgd`. */
export interface SgdOptions extends GroupOptions {
  /** learning rate. Default 1e-3 */
  lr?: Hyper | undefined
  /** share of the running direction that is kept. Default 0: no running direction */
  momentum?: Hyper | undefined
  /** share of the gradient that does not enter it. Default 0 */
  dampening?: Hyper | undefined
  /** λ of the penalty λ/2·‖w‖². Default 0 */
  weightDecay?: Hyper | undefined
  /** whether to look ahead along the running direction. Default false */
  nesterov?: boolean | undefined
}

/**
 * d = g + λw;  b ← momentum·b + (1 − dampening)·d  (b ← d at step 1);  w ← w − lr·b, or with nesterov w ← w − lr·(d + momentum·b).
 *
 * [Robbins 1951], momentum [Polyak 1964], nesterov [Nesterov 1983] as written by [Sutskever 2013]; as in PyTorch, the learning rate is outside b.
 * Throws HebbError for nesterov without momentum or with dampening.
 *
 * @example sgd({ lr: 0.1, momentum: 0.9, nesterov: true })
 */
export function sgd(given: SgdOptions = {}): Optimizer {
  const { nesterov = false, ...options } = optionsOf('sgd', given)
  const { momentum = 0, dampening = 0, groups = [] } = options
  const buffered = momentum !== 0 || groups.some((group) => !group.optimizer && (group.hyper?.momentum ?? 0) !== 0)
  if (nesterov && (!buffered || dampening !== 0))
    throw new HebbError('sgd: nesterov needs momentum above 0 and no dampening: sgd({ momentum: 0.9, nesterov: true })')
  const shared = {
    name: 'sgd',
    hyper: { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0 },
    ranges: { momentum: [0, 1] as const },
    options,
    flags: { nesterov },
  }
  if (!buffered)
    return defineOptimizer({
      ...shared,
      scalars: (_, { lr, weightDecay }) => ({ l2: weightDecay, rate: lr }),
      update: (w, g, _, { l2, rate }) => ({ weight: w.sub(g.add(w.mul(l2)).mul(rate)) }),
      kernel: (k, { weight, grad, length }, { l2, rate }) => k.sgd(weight, grad, length, l2, rate),
    })
  return defineOptimizer({
    ...shared,
    state: { b: 0 },
    scalars: (step, h) => ({
      l2: h.weightDecay,
      keep: h.momentum,
      gain: step === 1 ? 1 : 1 - h.dampening,
      fromGrad: nesterov ? h.lr : 0,
      fromMean: nesterov ? h.lr * h.momentum : h.lr,
    }),
    update(w, g, { b }, { l2, keep, gain, fromGrad, fromMean }) {
      const d = g.add(w.mul(l2))
      const next = b.mul(keep).add(d.mul(gain))
      const move = nesterov ? d.mul(fromGrad).add(next.mul(fromMean)) : next.mul(fromMean)
      return { weight: w.sub(move), state: { b: next } }
    },
    kernel: (k, { weight, grad, state, length }, h) =>
      k.sgdMomentum(weight, grad, state.b, length, h.l2, h.keep, h.gain, h.fromGrad, h.fromMean),
  })
}
