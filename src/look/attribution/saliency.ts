/** Which pixels move the score: gradients with respect to the picture. */
import { grad } from '../../autodiff/index.js'
import { activations, type Layer } from '../../nn/index.js'
import { abs, max } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import { requirePictures } from '../../vision/augment/pictures.js'
import { ready, scoreOf, type Target } from './score.js'

/** ∂score/∂x of each example, in x's shape. */
export const inputGradient = (model: Layer, x: Tensor, target: Target): Tensor =>
  grad((v: Tensor) => scoreOf(activations(ready(model), v, []).output, target))(x)

/**
 * max over channels of |∂score/∂x|: how much each pixel moves the score of a class [Simonyan 2014].
 *
 * Shapes: x (N, C, Y, X), scores (N, classes) → (N, Y, X). `target` is the class, one for all pictures or one for each.
 *
 * @example const map = await saliency(model, pictures, 3).data()
 */
export function saliency(model: Layer, x: Tensor, target: Target): Tensor {
  requirePictures(x, 'saliency')
  return max(abs(inputGradient(model, x, target)), 1)
}
