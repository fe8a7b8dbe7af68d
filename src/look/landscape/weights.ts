/** A model's trained weights as one point in space, and random directions from there. */
import { keyOf, normal } from '../../kernels/random.js'
import { initialize } from '../../nn/initialize.js'
import { type Model, requireParameters } from '../../nn/module.js'
import type { Param } from '../../nn/param.js'
import { joined } from '../../tensor/dtype.js'
import { DtypeError } from '../../tensor/errors.js'

/** The trainable parameters of a model by path, initialised. Throws DtypeError for one that is not f32. */
export function trainables(model: Model): [string, Param][] {
  initialize(model)
  const found = [...requireParameters(model)].filter(([, p]) => p.trainable)
  for (const [path, p] of found) if (p.dtype !== 'f32') throw new DtypeError(`landscape: ${path} is ${p.dtype}: weights must be f32`)
  return found
}

/** All trainable weights of a model, one parameter after another in the order of `parameters(model)`: a copy, the point where it stands. */
export function flatWeights(model: Model): Float32Array {
  return joined(
    trainables(model).map(([, p]) => p.storage.array!),
    'f32',
  )
}

/** Puts a point of `flatWeights` back into the model. */
export function placeWeights(model: Model, point: Float32Array): void {
  let at = 0
  for (const [, p] of trainables(model)) {
    p.storage.array!.set(point.subarray(at, at + p.size) as never)
    at += p.size
  }
}

/**
 * A random direction in the space of weights, as long as the weights are, filter by filter [Li 2018]: d_f ← d_f / ‖d_f‖ · ‖w_f‖ for every row f of a
 * weight of two axes or more (what makes one unit or one channel); 0 for biases and the scales of norms. So two nets whose weights have
 * other sizes but whose function is the same show the same landscape. `key` tells several directions apart.
 *
 * @example const directions = [randomDirection(model, { key: 'x' }), randomDirection(model, { key: 'y' })]
 */
export function randomDirection(
  model: Model,
  { seed = 0, key = 'x' }: { readonly seed?: number | undefined; readonly key?: string | undefined } = {},
): Float32Array {
  const pieces = trainables(model).map(([path, p]) => {
    const d = new Float32Array(p.size)
    if (p.rank < 2) return d
    normal(keyOf(seed, 'landscape', key, path), 0, d)
    const w = p.storage.array!
    const width = p.size / p.shape[0]!
    for (let row = 0; row < p.size; row += width) {
      const length = norm(d.subarray(row, row + width))
      const factor = length === 0 ? 0 : norm(w.subarray(row, row + width)) / length
      for (let i = row; i < row + width; i++) d[i]! *= factor
    }
    return d
  })
  return joined(pieces, 'f32')
}

/** ‖row‖; a loop, as `Math.hypot(...row)` fails beyond about 100,000 numbers. */
function norm(row: Float32Array): number {
  let squares = 0
  for (const x of row) squares += x * x
  return Math.sqrt(squares)
}
