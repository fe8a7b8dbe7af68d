/** What a language model is to everything that measures it or lets it write. */
import type { Layer } from '../nn/index.js'
import type { Tensor } from '../tensor/index.js'

/** A model that says, for each place of a sequence of token ids, how likely each token comes next. */
export interface LanguageModel extends Layer {
  /** number of tokens, V */
  readonly vocabulary: number
  /** longest sequence it takes */
  readonly context: number
  /** ids (N, T) → what the model makes of each place, (N, T, D) */
  states(ids: Tensor): Tensor
  /** states (…, D) → scores of the next token (…, V) */
  logits(states: Tensor): Tensor
  /** ids (N, T) → logits (N, T, V) */
  forward(ids: Tensor): Tensor
}
