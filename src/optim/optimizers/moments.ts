/** The step that Adam, AdamW and RAdam share: a running mean of gradients over their running size. */
import type { Kernels } from '../../kernels/kernels.js'
import { defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Slices } from '../optimizer.js'

/** Hyperparameters of the family. */
export type MomentHyper = 'lr' | 'beta1' | 'beta2' | 'eps' | 'weightDecay'

/** Scalars of the step. */
export type MomentScalar = 'l2' | 'shrink' | 'rate1' | 'keep2' | 'rate2' | 'step' | 'root' | 'eps'

/**
 * d = g + l2·w;  m ← m + rate1·(d − m);  v ← keep2·v + rate2·d²;  w ← shrink·w − step·m / (root·√v + eps).
 * With amsgrad, top ← max(top, v) stands in the place of v under the root.
 */
export const moments = (amsgrad: boolean) => ({
  state: defined({ m: 0, v: 0, top: amsgrad ? 0 : undefined }) as Record<string, number>,

  update(w: Tensor, g: Tensor, state: Readonly<Record<string, Tensor>>, h: Readonly<Record<MomentScalar, Tensor>>) {
    const d = g.add(w.mul(h.l2))
    const m = state.m!.add(d.sub(state.m!).mul(h.rate1))
    const v = state.v!.mul(h.keep2).add(d.square().mul(h.rate2))
    const top = amsgrad ? state.top!.maximum(v) : v
    const size = top.sqrt().mul(h.root).add(h.eps)
    const next: Record<string, Tensor> = amsgrad ? { m, v, top } : { m, v }
    return { weight: w.mul(h.shrink).sub(m.mul(h.step).div(size)), state: next }
  },

  kernel(k: Kernels, { weight, grad, state, length }: Slices, h: Readonly<Record<MomentScalar, number>>) {
    const { l2, shrink, rate1, keep2, rate2, step, root, eps } = h
    const { m, v, top } = state as { m: number; v: number; top: number }
    if (amsgrad) k.amsgrad(weight, grad, m, v, top, length, l2, shrink, rate1, keep2, rate2, step, root, eps)
    else k.adam(weight, grad, m, v, length, l2, shrink, rate1, keep2, rate2, step, root, eps)
  },
})
