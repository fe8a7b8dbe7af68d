/** Colours and light changed a little. */
import { isTraining, randomFor } from '../../nn/index.js'
import { clamp, mean } from '../../ops/index.js'
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'
import { requirePictures } from './pictures.js'

/** How far each quantity goes: factors are even on 1 ± the number. */
export interface ColorJitterOptions {
  /** default 0: left as it is */
  readonly brightness?: number | undefined
  /** default 0 */
  readonly contrast?: number | undefined
  /** needs pictures of three channels; default 0 */
  readonly saturation?: number | undefined
}

/** how much red, green and blue count for the eye (ITU-R BT.601) */
const luma = [0.299, 0.587, 0.114]

/**
 * In training each picture's brightness, contrast and saturation, in this order, are multiplied by factors b of its own: x ← b·x + (1 − b)·o,
 * where o is 0 for brightness, the mean grey of the picture for contrast, the grey of each pixel for saturation; after each the result is
 * limited to [0, 1]. In evaluation pictures pass unchanged.
 *
 * Shapes: x (N, C, Y, X) with pixels in [0, 1] → the same. torchvision's order is random; it also turns hues.
 */
export class ColorJitter {
  readonly brightness: number
  readonly contrast: number
  readonly saturation: number
  constructor({ brightness = 0, contrast = 0, saturation = 0 }: ColorJitterOptions = {}) {
    for (const [name, range] of Object.entries({ brightness, contrast, saturation }))
      if (!(range >= 0 && range <= 1)) throw new HebbError(`ColorJitter: ${name} ${range}: give 0 (as it is) to 1`)
    this.brightness = brightness
    this.contrast = contrast
    this.saturation = saturation
  }

  forward(x: Tensor): Tensor {
    const [N, C] = requirePictures(x, 'ColorJitter', this.saturation > 0 ? 3 : undefined)
    if (!isTraining()) return x
    const weights = tensor(Float32Array.from(C === 3 ? luma : new Array<number>(C).fill(1 / C)), { shape: [C, 1, 1] })
    const grey = (y: Tensor): Tensor => y.mul(weights).sum(1, { keep: true })
    const blend = (y: Tensor, range: number, other: (y: Tensor) => Tensor | undefined): Tensor => {
      if (range === 0) return y
      const factor = randomFor(this, [N, 1, 1, 1])
        .mul(2 * range)
        .add(1 - range)
      const o = other(y)
      const scaled = y.mul(factor)
      return clamp(o ? scaled.add(o.sub(o.mul(factor))) : scaled, { min: 0, max: 1 })
    }
    const light = blend(x, this.brightness, () => undefined)
    const contrasted = blend(light, this.contrast, (y) => mean(grey(y), [2, 3], { keep: true }))
    return blend(contrasted, this.saturation, grey)
  }
}
