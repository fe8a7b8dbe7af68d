/** SWORD texts: the compressed books (zText) that Bible programs read, as verses by reference. */
import { HebbError } from '../../tensor/errors.js'
import { inflate } from '../files/archive.js'

/** The three files of one testament: where blocks are, where verses are in blocks, the blocks. */
export interface SwordFiles {
  readonly blocks: Uint8Array
  readonly verses: Uint8Array
  readonly texts: Uint8Array
}

// stands for a note that was taken out
const noteMark = '\ue000'
const blockRecord = 12
const verseRecord = 10

/**
 * The verses of a testament by reference, `Gen.1.1`, as plain text: notes, headings and mark-up left out. Entries come in order: book,
 * chapter, its verses; chapters say their own names. Throws HebbError for files that are cut short or damaged.
 */
export function swordVerses({ blocks, verses, texts }: SwordFiles, name = 'sword'): Map<string, string> {
  if (blocks.length % blockRecord !== 0 || verses.length % verseRecord !== 0) throw new HebbError(`${name}: an index is cut short`)
  const opened = new Map<number, Uint8Array>()
  const open = (b: number): Uint8Array => {
    const known = opened.get(b)
    if (known) return known
    if ((b + 1) * blockRecord > blocks.length) throw new HebbError(`${name}: there is no block ${b}`)
    const view = viewOf(blocks, b * blockRecord)
    const [at, packed, size] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]
    if (at + packed > texts.length) throw new HebbError(`${name}: block ${b} ends beyond the file: it is cut short`)
    try {
      const bytes = inflate(texts.subarray(at, at + packed), size)
      opened.set(b, bytes)
      return bytes
    } catch (error) {
      throw new HebbError(`${name}: block ${b} ${(error as Error).message}`, { cause: error })
    }
  }
  const decoder = new TextDecoder()
  const found = new Map<string, string>()
  let chapter = ''
  let verse = 0
  for (let i = 0; i < verses.length; i += verseRecord) {
    const view = viewOf(verses, i)
    const [block, start, length] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint16(8, true)]
    const entry = length === 0 ? '' : decoder.decode(open(block).subarray(start, start + length))
    const heading = [...entry.matchAll(/<chapter\b[^>]*\bosisID="([^"]+)"[^>]*\bsID=/g)].at(-1)
    if (heading || /<div\b(?=[^>]*\btype="book")[^>]*\bsID=/.test(entry)) {
      chapter = heading?.[1] ?? ''
      verse = 0
    } else if (chapter !== '') {
      verse++
      const text = plainOf(entry)
      if (text !== '') found.set(`${chapter}.${verse}`, text)
    }
  }
  return found
}

const viewOf = (bytes: Uint8Array, at: number): DataView => new DataView(bytes.buffer, bytes.byteOffset + at)

const plainOf = (osis: string): string =>
  osis
    // what follows the end of a chapter or book is no verse: a glossary, the title of the next part
    .replace(/<(?:chapter\b|div\b(?=[^>]*\btype="book"))[^>]*\beID=[\s\S]*$/, '')
    .replace(/<(note|title)\b(?:[^>]*\/>|[\s\S]*?<\/\1>)/g, noteMark)
    .replace(/<[^>]*>/g, '')
    // the blank between two words may have been the note's
    .replace(/\ue000(?=[\p{L}\p{N}“‘(])/gu, ' ')
    .replaceAll(noteMark, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replaceAll('¶', '')
    .replace(/\s+/g, ' ')
    .trim()
