/** Texts divided into what is learned and what is held out, piece by piece. */
import { cutBefore, type DocumentPiece } from './texts.js'

/** The two parts of a corpus. */
export type CorpusPart = 'train' | 'validation'

/** What is held out: every twentieth document, or the last tenth of each. */
export type HeldOut = 'documents' | 'ends'

/** documents from which on whole ones are held out */
export const manyDocuments = 20
const endsFrom = 0.9

/**
 * The pieces of one part. With `documents` every twentieth document is held out, whole; with `ends`, for few documents, the last tenth of each.
 * Reading one part reads the other too, and leaves it.
 */
export async function* dividedTexts(
  pieces: AsyncIterable<DocumentPiece> | Iterable<DocumentPiece>,
  part: CorpusPart,
  by: HeldOut,
): AsyncGenerator<DocumentPiece, void, undefined> {
  const wanted = part === 'validation'
  for await (const piece of pieces) {
    if (by === 'documents') {
      if ((piece.document % manyDocuments === manyDocuments - 1) === wanted) yield piece
      continue
    }
    const { text, from, to } = piece
    if (to <= endsFrom) {
      if (!wanted) yield { ...piece, last: piece.last || to === endsFrom }
    } else if (from >= endsFrom) {
      if (wanted) yield piece
    } else {
      const cut = cutBefore(text, Math.floor(((endsFrom - from) / (to - from)) * text.length), 0)
      yield wanted ? { ...piece, text: text.slice(cut), from: endsFrom } : { ...piece, text: text.slice(0, cut), to: endsFrom, last: true }
    }
  }
}
