/** Where in the picture a class was seen: feature maps weighed by what they are worth to it. */
import { gradients } from '../../autodiff/index.js'
import { interpolate, relu } from '../../functional/index.js'
import { activations, type Layer } from '../../nn/index.js'
import { mean, sum } from '../../ops/index.js'
import { ShapeError, type Tensor } from '../../tensor/index.js'
import { showShape } from '../../tensor/shape.js'
import { requirePictures } from '../../vision/augment/pictures.js'
import { ready, scoreOf, type Target } from './score.js'

/** Options of gradCam. */
export interface GradCamOptions {
  /** path of the layer whose maps are weighed, the last one with places: `'layer3'` */
  readonly layer: string
  /** whether the maps are stretched to the picture's height and width; default true */
  readonly stretch?: boolean | undefined
}

/**
 * relu(Σ α_c · A_c) with α_c = mean over places of ∂score/∂A_c: the maps A of a layer, each weighed by how much it raises the score of a class
 * [Selvaraju 2017]. Where the mean over places and one linear layer follow, α are that layer's weights over the number of places [Zhou 2016].
 *
 * Shapes: x (N, C, Y, X), the layer's result (N, D, Y′, X′), scores (N, classes) → (N, Y, X) stretched bilinearly, else (N, Y′, X′).
 * Throws HebbError for a path that leads to no layer, ShapeError for a layer without places.
 *
 * @example const map = await gradCam(resnet, pictures, 3, { layer: 'layer3' }).data()
 */
export function gradCam(model: Layer, x: Tensor, target: Target, { layer, stretch = true }: GradCamOptions): Tensor {
  const [N, , Y, X] = requirePictures(x, 'gradCam')
  const { output, inside } = activations(ready(model), x, [layer])
  const maps = inside.get(layer)!
  if (maps.rank !== 4)
    throw new ShapeError(`gradCam: ${layer} gives ${showShape(maps.shape)}, no maps (N, D, Y, X): choose a layer before the pooling`)
  const [slopes] = gradients(scoreOf(output, target), [maps])
  const seen = relu(sum(maps.mul(mean(slopes!, [2, 3], { keep: true })), 1, { keep: true }))
  const wide = stretch ? interpolate(seen, { size: [Y, X], mode: 'bilinear' }) : seen
  return wide.reshape([N, ...wide.shape.slice(2)])
}
