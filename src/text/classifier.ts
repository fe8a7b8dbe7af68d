/** What kind of text is it: a Transformer encoder whose places are averaged. */
import { Dropout, init, Linear, Param, SinusoidalPositions, TransformerEncoder } from '../nn/index.js'
import { add, div, embedding, mul, notEqual, sum, unsqueeze } from '../ops/index.js'
import { HebbError, ShapeError, type Tensor } from '../tensor/index.js'

/** What a TextClassifier is made of. */
export interface TextClassifierConfig {
  /** number of ids, V */
  readonly vocabulary: number
  readonly classes: number
  /** width, D */
  readonly width: number
  readonly heads: number
  readonly layers: number
  /** width inside the feed-forward nets; default 4 · D */
  readonly hidden?: number
  /** default 0.1 */
  readonly dropout?: number
}

/**
 * Tokens become vectors, an encoder lets every token look at all others [Vaswani 2017], and the mean over the tokens that are there says the class.
 *
 * Shapes: ids (N, T), 0 padding → logits (N, classes); tokens.weight (V, D), encoder.* as {@link TransformerEncoder}, head.
 * Initial values: token vectors normal with deviation 1/√D, the rest as its layers. A text of padding alone is classified by nothing but biases.
 * Throws HebbError for sizes that are none, ShapeError when ids are no (N, T).
 *
 * @example new TextClassifier({ vocabulary: 5000, classes: 2, width: 64, heads: 4, layers: 2 })
 */
export class TextClassifier {
  readonly tokens: { readonly weight: Param }
  readonly encoder: TransformerEncoder
  readonly head: Linear
  private readonly positions: SinusoidalPositions
  private readonly drop: Dropout
  private readonly scale: number

  constructor({ vocabulary, classes, width, heads, layers, hidden = 4 * width, dropout = 0.1 }: TextClassifierConfig) {
    for (const [name, n] of Object.entries({ vocabulary, classes }))
      if (!Number.isInteger(n) || n < 1) throw new HebbError(`TextClassifier: ${name} is ${n}: give a whole number of 1 or more`)
    this.tokens = { weight: new Param([vocabulary, width], init.normal(1 / Math.sqrt(width))) }
    this.encoder = new TransformerEncoder(width, heads, layers, { hidden, dropout, normFirst: true })
    this.head = new Linear(width, classes)
    this.positions = new SinusoidalPositions(width)
    this.drop = new Dropout(dropout)
    this.scale = Math.sqrt(width)
  }

  forward(ids: Tensor): Tensor {
    if (ids.rank !== 2) throw new ShapeError(`TextClassifier: ids (${ids.shape.join(', ')}) are not (N, T)`)
    const there = notEqual(ids, 0)
    const x = this.drop.forward(this.positions.forward(mul(embedding(this.tokens.weight, ids), this.scale)))
    const seen = this.encoder.forward(x, { keyMask: there })
    const counted = unsqueeze(there.cast('f32'), 2)
    const mean = div(sum(mul(seen, counted), 1), add(sum(counted, 1), 1e-6))
    return this.head.forward(this.drop.forward(mean))
  }
}
