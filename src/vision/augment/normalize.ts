/** Pixels brought to mean 0 and deviation 1, channel by channel. */
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'
import { requirePictures } from './pictures.js'

/**
 * y = (x − mean) / deviation for each channel, inside the model, so that what is exported takes pictures as they are.
 *
 * Shapes: x (N, C, Y, X) → the same; one mean and one deviation for each channel, in units of the pixels. Nothing is trained.
 *
 * @example sequential(new Normalize([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]), resnet20())
 */
export class Normalize {
  readonly #shift: Tensor
  readonly #scale: Tensor
  readonly #channels: number

  constructor(mean: readonly number[], deviation: readonly number[]) {
    if (mean.length === 0 || mean.length !== deviation.length || !mean.every(Number.isFinite) || !deviation.every((d) => d > 0))
      throw new HebbError(
        `Normalize: means ${mean.join(', ')} and deviations ${deviation.join(', ')}: give one of each per channel, deviations above 0`,
      )
    const shape = [mean.length, 1, 1]
    this.#channels = mean.length
    this.#shift = tensor(
      Float32Array.from(mean, (m) => -m),
      { shape },
    )
    this.#scale = tensor(
      Float32Array.from(deviation, (d) => 1 / d),
      { shape },
    )
  }

  forward(x: Tensor): Tensor {
    requirePictures(x, 'Normalize', this.#channels)
    return x.add(this.#shift).mul(this.#scale)
  }
}
