/** A score shared out among the inputs, so that the shares add up. */
import type { Layer } from '../../nn/index.js'
import { compile } from '../../runtime/index.js'
import { HebbError, ShapeError, type Tensor, tensor } from '../../tensor/index.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { inputGradient } from './saliency.js'
import { ready, type Target } from './score.js'

/** Options of integratedGradients. */
export interface IntegratedGradientsOptions {
  /** where the path starts, in x's shape: a picture that says nothing; default zeros */
  readonly baseline?: Tensor | undefined
  /** points of the path at which gradients are taken; default 50 */
  readonly steps?: number | undefined
}

/**
 * (x − b) · ∫₀¹ ∂score/∂x at b + t·(x − b) dt: the way from a baseline b to x, each input given what it changed of the score [Sundararajan 2017].
 * Completeness: the shares of an example add up to score(x) − score(b), as nearly as the middle points of `steps` pieces are the integral.
 *
 * Shapes: x (N, …), scores (N, classes) → x's shape, computed. Throws ShapeError for a baseline of another shape.
 *
 * @example const shares = await integratedGradients(model, pictures, [3, 5])
 */
export async function integratedGradients(
  model: Layer,
  x: Tensor,
  target: Target,
  { baseline, steps = 50 }: IntegratedGradientsOptions = {},
): Promise<Tensor> {
  if (!Number.isInteger(steps) || steps < 1) throw new HebbError(`integratedGradients: ${steps} steps: give a whole number of at least 1`)
  if (baseline && !sameShape(baseline.shape, x.shape))
    throw new ShapeError(`integratedGradients: the baseline is ${showShape(baseline.shape)}, the input ${showShape(x.shape)}`)
  const gradient = compile((v: Tensor) => inputGradient(ready(model), v, target))
  const end = await x.cast('f32').data()
  const start = baseline ? await baseline.cast('f32').data() : new Float32Array(end.length)
  const sums = new Float64Array(end.length)
  const at = new Float32Array(end.length)
  for (let k = 0; k < steps; k++) {
    const t = (k + 0.5) / steps
    for (let i = 0; i < at.length; i++) at[i] = Number(start[i]) + t * (Number(end[i]) - Number(start[i]))
    const g = (await gradient(tensor(at, { shape: x.shape }))).value!
    for (let i = 0; i < sums.length; i++) sums[i]! += Number(g[i])
  }
  return tensor(
    Float32Array.from(sums, (s, i) => ((Number(end[i]) - Number(start[i])) * s) / steps),
    { shape: x.shape },
  )
}
