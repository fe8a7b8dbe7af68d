/** Adam, and AdamW: the same with the decay of weights apart from the gradient. */
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, optionsOf } from '../optimizer.js'
import { type MomentHyper, type MomentScalar, moments } from './moments.js'

/** Settings of `adam` and `adamW`. */
export interface AdamOptions extends GroupOptions {
  /** learning rate. Default 1e-3 */
  lr?: Hyper | undefined
  /** share of the running mean that is kept. Default 0.9 */
  beta1?: Hyper | undefined
  /** share of the running square that is kept. Default 0.999 */
  beta2?: Hyper | undefined
  /** added to the size. Default 1e-8 */
  eps?: Hyper | undefined
  /** adam: λ of the penalty λ/2·‖w‖², default 0; adamW: share of the weight that lr takes away, default 0.01 */
  weightDecay?: Hyper | undefined
  /** whether to divide by the largest running square so far [Reddi 2018]. Default false */
  amsgrad?: boolean | undefined
}

/**
 * d = g + λw;  m ← β₁m + (1 − β₁)d;  v ← β₂v + (1 − β₂)d²;  w ← w − lr·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 *
 * [Kingma 2015]; defaults as in PyTorch.
 *
 * @example adam({ lr: 1e-3 })
 */
export const adam = (options: AdamOptions = {}): Optimizer => family('adam', optionsOf('adam', options))

/**
 * Adam with w ← (1 − lr·λ)·w in the place of the penalty [Loshchilov 2019]; weightDecay λ defaults to 0.01.
 *
 * @example adamW({ lr: 3e-4, weightDecay: 0.1, groups: [noDecay] })
 */
export const adamW = (options: AdamOptions = {}): Optimizer => family('adamW', optionsOf('adamW', options))

const unit = [0, 1] as const

function family(name: 'adam' | 'adamW', { amsgrad = false, ...options }: AdamOptions): Optimizer {
  const apart = name === 'adamW'
  const { state, update, kernel } = moments(amsgrad)
  return defineOptimizer<MomentHyper, string, MomentScalar>({
    name,
    hyper: { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: apart ? 0.01 : 0 },
    ranges: { beta1: unit, beta2: unit },
    options,
    flags: { amsgrad },
    state,
    scalars: (step, { lr, beta1, beta2, eps, weightDecay }) => ({
      l2: apart ? 0 : weightDecay,
      shrink: apart ? 1 - lr * weightDecay : 1,
      rate1: 1 - beta1,
      keep2: beta2,
      rate2: 1 - beta2,
      step: lr / (1 - beta1 ** step),
      root: 1 / Math.sqrt(1 - beta2 ** step),
      eps,
    }),
    update,
    kernel,
  })
}
