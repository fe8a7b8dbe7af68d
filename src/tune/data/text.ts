/** A file of text in UTF-8, a piece of it in memory at a time. */
import { openSource } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'

const pieceBytes = 1 << 20

/** The text of a file in pieces. Throws HebbError for what is no UTF-8. */
export async function* piecesOf(path: string): AsyncGenerator<string, void, undefined> {
  const source = await openSource(path)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let at = 0; at < source.size; at += pieceBytes) {
      const length = Math.min(pieceBytes, source.size - at)
      const bytes = await source.read(at, length)
      let text: string
      try {
        text = decoder.decode(bytes, { stream: at + length < source.size })
      } catch {
        throw new HebbError(`${path}: it is no text in UTF-8 (behind byte ${at})`)
      }
      yield text
    }
  } finally {
    await source.close()
  }
}

/** Letters of one row beyond which a file is of another kind. */
export const mostRow = 1 << 28
