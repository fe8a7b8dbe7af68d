/** SWORD texts: the compressed books (zText) that Bible programs read, as verses by reference. */
import { HebbError } from '../../tensor/errors.js'
import { inflate } from '../fetching.js'
import { replacingTags, withoutElements } from './markup.js'

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
/** linked verses name the same text; beyond so many times all of it, the index is no index */
const mostShared = 8

/**
 * The verses of a testament by reference, `Gen.1.1`, as plain text: notes, headings and mark-up left out. Entries come in order: book,
 * chapter, its verses; chapters say their own names. Throws HebbError for files that are cut short or damaged.
 */
export function swordVerses({ blocks, verses, texts }: SwordFiles, name = 'sword'): Map<string, string> {
  if (blocks.length % blockRecord !== 0 || verses.length % verseRecord !== 0) throw new HebbError(`${name}: an index is cut short`)
  const opened = new Map<number, Uint8Array>()
  let unpacked = 0
  let taken = 0
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
      unpacked += bytes.length
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
    taken += entry.length
    if (taken > mostShared * unpacked) throw new HebbError(`${name}: its verses share their text: the index is damaged`)
    const tags = tagsOf(entry)
    const heading = tags.filter((tag) => tag.name === 'chapter' && tag.has('sID') && tag.value('osisID') !== '').at(-1)
    if (heading || tags.some((tag) => tag.name === 'div' && tag.value('type') === 'book' && tag.has('sID'))) {
      chapter = heading?.value('osisID') ?? ''
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

interface Tag {
  readonly name: string
  /** where it begins */
  readonly at: number
  has(attribute: string): boolean
  /** '' where the tag has no such attribute */
  value(attribute: string): string
}

/** Tags of chapters and divisions, in their order. */
function tagsOf(text: string): Tag[] {
  const tags: Tag[] = []
  for (let end = text.indexOf('>'), before = 0; end >= 0; before = end + 1, end = text.indexOf('>', before)) {
    const inside = text.slice(before, end)
    const begin = inside.lastIndexOf('<')
    if (begin < 0) continue
    const inner = inside.slice(begin + 1)
    const name = /^(?:chapter|div)\b/.exec(inner)?.[0]
    if (name === undefined) continue
    const attributes = new Map(Array.from(inner.matchAll(/([\w:]+)="([^"]*)"/g), ([, key, value]) => [key!, value!]))
    tags.push({ name, at: before + begin, has: (key) => attributes.has(key), value: (key) => attributes.get(key) ?? '' })
  }
  return tags
}

function plainOf(osis: string): string {
  // what follows the end of a chapter or book is no verse: a glossary, the title of the next part
  const end = tagsOf(osis).find((tag) => tag.has('eID') && (tag.name === 'chapter' || (tag.name === 'div' && tag.value('type') === 'book')))
  const verse = osis.slice(0, end?.at)
  const empty = replacingTags(verse, /<(?:note|title)\b[^>]*\/>/g, noteMark)
  return (
    replacingTags(withoutElements(empty, ['note', 'title'], noteMark), /<[^>]*>/g, '')
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
  )
}
