/** Models are plain objects: what they hold is found by walking their fields, and paths name it as checkpoints do. */
import { HebbError } from '../tensor/errors.js'
import type { Model } from './module/layer.js'
import { walkOf } from './module/walk.js'
import type { Param } from './param.js'

export type { AnyLayer, Layer, Model } from './module/layer.js'

/**
 * The parameters of a model by path, such as `encoder.0.weight`; one that appears twice keeps its first path.
 * Buffers (running means) are included; `trainable` tells them apart. What is `held` is not.
 *
 * Found are those in the fields of the model and of its layers (objects with `forward`), in arrays, Maps and plain objects there, and in fields of other
 * objects that hold a parameter or a layer themselves; `#private` fields are not seen. Throws HebbError where two have one path.
 */
export const parameters = (model: Model): Map<string, Param> => new Map(walkOf(model).parameters)

/** How many numbers a model holds: those that are trained, and all. */
export function countParameters(model: Model): { trainable: number; total: number } {
  let [trainable, total] = [0, 0]
  for (const p of walkOf(model).parameters.values()) {
    total += p.size
    if (p.trainable) trainable += p.size
  }
  return { trainable, total }
}

/** The parameters of a model that has some. Throws HebbError naming the cure when it has none. */
export function requireParameters(model: Model): ReadonlyMap<string, Param> {
  const found = walkOf(model).parameters
  if (found.size === 0)
    throw new HebbError(
      'the model holds no parameters: keep layers and Params in its public fields, arrays or Maps, where they can be found',
    )
  return found
}
