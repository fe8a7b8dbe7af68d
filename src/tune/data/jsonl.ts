/** Examples in a file of one JSON object a line. */
import { HebbError } from '../../tensor/errors.js'
import type { Found } from './row.js'
import { mostRow, piecesOf } from './text.js'

/** The objects, named by file and line; lines without anything are left out. */
export async function* jsonLines(path: string): AsyncGenerator<Found, void, undefined> {
  for await (const { line, text } of linesOf(path)) {
    if (text.trim() === '') continue
    const where = `${path}, line ${line}`
    let example: unknown
    try {
      example = JSON.parse(text)
    } catch (error) {
      throw new HebbError(`${where}: it is no JSON (${(error as Error).message})`)
    }
    yield { where, example }
  }
}

/** Lines numbered from 1. */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: number; readonly text: string }, void, undefined> {
  let [line, rest] = [1, '']
  for await (const piece of piecesOf(path)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    for (const text of lines) yield { line: line++, text }
    if (rest.length > mostRow) throw new HebbError(`${path}, line ${line}: it is longer than ${mostRow} letters`)
  }
  if (rest !== '') yield { line, text: rest }
}
