/** Answers that hear a picture and its mirror image. */
import { isTraining, type Layer } from '../../nn/index.js'
import { add, flip, mul } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import { requirePictures } from './pictures.js'

/**
 * In evaluation y = (f(x) + f(x mirrored left to right)) / 2: two looks at each picture, whose errors are not quite the same. It helps where
 * mirrored pictures were in training (`RandomHorizontalFlip`), and takes twice the time. In training y = f(x).
 *
 * Shapes: those of the inner model; x (N, C, Y, X).
 *
 * @example const answers = await predict(new MirrorAverage(net), test)
 */
export class MirrorAverage implements Layer {
  constructor(readonly inner: Layer) {}

  forward(x: Tensor): Tensor {
    requirePictures(x, 'MirrorAverage')
    const y = this.inner.forward(x)
    return isTraining() ? y : mul(add(y, this.inner.forward(flip(x, [-1]))), 0.5)
  }
}
