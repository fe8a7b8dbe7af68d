/** A parameter: a recipe for numbers (shape and initialiser) that is also a leaf of the graph. Declaring one allocates nothing. */
import { storageNode } from '../graph/leaf.js'
import { Storage } from '../graph/storage.js'
import type { Dtype } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import type { Initializer } from './init.js'

/** What kind of parameter it is. */
export interface ParamOptions<D extends Dtype = Dtype> {
  /** whether optimizers move it; false for buffers such as running means. Default true */
  trainable?: boolean | undefined
  /** default f32 */
  dtype?: D | undefined
}

/**
 * A tensor that a model owns. Its first values are a function of the run's seed and its path in the model alone, so that
 * adding a layer changes no other layer's start.
 *
 * @example class Scale { weight = new Param([3], init.ones); forward(x: Tensor) { return x.mul(this.weight) } }
 */
export class Param<D extends Dtype = 'f32'> extends Tensor<D> {
  /** the numbers and where they live */
  readonly storage: Storage<D>
  readonly #moves: boolean

  constructor(
    shape: Shape,
    readonly init: Initializer,
    { trainable = true, dtype = 'f32' }: ParamOptions = {},
  ) {
    if (shape.some((d) => !Number.isInteger(d) || d < 0))
      throw new HebbError(`a parameter cannot have shape (${shape.join(', ')}): sizes are whole numbers, 0 or more`)
    const storage = new Storage<D>(dtype as D)
    super(storageNode(shape, dtype, storage))
    this.storage = storage
    this.#moves = trainable
  }

  /** whether optimizers move it: it is no buffer, and not frozen */
  get trainable(): boolean {
    return this.#moves && !this.frozen
  }
  /** whether it stays as it is, weight or buffer: see `frozen` */
  get frozen(): boolean {
    return this.storage.frozen
  }
}
