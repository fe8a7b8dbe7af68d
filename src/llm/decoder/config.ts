/** What a decoder is made of, in plain data. */
import type { Activation } from './activations.js'
import type { Naming } from './names.js'
import type { Rope } from './rope.js'

/** Which places a layer's attention sees: all before, or those in the window. */
export type LayerKind = 'full' | 'sliding'

/** What a decoder-only Transformer is made of; V, T, D, H are the letters of shapes. */
export interface DecoderConfig {
  /** how its parts are called and whether products are put together: as files of this kind have it */
  readonly naming: Naming
  /** number of tokens, V */
  readonly vocabulary: number
  /** longest sequence, T */
  readonly context: number
  readonly layers: number
  /** heads of queries, H */
  readonly heads: number
  /** heads of keys and values, a divisor of `heads`; default `heads` */
  readonly keyHeads?: number
  /** width of one head; default width / heads */
  readonly headWidth?: number
  /** width of the stream, D */
  readonly width: number
  /** width inside the feed-forward nets */
  readonly hidden: number
  readonly norm: {
    /** `layer`: mean and variance; `rms`: the mean square alone; `shiftedRms`: that, times 1 + weight */
    readonly kind: 'layer' | 'rms' | 'shiftedRms'
    readonly eps: number
    /** of `layer`; default true */
    readonly bias?: boolean
  }
  /** whether what each part gives is normalised before it is added, besides what it takes; default false */
  readonly normAfter?: boolean
  /** whether each head's queries and keys are normalised; default false */
  readonly normHeads?: boolean
  readonly activation: Activation
  readonly bias: {
    /** of queries, keys and values */
    readonly inputs: boolean
    /** of what attention gives */
    readonly output: boolean
    /** of the feed-forward nets */
    readonly hidden: boolean
  }
  /** how places turn queries and keys, by kind of layer; without it places are learned vectors that are added */
  readonly rope?: Readonly<Partial<Record<LayerKind, Rope>>>
  /** the kind of each layer; default all 'full' */
  readonly kinds?: readonly LayerKind[]
  /** how many places a 'sliding' layer sees, the own one among them */
  readonly window?: number
  /** factor of the scores; default 1/√headWidth */
  readonly scoreScale?: number
  /** whether the scores of layer i are divided by i + 1 besides; default false */
  readonly scoreByLayer?: boolean
  /** bound of the scores: cap · tanh(score / cap); default none */
  readonly scoreCap?: number
  /** bound of the logits; default none */
  readonly logitCap?: number
  /** the token that only fills up: its vector gets no gradient where it is read, as with PyTorch's padding_idx; default none */
  readonly padding?: number
  /** factor of token vectors; default 1 */
  readonly embeddingScale?: number
  /** whether the logits come from the table of token vectors itself [Press 2017] */
  readonly tied: boolean
  /** of first weights; those of products that add to the stream are divided by √(2 · layers). Default 0.02 */
  readonly deviation?: number
  /** probability of each dropout in training; one that is missing is no part of the model */
  readonly dropout?: { readonly embeddings?: number; readonly weights?: number; readonly added?: number }
}
