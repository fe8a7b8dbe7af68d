/** GPT: a decoder-only Transformer. */
import { placesAfter } from '../../functional/index.js'
import { Dropout, init, LayerNorm, LearnedPositions, Linear, Param } from '../../nn/index.js'
import { add, embedding, linear, minimum } from '../../ops/index.js'
import { HebbError, ShapeError, type Tensor } from '../../tensor/index.js'
import type { CachingLanguageModel, Decoded, KeyedLanguageModel, KeyedStates, Past } from '../languageModel.js'
import { GptBlock, type GptConfig } from './parts.js'

/** The stream of a GPT: token and place, blocks, a last normalisation. */
class GptStream {
  /** vectors of tokens (V, D) */
  readonly wte: { readonly weight: Param }
  /** vectors of places (T, D) */
  readonly wpe: LearnedPositions
  private readonly drop: Dropout
  readonly h: readonly GptBlock[]
  readonly ln_f: LayerNorm

  constructor(config: GptConfig) {
    const { vocabulary, context, layers, width, dropout = 0, eps = 1e-5, bias = true } = config
    this.wte = { weight: new Param([vocabulary, width], init.normal(0.02)) }
    this.wpe = new LearnedPositions(context, width)
    this.drop = new Dropout(dropout)
    this.h = Array.from({ length: layers }, () => new GptBlock(config))
    this.ln_f = new LayerNorm(width, { eps, bias })
  }

  forward(ids: Tensor): Tensor {
    return this.run(ids).states
  }

  /** The normalised end of the stream, and what the last feed-forward net was given. */
  run(ids: Tensor): KeyedStates {
    let x: Tensor = this.drop.forward(this.wpe.forward(embedding(this.wte.weight, ids)))
    let keys = x
    for (const block of this.h) ({ output: x, fed: keys } = block.run(x))
    return { states: this.ln_f.forward(x), keys }
  }

  decode(ids: Tensor, past: Past): Decoded {
    // ids that only fill up the shape may lie beyond the last place
    const places = minimum(placesAfter(past.length, ids.shape[1]!), this.wpe.weight.shape[0]! - 1)
    let x: Tensor = this.drop.forward(add(embedding(this.wte.weight, ids), embedding(this.wpe.weight, places)))
    const kept = this.h.map((block, i) => {
      const { y, kept } = block.decode(x, { ...past.layers[i]!, length: past.length })
      x = y
      return kept
    })
    return { states: this.ln_f.forward(x), kept }
  }
}

/**
 * The next token from those before it: vectors of tokens and places are added, pass through blocks of causal attention and feed-forward nets
 * that each add to them, and are compared with the vectors of all tokens [Radford 2019].
 *
 * Shapes: ids (N, T) → logits (N, T, V), T up to the context. Parameters named and laid out as in Hugging Face's GPT2LMHeadModel
 * (`transformer.h.0.attn.c_attn.weight` (D, 3 · D)), so that `load` takes its files; lm_head only when not tied.
 * Initial values: normal with deviation 0.02, projections that add to the stream 0.02 / √(2 · layers), biases 0.
 * Unlike GPT-2 the activation is the exact gelu and nothing is dropped out unless told otherwise.
 * Throws HebbError for sizes that are none, ShapeError when ids are no (N, T) or longer than the context.
 *
 * @example new Gpt({ vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128 })
 */
export class Gpt implements CachingLanguageModel, KeyedLanguageModel {
  readonly transformer: GptStream
  readonly lm_head?: Linear
  readonly vocabulary: number
  readonly context: number
  readonly cache: CachingLanguageModel['cache']

  constructor(readonly config: GptConfig) {
    const { vocabulary, context, layers, heads, width, tied = true } = config
    for (const [name, n] of Object.entries({ vocabulary, context, layers, heads, width }))
      if (!Number.isInteger(n) || n < 1) throw new HebbError(`Gpt: ${name} is ${n}: give a whole number of 1 or more`)
    this.vocabulary = vocabulary
    this.context = context
    this.cache = { layers, heads, width: width / heads }
    this.transformer = new GptStream(config)
    if (!tied)
      this.lm_head = Object.assign(new Linear(width, vocabulary, { bias: false }), {
        weight: new Param([vocabulary, width], init.normal(0.02)),
      })
  }

  states(ids: Tensor): Tensor {
    return this.keyedStates(ids).states
  }

  keyedStates(ids: Tensor): KeyedStates {
    return this.transformer.run(this.checked(ids))
  }

  decode(ids: Tensor, past: Past): Decoded {
    return this.transformer.decode(this.checked(ids), past)
  }

  logits(states: Tensor): Tensor {
    return this.lm_head ? this.lm_head.forward(states) : linear(states, this.transformer.wte.weight)
  }

  forward(ids: Tensor): Tensor {
    return this.logits(this.states(ids))
  }

  private checked(ids: Tensor): Tensor {
    if (ids.rank === 2 && ids.shape[1]! <= this.context) return ids
    throw new ShapeError(`Gpt: ids (${ids.shape.join(', ')}) are not (N, T) with T up to ${this.context}`)
  }
}
