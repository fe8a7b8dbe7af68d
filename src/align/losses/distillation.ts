/** A student that learns what its teacher finds likely: forward and reverse KL, what lies between, and soft labels beside hard ones. */
import { stopGradient } from '../../autodiff/grad.js'
import '../../functional/index.js'
import { stack } from '../../ops/index.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { kept, maskedMean, tokenLogProbabilities } from './logProbabilities.js'

/** Options of `distillationLoss`. */
export interface DistillationOptions {
  /** 0 is KL(teacher ‖ student), 1 is KL(student ‖ teacher), between them the generalised Jensen–Shannon divergence. Default 1, as TRL 1.13 distills */
  readonly beta?: number | undefined
  /** both distributions are softened by it. Default 1 */
  readonly temperature?: number | undefined
  /** tokens that count in all batches of a step: what the sum is divided by. Default: those there are */
  readonly numItemsInBatch?: number | Tensor | undefined
}

/** The options of `distillationLoss` by name. */
export const distillationOptions = ['beta', 'temperature', 'numItemsInBatch'] as const satisfies readonly (keyof DistillationOptions)[]

/** KL(a ‖ b) of distributions given by their logarithms (…, V) → (…). */
const klOf = (a: Tensor, b: Tensor): Tensor => a.exp().mul(a.sub(b)).sum(-1)

/**
 * How far a student is from its teacher at each place: KL(t ‖ s) for β = 0, KL(s ‖ t) for β = 1, else β KL(t ‖ m) + (1 − β) KL(s ‖ m) with the mixture m = (1 − β)s + βt [Agarwal 2024].
 * No gradient passes to the teacher. Shapes: logits (…, V), both of one vocabulary → (…).
 */
export function distillationDivergence(student: Tensor, teacher: Tensor, { beta = 1, temperature = 1 }: DistillationOptions = {}): Tensor {
  if (!sameShape(student.shape, teacher.shape))
    throw new ShapeError(
      `distillationLoss: student ${showShape(student.shape)} and teacher ${showShape(teacher.shape)} differ: both are to have one vocabulary`,
    )
  if (!(beta >= 0 && beta <= 1)) throw new HebbError(`distillationLoss: beta ${beta}: give a number from 0 to 1`)
  if (!(temperature > 0)) throw new HebbError(`distillationLoss: temperature ${temperature}: give a number above 0`)
  const soft = (logits: Tensor): Tensor => (temperature === 1 ? logits : logits.div(temperature)).logSoftmax(-1)
  const [s, t] = [soft(student), soft(stopGradient(teacher))]
  if (beta === 0) return klOf(t, s)
  if (beta === 1) return klOf(s, t)
  const mixture = stack([s.add(Math.log1p(-beta)), t.add(Math.log(beta))], 0).logSumExp(0)
  return klOf(t, mixture)
    .mul(beta)
    .add(klOf(s, mixture).mul(1 - beta))
}

/**
 * {@link distillationDivergence}, mean over the places that count; without the factor T² that soft labels beside hard ones have.
 * Shapes: logits (N, T, V) both, mask (N, T) → ().
 *
 * @example distillationLoss(student.forward(x), teacher.forward(x), mask, { beta: 0.5, temperature: 0.9 })
 */
export function distillationLoss(student: Tensor, teacher: Tensor, mask: Tensor, options: DistillationOptions = {}): Tensor {
  checkOptions('distillationLoss', options, distillationOptions)
  const each = distillationDivergence(student, teacher, options)
  const { numItemsInBatch } = options
  return numItemsInBatch === undefined ? maskedMean(each, mask) : kept(each, mask).sum().div(numItemsInBatch)
}

/**
 * α T² KL(teacher ‖ student) at temperature T + (1 − α) times the surprise at the labels [Hinton 2015]. Shapes: logits (N, T, V), ids and mask (N, T) → loss, soft and hard, () each.
 * `alpha` is 0.5 and `temperature` 2 unless given.
 */
export function softLabelLoss(
  student: Tensor,
  teacher: Tensor,
  ids: Tensor,
  mask: Tensor,
  options: { readonly alpha?: number | undefined; readonly temperature?: number | undefined } = {},
): { readonly loss: Tensor; readonly soft: Tensor; readonly hard: Tensor } {
  checkOptions('softLabelLoss', options, ['alpha', 'temperature'])
  const { alpha = 0.5, temperature = 2 } = options
  const soft = distillationLoss(student, teacher, mask, { beta: 0, temperature }).mul(temperature ** 2)
  const hard = maskedMean(tokenLogProbabilities(student, ids), mask).neg()
  return { loss: soft.mul(alpha).add(hard.mul(1 - alpha)), soft, hard }
}
