/** The numbers of a model as a part of a run. */

import type { StoredTensor } from '../files/safetensors/stored.js'
import { savedArray } from '../files/saved.js'
import type { Saved, Stateful } from '../files/stateful.js'
import { isStill } from '../graph/storage.js'
import { initialize } from '../nn/initialize.js'
import { type Model, requireParameters } from '../nn/module.js'
import type { Param } from '../nn/param.js'

/**
 * Parameters and buffers of a model that no learner holds, as a part of a `run`: a target network, weights that a rule of your own moves. Frozen ones are
 * left out. A learner, or a step, is a part itself and has its weights in its state.
 *
 * @example run({ step, target: weightsOf(target) }, options, body)
 */
export function weightsOf(model: Model): Stateful {
  const moving = (): [string, Param][] => {
    initialize(model)
    return [...requireParameters(model)].filter(([, { storage }]) => !isStill(storage.home!))
  }
  return {
    state: (): Saved => ({
      plain: null,
      arrays: new Map(
        moving().map(([name, { dtype, shape, storage }]): [string, StoredTensor] => [name, { dtype, shape, data: storage.array! }]),
      ),
    }),
    check: (saved) => {
      for (const [name, form] of moving()) savedArray(saved, name, form)
    },
    restore: (saved) => {
      for (const [name, p] of moving()) p.storage.array!.set(savedArray(saved, name, p) as never)
    },
  }
}
