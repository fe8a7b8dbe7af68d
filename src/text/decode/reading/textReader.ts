/** Reading texts piece by piece, one or several at once: what was read is remembered, and only what is new is computed. */
import { HebbError } from '../../../tensor/index.js'
import type { CachingLanguageModel } from '../../languageModel.js'
import { type Piece, type RoomOptions, Rows } from './rows.js'

/** More of one text of a batch. */
export type TextPiece = Piece<TextReader>

let rowsOf: (batch: TextBatch) => Rows<TextReader>

/**
 * Texts that one model reads together: one run of a program reads more of several of them, however much was read of each. A token each of
 * eight texts costs two to four tokens of one, as the weights are looked at once. Texts enter ({@link open}) and leave
 * ({@link TextReader.close}) between reads; the program runs for 1, 2, 4, … texts.
 *
 * Keys and values of what was read lie in flat memory, a row a text, which doubles in rows and in places when it is full; all rows have room
 * for the longest text. Scores equal those of each text alone up to rounding.
 *
 * @example
 * const batch = new TextBatch(gpt)
 * const [a, b] = [batch.open(), batch.open()]
 * const [afterA, afterB] = await batch.read([{ reader: a, ids: [1, 2, 3] }, { reader: b, ids: [4] }])
 * b.close()
 */
export class TextBatch {
  readonly #rows: Rows<TextReader>

  static {
    rowsOf = (batch) => batch.#rows
  }

  /** `room` says what the rows are where a server has many texts. */
  constructor(
    readonly model: CachingLanguageModel,
    room: RoomOptions<TextReader> = {},
  ) {
    this.#rows = new Rows(model, room)
  }

  /** how many texts are open */
  get size(): number {
    return this.#rows.texts.length
  }

  /** rows and places of each that there is memory for */
  get room(): { readonly rows: number; readonly places: number } {
    return this.#rows.size
  }

  /** Gives back the memory of texts that have left, beyond what those that are open need; it grows again with them. */
  trim(): void {
    this.#rows.trim()
  }

  /** A new text, of which nothing has been read. */
  open(): TextReader {
    return new TextReader(this.model, { batch: this })
  }

  /**
   * Reads more of each text; gives the scores (V) of the token after the last of its ids, in the order asked. Pieces of one id are read in one
   * run, longer ones with those that fill up to the same length (16, 32, 64, …).
   * Throws HebbError for no ids, ids outside the vocabulary, more than the context holds, a text twice or of another batch, and a call during
   * another; nothing has been read then.
   */
  read(pieces: readonly TextPiece[]): Promise<Float32Array[]> {
    return this.#rows.read(pieces)
  }
}

/**
 * A language model reading one text: each call reads more of it and gives the scores of the token that comes next. The keys and values of
 * what was read are kept, and programs are compiled for 16, 32, 64, … places only, at most the context. Texts of one {@link TextBatch} can be
 * read in one run; a text that is given none has a batch of its own. Readers of one model share weights and programs.
 * Scores equal those of the whole text read anew up to rounding. Weights that change afterwards do not change what was kept.
 *
 * @example
 * const reader = new TextReader(gpt)
 * let scores = await reader.read(tokenizer.encode('ROMEO:'))
 * scores = await reader.read([sampleToken(scores, 0.5)])
 */
export class TextReader {
  readonly batch: TextBatch
  readonly #rows: Rows<TextReader>

  /** `like` is a text of the batch that has read what this one is to have read. Throws HebbError for a batch of another model. */
  constructor(
    readonly model: CachingLanguageModel,
    { batch = new TextBatch(model), like }: { readonly batch?: TextBatch; readonly like?: TextReader } = {},
  ) {
    if (batch.model !== model) throw new HebbError('TextReader: the batch is of another model: open a text of a batch of this one')
    this.batch = batch
    this.#rows = rowsOf(batch)
    this.#rows.open(this, like)
  }

  /** how many tokens have been read */
  get length(): number {
    return this.#rows.lengthOf(this)
  }

  /**
   * Reads ids on; gives the scores (V) of the token after the last of them.
   * Throws HebbError for no ids, ids outside the vocabulary, more than the context holds, a closed text, and a call during another.
   */
  read(ids: ArrayLike<number>): Promise<Float32Array> {
    return this.#rows.readOne(this, ids)
  }

  /**
   * Reads ids on; gives the scores (V) of the token after each of them. Of a model with `cache.stretched` all of them are read under the angles of the longest.
   * Throws as {@link read} does.
   */
  readEach(ids: ArrayLike<number>): Promise<Float32Array[]> {
    return this.#rows.readEach(this, ids)
  }

  /** Copies of the keys and values of the places `from` … `to − 1`, for {@link restore} of a text that begins with the same ids. */
  kept(from: number, to: number): Float32Array {
    return this.#rows.kept(this, from, to)
  }

  /** Goes on with what another text has kept of the places that come next, as if they had been read. */
  restore(places: Float32Array): void {
    this.#rows.restore(this, places)
  }

  /** Forgets all but the first `length` tokens. Throws HebbError when so many were never read. */
  rewind(length: number): void {
    this.#rows.rewind(this, length)
  }

  /** Another text of the batch that has read the same so far: a second continuation, without reading the beginning again. */
  fork(): TextReader {
    return new TextReader(this.model, { batch: this.batch, like: this })
  }

  /** Leaves the batch and makes room for another text; nothing can be read of this one afterwards. */
  close(): void {
    this.#rows.close(this)
  }
}
