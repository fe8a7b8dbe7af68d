/** What a model of tokenizer.json is: it looks up the pieces of a text. */

/** Ids of a piece, and for each of them which units of the piece it stands for. */
export interface Symbols {
  readonly ids: readonly number[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** What looks up the pieces of a text. */
export interface PieceModel {
  readonly kind: 'BPE' | 'Unigram' | 'WordPiece' | 'WordLevel'
  /** id of each token */
  readonly vocabulary: ReadonlyMap<string, number>
  /** the token that stands for what is not known, if there is one */
  readonly unknown: string | undefined
  symbols(piece: string): Symbols
}
