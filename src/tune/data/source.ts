/** Where examples come from: lists, and files of one JSON object a line, read as they are needed. */
import { openSource } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'

/** An example, and what messages call it. */
export interface Found {
  readonly where: string
  readonly example: unknown
}

/** Examples in a list, or the path of a .jsonl file. */
export type Examples = readonly unknown[] | string

/** The examples, one after the other. Throws HebbError naming file and line for a line that is no JSON. */
export async function* examplesOf(data: Examples): AsyncGenerator<Found, void, undefined> {
  if (typeof data !== 'string') {
    for (const [i, example] of data.entries()) yield { where: `example ${i}`, example }
    return
  }
  if (!/\.(jsonl|ndjson)$/i.test(data)) throw new HebbError(`${data} is of no kind that is read: give a .jsonl file, or a list`)
  for await (const { line, text } of linesOf(data)) {
    if (text.trim() === '') continue
    let example: unknown
    try {
      example = JSON.parse(text)
    } catch (error) {
      throw new HebbError(`${data}, line ${line}: it is no JSON (${(error as Error).message})`)
    }
    yield { where: `${data}, line ${line}`, example }
  }
}

const pieceBytes = 1 << 20
/** A line beyond this is a file of another kind (bytes). */
const mostLine = 1 << 28

/** Lines of a file, numbered from 1, a piece of it in memory at a time. */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: number; readonly text: string }, void, undefined> {
  const source = await openSource(path)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let [line, rest] = [1, '']
  try {
    for (let at = 0; at < source.size; at += pieceBytes) {
      const length = Math.min(pieceBytes, source.size - at)
      const bytes = await source.read(at, length)
      try {
        rest += decoder.decode(bytes, { stream: at + length < source.size })
      } catch {
        throw new HebbError(`${path}, behind line ${line}: it is no text in UTF-8`)
      }
      const lines = rest.split('\n')
      rest = lines.pop()!
      for (const text of lines) yield { line: line++, text }
      if (rest.length > mostLine) throw new HebbError(`${path}, line ${line}: it is longer than ${mostLine} letters`)
    }
    if (rest !== '') yield { line, text: rest }
  } finally {
    await source.close()
  }
}
