/** Pictures mixed in pairs, and their answers with them. */
import { isTraining, oncePerTrace, randomFor } from '../../nn/index.js'
import { flip, take } from '../../ops/index.js'
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'

/** λ for u = 0, 1/points, …, 1: the quantiles of Beta(α, α). */
export function betaQuantiles(alpha: number, points: number): Float32Array {
  // with t = x^α the density's end at 0 becomes flat: P(x) ∝ ∫ (1 − t^(1/α))^(α−1) dt up to x^α; the other half is its mirror image
  const fine = 4096
  const end = 0.5 ** alpha
  const density = (t: number): number => (1 - t ** (1 / alpha)) ** (alpha - 1)
  const reached = new Float64Array(fine + 1)
  for (let i = 1; i <= fine; i++) reached[i] = reached[i - 1]! + density(((i - 0.5) * end) / fine)
  const quantiles = new Float32Array(points + 1)
  let i = 0
  for (let k = 0; 2 * k <= points; k++) {
    const wanted = ((2 * k) / points) * reached[fine]!
    while (i < fine - 1 && reached[i + 1]! < wanted) i++
    const t = ((i + (wanted - reached[i]!) / (reached[i + 1]! - reached[i]!)) * end) / fine
    quantiles[k] = t ** (1 / alpha)
    quantiles[points - k] = 1 - quantiles[k]!
  }
  return quantiles
}

const points = 1024

/**
 * Mixed examples [Zhang 2018]: in training x becomes λ·x + (1 − λ)·x′, where x′ is the batch in reverse order and λ is drawn from Beta(α, α) for
 * each batch; `loss` mixes the losses against both answers in the same way. In evaluation neither does anything.
 *
 * Shapes: x (N, …) → the same, any loss of output and target.
 *
 * @example
 * const mixup = new Mixup(0.2)
 * fit(sequential(mixup, net), data, { loss: mixup.loss(crossEntropy), optimizer: adam() })
 */
export class Mixup {
  readonly #quantiles: Tensor

  constructor(readonly alpha = 0.2) {
    if (!(alpha > 0 && Number.isFinite(alpha))) throw new HebbError(`Mixup: α is ${alpha}: give a number above 0; small ones mix little`)
    this.#quantiles = tensor(betaQuantiles(alpha, points))
  }

  forward(x: Tensor): Tensor {
    return isTraining() ? this.#mixed(x, flip(x, [0])) : x
  }

  /** λ·loss(output, target) + (1 − λ)·loss(output, target′) with the λ of the same batch. Order does not matter: both ask for the batch's one draw. */
  loss(loss: (output: Tensor, target: Tensor) => Tensor): (output: Tensor, target: Tensor) => Tensor {
    return (output, target) => (isTraining() ? this.#mixed(loss(output, target), loss(output, flip(target, [0]))) : loss(output, target))
  }

  #mixed(a: Tensor, b: Tensor): Tensor {
    return b.add(a.sub(b).mul(oncePerTrace(this, () => this.#draw())))
  }

  /** λ at a random place of the table of quantiles, between its neighbours. */
  #draw(): Tensor {
    const place = randomFor(this, []).mul(points)
    const below = place.floor().minimum(points - 1)
    const at = below.cast('i32')
    const low = take(this.#quantiles, at)
    return low.add(take(this.#quantiles, at.add(1)).sub(low).mul(place.sub(below)))
  }
}
