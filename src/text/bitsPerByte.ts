/** How well a language model predicts a text, by the byte: a number that does not depend on how the text is cut into tokens. */
import { HebbError } from '../tensor/index.js'
import type { Tokenizer } from '../tokenize/tokenizer.js'
import { tokenBytes } from './decode/constrain/tokenBytes.js'
import type { LanguageModel } from './languageModel.js'
import { type PerplexityOptions, surpriseAt } from './perplexity.js'

/** How surprised a model was by a text, over its bytes. */
export interface BitsPerByte {
  /** bits that a byte of the text takes: what a compressor driven by the model would need */
  readonly bitsPerByte: number
  /** mean −log p of the tokens counted, in nats: depends on the tokenizer */
  readonly loss: number
  /** tokens counted: those that stand for bytes, but the first */
  readonly tokens: number
  /** bytes they stand for */
  readonly bytes: number
}

/**
 * Σ −log₂ p(token | the tokens before it in its window) / Σ bytes of those tokens, over all tokens of a text but the first. Tokens that stand for no
 * bytes, as the end of a text, are read and not counted. Unlike the loss of a token it can be held against models with other tokenizers.
 * Throws HebbError when no token with bytes is to be predicted, or window or stride make no sense.
 *
 * @example const { bitsPerByte: bits } = await bitsPerByte(model, tokenizer.encode(text), { tokenizer })
 */
export async function bitsPerByte(
  model: LanguageModel,
  ids: Int32Array,
  { tokenizer, ...options }: PerplexityOptions & { readonly tokenizer: Tokenizer },
): Promise<BitsPerByte> {
  const each = tokenBytes(tokenizer)
  let [bytes, tokens] = [0, 0]
  for (let i = 1; i < ids.length; i++) {
    const length = each[ids[i]!]?.length ?? 0
    bytes += length
    if (length > 0) tokens++
  }
  if (tokens === 0) throw new HebbError(`bitsPerByte: ${ids.length} ids hold no text to predict behind the first: give a longer text`)
  const nats = await surpriseAt('bitsPerByte', model, ids, { ...options, counts: (id) => each[id] !== undefined })
  return { bitsPerByte: nats / Math.LN2 / bytes, loss: nats / tokens, tokens, bytes }
}
