/** Vectors for ids. */
import { embedding } from '../ops/gather/take.js'
import { HebbError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Initializer, normal } from './init.js'
import { Param } from './param.js'

/**
 * y = weight[ids]: the row of a table for each id [Bengio 2003].
 *
 * Shapes: ids (…) whole numbers → (…, D); weight (V, D).
 * Initial values: normal with deviation 1, as in PyTorch; the row `paddingIndex` is 0 and gets no gradient. Negative ids count from the end
 * (PyTorch refuses them). Throws HebbError for sizes that are no whole numbers and a paddingIndex that is no row; a run fails when an id is outside.
 *
 * @example new Embedding(50_257, 768).forward(tensor([[1, 2, 3]], { dtype: 'i32' })) // (1, 3, 768)
 */
export class Embedding {
  readonly weight: Param
  private readonly paddingIndex: number | undefined

  constructor(rows: number, width: number, { paddingIndex }: { paddingIndex?: number } = {}) {
    if (!Number.isInteger(rows) || rows < 1) throw new HebbError(`Embedding: ${rows} is no number of rows: give 1 or more`)
    if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= -rows && paddingIndex < rows))
      throw new HebbError(`Embedding: paddingIndex ${paddingIndex} is none of the ${rows} rows`)
    this.paddingIndex = paddingIndex !== undefined && paddingIndex < 0 ? paddingIndex + rows : paddingIndex
    const row = this.paddingIndex
    const init: Initializer = (out, shape, key) => {
      normal(1)(out, shape, key)
      if (row !== undefined) for (let i = row * width; i < (row + 1) * width; i++) out[i] = 0
    }
    this.weight = new Param([rows, width], init)
  }

  forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids, this.paddingIndex === undefined ? {} : { paddingIndex: this.paddingIndex })
  }
}
