/** Texts of a file or a folder, however large: documents one after the other, of which a piece is in memory at a time. */
import { inside, isFolder, namesIn, openSource } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'

/** A part of a document, cut where no word is. */
export interface DocumentPiece {
  readonly text: string
  /** number of its document, counted from 0 */
  readonly document: number
  /** whether its document ends here */
  readonly last: boolean
  /** where in its document it begins and ends, as shares of it */
  readonly from: number
  readonly to: number
}

/** A file that holds text: all of it one document, or a document in each line. */
export interface TextFile {
  readonly path: string
  readonly kind: 'text' | 'lines'
  readonly bytes: number
}

/** bytes read at a time, and letters of a piece */
const pieceLength = 1 << 16
/** a line of a .jsonl file beyond this is no document (letters) */
const longestLine = 1 << 28

const kinds: Readonly<Record<string, TextFile['kind']>> = { txt: 'text', text: 'text', md: 'text', jsonl: 'lines', ndjson: 'lines' }
const kindOf = (name: string): TextFile['kind'] | undefined => kinds[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '']

/**
 * The files of texts at a path, in the order of their names: a file is taken whatever its name, in a folder and those in it `.txt`, `.text`, `.md`, and
 * `.jsonl` or `.ndjson`, whose lines are objects with a field `text`. Throws HebbError where there are none, or all are empty.
 */
export async function textFiles(path: string): Promise<TextFile[]> {
  const found: TextFile[] = []
  const take = async (file: string, kind: TextFile['kind']): Promise<void> => {
    const source = await openSource(file)
    if (source.size > 0) found.push({ path: file, kind, bytes: source.size })
    await source.close()
  }
  const walk = async (folder: string): Promise<void> => {
    const { files, folders } = await namesIn(folder)
    for (const name of files) {
      const kind = kindOf(name)
      if (kind) await take(inside(folder, name), kind)
    }
    for (const name of folders) await walk(inside(folder, name))
  }
  const folder = await isFolder(path)
  if (folder) await walk(path)
  else await take(path, kindOf(path) ?? 'text')
  if (found.length === 0)
    throw new HebbError(
      folder
        ? `${path} holds no text: give a folder with files ${Object.keys(kinds)
            .map((kind) => `.${kind}`)
            .join(', ')} that are not empty`
        : `${path} is empty: there is nothing to learn from`,
    )
  return found
}

/**
 * The documents of files in pieces of about 64 kB. A file of text is one document; a line of a `.jsonl` file is one.
 * Throws HebbError naming file and place for bytes that are no text in UTF-8, and for a line that is no object with a `text`.
 *
 * @example for await (const { text, last } of textPieces(await textFiles('books'))) …
 */
export async function* textPieces(files: readonly TextFile[]): AsyncGenerator<DocumentPiece, void, undefined> {
  let document = 0
  for (const file of files) {
    if (file.kind === 'text') {
      yield* wholeFile(file, document++)
      continue
    }
    for await (const text of lineTexts(file)) {
      yield* piecesOf(text, document)
      document++
    }
  }
}

/** A text in memory as pieces of one document. */
export function* piecesOf(text: string, document: number): Generator<DocumentPiece, void, undefined> {
  const all = Math.max(1, text.length)
  for (let from = 0, to = 0; ; from = to) {
    to = text.length - from > pieceLength ? cutBefore(text, from + pieceLength, from) : text.length
    yield { text: text.slice(from, to), document, last: to === text.length, from: from / all, to: to / all }
    if (to === text.length) return
  }
}

async function* wholeFile({ path, bytes }: TextFile, document: number): AsyncGenerator<DocumentPiece, void, undefined> {
  let [rest, from] = ['', 0]
  for await (const { text, read } of decoded(path)) {
    rest += text
    const cut = read === bytes ? rest.length : cutBefore(rest, rest.length, 0)
    // exact for letters of one byte, and near enough for others
    const to = read === bytes ? 1 : Math.max(from, (read - (rest.length - cut)) / bytes)
    yield { text: rest.slice(0, cut), document, last: read === bytes, from, to }
    ;[rest, from] = [rest.slice(cut), to]
  }
}

/** A place before `most`, behind `least`, at which a text can be cut: behind a line or before a blank whose neighbours are no white space; else the last there is. */
export function cutBefore(text: string, most: number, least: number): number {
  for (let i = most - 2; i > least; i--) {
    const letter = text[i]
    if ((letter !== '\n' && letter !== ' ') || isSpace(text[i - 1]!) || isSpace(text[i + 1]!)) continue
    return letter === '\n' ? i + 1 : i
  }
  // not between the halves of a character
  return /[\ud800-\udbff]/.test(text[most - 1]!) ? most - 1 : most
}
const isSpace = (letter: string): boolean => /\s/.test(letter)

async function* lineTexts(file: TextFile): AsyncGenerator<string, void, undefined> {
  let [line, rest] = [1, '']
  const textOf = (json: string): string => {
    let value: unknown
    try {
      value = JSON.parse(json)
    } catch (error) {
      throw new HebbError(`${file.path}, line ${line}: it is no JSON (${(error as Error).message})`)
    }
    const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined
    if (typeof text !== 'string') throw new HebbError(`${file.path}, line ${line}: it has no field text: give lines such as {"text": "…"}`)
    return text
  }
  for await (const { text, read } of decoded(file.path)) {
    const lines = (rest + text).split('\n')
    rest = read === file.bytes ? '' : lines.pop()!
    for (const one of lines) {
      if (one.trim() !== '') yield textOf(one)
      line++
    }
    if (rest.length > longestLine) throw new HebbError(`${file.path}, line ${line}: it is longer than ${longestLine} letters`)
  }
}

/** The text of a file, 64 kB at a time, and how many bytes are read then. */
async function* decoded(path: string): AsyncGenerator<{ readonly text: string; readonly read: number }, void, undefined> {
  const source = await openSource(path)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let at = 0; at < source.size; ) {
      const bytes = await source.read(at, Math.min(pieceLength, source.size - at))
      const read = at + bytes.length
      let text: string
      try {
        text = decoder.decode(bytes, { stream: read < source.size })
      } catch {
        throw notText(path, at)
      }
      if (text.includes('\0')) throw notText(path, at)
      yield { text, read }
      at = read
    }
  } finally {
    await source.close()
  }
}

const notText = (path: string, at: number): HebbError =>
  new HebbError(
    `${path}: it is no text in UTF-8: look at its bytes from ${at} on. Give a file of text, or .jsonl with a field text in each line`,
  )
