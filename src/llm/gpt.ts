/** GPT: a decoder-only Transformer. */
import type { Dropout, LayerNorm, LearnedPositions, Linear, Param } from '../nn/index.js'
import { HebbError } from '../tensor/index.js'
import type { DecoderAttention } from './decoder/attention.js'
import type { DecoderBlock, DecoderMlp } from './decoder/block.js'
import type { DecoderConfig } from './decoder/config.js'
import { Decoder } from './decoder/decoder.js'
import type { Projection } from './decoder/parts.js'
import type { DecoderStream } from './decoder/stream.js'

/** What a GPT is made of. */
export interface GptConfig {
  /** number of tokens, V */
  readonly vocabulary: number
  /** longest sequence, T */
  readonly context: number
  readonly layers: number
  readonly heads: number
  /** width, D */
  readonly width: number
  /** width inside the feed-forward nets; default 4 · D */
  readonly hidden?: number
  /** probability of each dropout in training: of embeddings, attention weights, and what each part adds; default 0 */
  readonly dropout?: number
  /** of projections and normalisations; default true */
  readonly bias?: boolean
  /** `gelu_new` is the tanh form that GPT-2 was trained with; default `gelu` */
  readonly activation?: 'gelu' | 'gelu_new' | 'relu'
  /** of the normalisations; default 1e-5 */
  readonly eps?: number
  /** whether the scores come from the table of token vectors itself [Press 2017]; default true */
  readonly tied?: boolean
}

/** The parts of a layer by the names of GPT-2. */
export type GptBlock = DecoderBlock & {
  readonly ln_1: LayerNorm
  readonly attn: DecoderAttention & { readonly c_attn: Projection; readonly c_proj: Projection }
  readonly ln_2: LayerNorm
  readonly mlp: DecoderMlp & { readonly c_fc: Projection; readonly c_proj: Projection }
}

/** The parts of the stream by the names of GPT-2. */
export type GptStream = DecoderStream & {
  /** vectors of tokens (V, D) */
  readonly wte: { readonly weight: Param }
  /** vectors of places (T, D) */
  readonly wpe: LearnedPositions
  readonly drop: Dropout
  readonly h: readonly GptBlock[]
  readonly ln_f: LayerNorm
}

/**
 * The next token from those before it: vectors of tokens and places are added, pass through blocks of causal attention and feed-forward nets
 * that each add to them, and are compared with the vectors of all tokens [Radford 2019]. It is the {@link Decoder} that GPT-2 is.
 *
 * Shapes: ids (N, T) → logits (N, T, V), T up to the context. Parameters named and laid out as in Hugging Face's GPT2LMHeadModel
 * (`transformer.h.0.attn.c_attn.weight` (D, 3 · D)), so that `load` takes its files; lm_head only when not tied.
 * Initial values: normal with deviation 0.02, projections that add to the stream 0.02 / √(2 · layers), biases 0.
 * Unlike GPT-2 the activation is the exact gelu and nothing is dropped out unless told otherwise.
 * Throws HebbError for sizes that are none, ShapeError when ids are no (N, T) or longer than the context.
 *
 * @example new Gpt({ vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128 })
 */
export class Gpt extends Decoder {
  declare readonly transformer: GptStream
  declare readonly lm_head?: Linear

  constructor(readonly config: GptConfig) {
    super(decoderOf(config))
  }
}

function decoderOf(config: GptConfig): DecoderConfig {
  const { vocabulary, context, layers, heads, width, hidden = 4 * width, dropout = 0 } = config
  const { bias = true, activation = 'gelu', eps = 1e-5, tied = true } = config
  if (!['gelu', 'gelu_new', 'relu'].includes(activation))
    throw new HebbError(`Gpt: activation '${String(activation)}' is none of gelu, gelu_new, relu`)
  return {
    naming: 'gpt2',
    vocabulary,
    context,
    layers,
    heads,
    width,
    hidden,
    norm: { kind: 'layer', eps, bias },
    activation,
    bias: { inputs: bias, output: bias, hidden: bias },
    tied,
    dropout: { embeddings: dropout, weights: dropout, added: dropout },
  }
}
