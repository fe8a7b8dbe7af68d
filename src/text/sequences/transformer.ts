/** The Transformer as it was first built: an encoder that reads, a decoder that writes. */
import { Dropout, init, Param, SinusoidalPositions, TransformerDecoder, TransformerEncoder } from '../../nn/index.js'
import { embedding, linear, mul, notEqual, split } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Seq2Seq } from './seq2seq.js'

/** What a TransformerSeq2Seq is made of. */
export interface TransformerSeq2SeqConfig {
  /** number of ids of the source and of the target language */
  readonly vocabularies: readonly [source: number, target: number]
  /** longest source and target */
  readonly places: readonly [source: number, target: number]
  /** width, D */
  readonly width: number
  readonly heads: number
  /** of encoder and decoder each */
  readonly layers: number
  /** default 4 · D */
  readonly hidden?: number
  /** default 0.1 */
  readonly dropout?: number
}

/**
 * The encoder's places look at one another, the decoder's at those before them and at the encoder's; token vectors times √D, plus sines of
 * their places, go in, and the decoder's states are compared with the target's token vectors [Vaswani 2017].
 *
 * Shapes: source (N, S), target (N, T) → logits (N, T, V). Parameters source.weight (V_S, D), target.weight (V, D), encoder.*, decoder.* as in
 * PyTorch's layers. Initial values: token vectors normal with deviation 1/√D. Unlike the paper each part normalises its input [Xiong 2020].
 *
 * @example new TransformerSeq2Seq({ vocabularies: [2000, 2000], places: [32, 33], width: 128, heads: 4, layers: 2 })
 */
export class TransformerSeq2Seq implements Seq2Seq {
  readonly source: { readonly weight: Param }
  readonly target: { readonly weight: Param }
  readonly encoder: TransformerEncoder
  readonly decoder: TransformerDecoder
  readonly places: readonly [source: number, target: number]
  private readonly positions: SinusoidalPositions
  private readonly drop: Dropout
  private readonly scale: number

  constructor({ vocabularies, places, width, heads, layers, hidden = 4 * width, dropout = 0.1 }: TransformerSeq2SeqConfig) {
    const table = (rows: number) => ({ weight: new Param([rows, width], init.normal(1 / Math.sqrt(width))) })
    this.source = table(vocabularies[0])
    this.target = table(vocabularies[1])
    const options = { hidden, dropout, normFirst: true } as const
    this.encoder = new TransformerEncoder(width, heads, layers, options)
    this.decoder = new TransformerDecoder(width, heads, layers, options)
    this.places = places
    this.positions = new SinusoidalPositions(width)
    this.drop = new Dropout(dropout)
    this.scale = Math.sqrt(width)
  }

  encode(source: Tensor): Tensor {
    return this.encoder.forward(this.embed(this.source.weight, source), { keyMask: notEqual(source, 0) })
  }

  decode(target: Tensor, memory: Tensor, source: Tensor): Tensor {
    return this.decoder.forward(this.embed(this.target.weight, target), memory, { memoryKeyMask: notEqual(source, 0) })
  }

  logits(states: Tensor): Tensor {
    return linear(states, this.target.weight)
  }

  forward(x: Tensor): Tensor {
    const [source, target] = split(x, [...this.places], 1) as [Tensor, Tensor]
    return this.logits(this.decode(target, this.encode(source), source))
  }

  private embed(weight: Param, ids: Tensor): Tensor {
    return this.drop.forward(this.positions.forward(mul(embedding(weight, ids), this.scale)))
  }
}
