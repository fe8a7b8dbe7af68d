/** What a language model is to everything that measures it or lets it write. */
import type { KeysValues } from '../functional/index.js'
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

/** Texts in a row, several of them one behind the other, none of which sees another: ids (N, T), and the place where the text of each id begins (N, T), both i32. */
export interface PackedTexts {
  readonly [name: string]: Tensor
  readonly ids: Tensor
  readonly starts: Tensor
}

/** A language model that takes packed texts: each is computed as if it stood alone. */
export interface PackingLanguageModel extends LanguageModel {
  readonly packs: true
  states(ids: Tensor | PackedTexts): Tensor
  forward(ids: Tensor | PackedTexts): Tensor
}

/** Whether a model takes packed texts. */
export const isPacking = (model: LanguageModel): model is PackingLanguageModel => 'packs' in model && model.packs === true

/** What a model has read of N texts: keys and values (N, G, S, W) by layer, W the next multiple of 8 from their width on, and how many of the S places each text has filled. */
export interface Past {
  readonly layers: readonly KeysValues[]
  /** (N) i32 */
  readonly length: Tensor
  /** (N) i32: how long each text is when all that is being read of it has been; for models whose cache is `stretched` */
  readonly whole?: Tensor | undefined
}

/** New places of texts: their states (N, T, D), and what was kept with their keys and values joined to it. */
export interface Decoded {
  readonly states: Tensor
  readonly kept: readonly KeysValues[]
}

/** A language model that goes on from what it has read: earlier places leave their keys and values, and are not computed again. */
export interface CachingLanguageModel extends LanguageModel {
  /** what a place leaves behind: keys and values of `heads` heads (of keys, where fewer than of queries), `width` wide, in each of `layers` */
  readonly cache: {
    readonly layers: number
    readonly heads: number
    readonly width: number
    /**
     * where texts longer than `from` places are read under other angles than shorter ones, so that a text that grows beyond is read anew, and, with
     * `always`, under others at each length
     */
    readonly stretched?: { readonly from: number; readonly always: boolean } | undefined
  }
  /**
   * ids (N, T) at the places after `past`, of each text its own: the same states as `states` gives there for the whole texts, and `past` as
   * `attentionAfter` gives it back. Who calls keeps within the context, and leaves room for the ids. Ids behind those of a text, which only fill up a shape, are seen by none before
   * them; they may lie beyond the context, and have states that mean nothing.
   */
  decode(ids: Tensor, past: Past): Decoded
}

/** Whether a model has what decoding with kept keys and values needs. */
export const isCaching = (model: LanguageModel): model is CachingLanguageModel => 'decode' in model && 'cache' in model

/** What a model makes of each place, and the vectors by which places can be found again. */
export interface KeyedStates {
  /** (N, T, D) */
  readonly states: Tensor
  /** (N, T, K) */
  readonly keys: Tensor
}

/** A language model that also shows what its last feed-forward net was given, by which places of a text can be found again [Khandelwal 2020]. */
export interface KeyedLanguageModel extends LanguageModel {
  /** ids (N, T) → states (N, T, D), and the normalised input of the last feed-forward net as keys */
  keyedStates(ids: Tensor): KeyedStates
}
