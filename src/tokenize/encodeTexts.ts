/** Documents as one row of ids, with a mark behind each. */
import type { DocumentPiece } from '../data/tokens/texts.js'
import { breathe, isBreathless } from '../host/pace.js'
import { HebbError } from '../tensor/index.js'
import type { Tokenizer } from './tokenizer.js'

/**
 * The ids of documents, piece by piece, `eos` behind each document. A piece is encoded by itself; other work gets its turn between two.
 * Throws HebbError for a tokenizer without an `eos`, and what the tokenizer throws.
 *
 * @example await writeTokens('train.bin', encodeTexts(tokenizer, textPieces(await textFiles('books'))), { vocabulary: tokenizer.size })
 */
export async function* encodeTexts(
  tokenizer: Tokenizer,
  pieces: AsyncIterable<DocumentPiece> | Iterable<DocumentPiece>,
): AsyncGenerator<Int32Array, void, undefined> {
  const { eos } = tokenizer.special
  if (eos === undefined)
    throw new HebbError('encodeTexts: the tokenizer has no eos, the token that ends a text: documents could not be told apart')
  for await (const { text, last } of pieces) {
    const ids = tokenizer.encode(text)
    yield last ? Int32Array.of(...ids, eos) : ids
    if (isBreathless(performance.now())) await breathe()
  }
}
