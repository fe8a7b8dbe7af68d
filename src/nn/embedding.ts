/** Vectors for ids, one by one or in bags. */
import { type EmbeddingBagOptions, embeddingBag } from '../ops/gather/embeddingBag.js'
import { embedding } from '../ops/gather/take.js'
import { HebbError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { inParts, normal } from './init.js'
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

  constructor(rows: number, width: number, { paddingIndex }: { paddingIndex?: number | undefined } = {}) {
    if (!Number.isInteger(rows) || rows < 1) throw new HebbError(`Embedding: ${rows} is no number of rows: give 1 or more`)
    if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= -rows && paddingIndex < rows))
      throw new HebbError(`Embedding: paddingIndex ${paddingIndex} is none of the ${rows} rows`)
    this.paddingIndex = paddingIndex !== undefined && paddingIndex < 0 ? paddingIndex + rows : paddingIndex
    const row = this.paddingIndex
    const init = inParts((out, shape, key, from = 0) => {
      normal(1)(out, shape, key, from)
      if (row !== undefined) out.fill(0 as never, clamped(row * width - from, out.length), clamped((row + 1) * width - from, out.length))
    })
    this.weight = new Param([rows, width], init)
  }

  forward(ids: Tensor): Tensor<'f32'> {
    return embedding(this.weight, ids, this.paddingIndex === undefined ? {} : { paddingIndex: this.paddingIndex })
  }
}

const clamped = (at: number, length: number): number => Math.min(Math.max(at, 0), length)

/** Options of EmbeddingBag. */
export type EmbeddingBagLayerOptions = Pick<EmbeddingBagOptions, 'mode' | 'paddingIndex' | 'lastOffset'>

/**
 * Rows of a table, averaged (by default), summed or their maximum for each bag of ids.
 *
 * Shapes: ids (B, T), or (T) with offsets (B), where each bag begins → (B, D); weight (V, D).
 * Initial values: normal with deviation 1, as in PyTorch; the row `paddingIndex` is 0, is in no bag, and gets no gradient.
 *
 * @example new EmbeddingBag(10_000, 64, { mode: 'sum' }).forward(tensor([[1, 2, 3]], { dtype: 'i32' })) // (1, 64)
 */
export class EmbeddingBag {
  readonly weight: Param

  constructor(
    rows: number,
    width: number,
    private readonly options: EmbeddingBagLayerOptions = {},
  ) {
    const { paddingIndex } = options
    this.weight = new Embedding(rows, width, { paddingIndex }).weight
  }

  /** `weights`: a factor for each id, in mode 'sum'. */
  forward(ids: Tensor, { offsets, weights }: Pick<EmbeddingBagOptions, 'offsets' | 'weights'> = {}): Tensor {
    return embeddingBag(this.weight, ids, { ...this.options, offsets, weights })
  }
}
