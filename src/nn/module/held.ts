/** A model that another one holds without being made of it: a teacher, a reference, a target. */
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { initialize } from '../initialize.js'
import { traceHeld } from '../scope.js'
import type { Layer, Model } from './layer.js'
import { heldModels, walkOf } from './walk.js'

type Inputs<M> = M extends Layer<infer In, infer _> ? In : never
type Output<M> = M extends Layer<infer _, infer Out> ? Out : never

/** What `held` gives: a layer that runs a model it does not own. */
export class Held<M extends Model> {
  readonly #model: M
  readonly #seed: number

  constructor(model: M, options: { seed?: number | undefined } = {}) {
    if (typeof model !== 'object' || model === null)
      throw new HebbError(`held: ${String(model)} is no model: give a layer, or an object that holds some`)
    checkOptions('held', options, ['seed'])
    this.#model = model
    this.#seed = options.seed ?? 0
    heldModels.set(this, model)
  }

  /** the model itself: to load, to train on its own, to replace its weights */
  get model(): M {
    return this.#model
  }

  /** What the model's `forward` gives, in evaluation. */
  forward(...inputs: Inputs<M>): Output<M> {
    return this.use((model) => (model as Layer<Inputs<M>, Output<M>>).forward(...inputs))
  }

  /** What `f` makes of the model, for its other methods: in evaluation, as `forward` is. `f` gives its result at once, not as a promise. */
  use<R>(f: (model: M) => R): R {
    const model = this.#model
    if (!walkOf(model).complete) initialize(model, { seed: this.#seed })
    const result = traceHeld(this, model, () => f(model))
    if (result instanceof Promise)
      throw new HebbError('held: use gave a promise: what runs later no longer runs in evaluation: give tensors')
    return result
  }
}

/**
 * A model to keep in a field of another one without being part of it: it is neither trained with it nor saved, counted, frozen or wrapped.
 * Call it as the model itself. It always runs in evaluation (no dropout, running statistics as they are), gradients pass through it to what it is given and
 * never to its weights, and its first values are drawn on their own, from `seed` (default 0) and its own paths, unless it is loaded or trained before.
 * Given itself to `load`, `save`, `predict`, `parameters` and the like, it is the model it holds.
 *
 * @example
 * class Student {
 *   readonly net = new Linear(784, 10)
 *   constructor(teacher: Sequential) {
 *     this.teacher = held(teacher)
 *   }
 *   readonly teacher: Held<Sequential>
 *   forward(x: Tensor): Tensor {
 *     return this.net.forward(x)
 *   }
 * }
 * const step = trainStep(student, adam(), ({ x }) => meanSquaredError(student.forward(x), student.teacher.forward(x)))
 */
export const held = <M extends Model>(model: M, options: { seed?: number | undefined } = {}): Held<M> => new Held(model, options)
