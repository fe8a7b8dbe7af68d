/** Delimited text (CSV) as rows of fields, read in pieces of any size, each character looked at a bounded number of times. */
import { HebbError } from '../../tensor/errors.js'

/** A row, and the line it begins in, counted from 1. */
export interface Row {
  readonly fields: readonly string[]
  readonly line: number
}

/** The text ends within a row: more is needed. */
const unfinished = Symbol('unfinished')

/**
 * Rows of a text that comes in pieces. A field in double quotes may hold separators, line ends and, doubled, quotes. A line ends with \n or \r\n, or with
 * \r where the first line does. A byte order mark at the start is left out.
 */
export class RowReader {
  #text = ''
  #at = 0
  #line = 1
  #first = true
  /** whether \r alone ends a line; known once the first line has ended */
  #bare: boolean | undefined
  /** pieces that wait, because the row under way has not ended in as much text as was looked at before */
  #waiting: string[] = []
  #waitingLength = 0
  #enough = 0
  // where the next signs are, found again only when the place is past them
  #nextSeparator = -1
  #nextEnd = -1

  readonly #separator: string

  constructor(separator: string) {
    this.#separator = separator

    if (separator === '' || /["\r\n\ufeff]/.test(separator))
      throw new HebbError(
        `csv: the separator ${JSON.stringify(separator)} cannot part fields: give a comma, a semicolon, a tab or the like`,
      )
  }

  /** Characters taken in so far that no row has been made of. */
  get pending(): number {
    return this.#text.length - this.#at + this.#waitingLength
  }

  /** The rows that end within the text so far; `last` says that no more comes. Throws HebbError naming the line of a quote out of place. */
  *read(piece: string, last: boolean): Generator<Row, void, undefined> {
    this.#waiting.push(piece)
    this.#waitingLength += piece.length
    // a row of many pieces is looked at when the text has doubled, not at each piece
    if (!last && this.#waitingLength < this.#enough) return
    this.#text = this.#text.slice(this.#at) + this.#waiting.join('')
    this.#at = 0
    this.#waiting = []
    this.#waitingLength = 0
    this.#nextSeparator = this.#nextEnd = -2
    if (this.#first && this.#text !== '') {
      if (this.#text.startsWith('\ufeff')) this.#at = 1
      this.#first = false
    }
    while (this.#at < this.#text.length) {
      const row = this.#row(last)
      if (row === unfinished) break
      if (row) yield row
    }
    this.#enough = this.#text.length - this.#at
  }

  /** The row at this place; nothing for blanks at the very end. */
  #row(last: boolean): Row | undefined | typeof unfinished {
    const [text, separator] = [this.#text, this.#separator]
    const begin = this.#at
    const fields: string[] = []
    let extraLines = 0
    let at = begin
    for (;;) {
      let field: string
      if (text[at] === '"') {
        const quoted = this.#quoted(at, last)
        if (quoted === unfinished) return unfinished
        field = quoted.value
        at = quoted.end
        extraLines += linesIn(field)
      } else {
        const end = this.#plainEnd(at, last)
        if (end === unfinished) return unfinished
        field = text.slice(at, end)
        at = end
      }
      fields.push(field)
      if (text.startsWith(separator, at) && at < text.length) {
        at += separator.length
        if (at < text.length || last) continue
        return unfinished
      }
      break
    }
    if (at >= text.length && !last) return unfinished
    if (text[at] === '\r') {
      if (at + 1 === text.length && !last) return unfinished
      this.#bare ??= text[at + 1] !== '\n'
    }
    this.#bare ??= false
    const ended = at < text.length
    this.#at = text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + (ended ? 1 : 0)
    const row = { fields, line: this.#line }
    this.#line += 1 + extraLines
    return !ended && fields.length === 1 && fields[0]!.trim() === '' ? undefined : row
  }

  /** Where a field without quotes ends. */
  #plainEnd(at: number, last: boolean): number | typeof unfinished {
    const text = this.#text
    if (this.#nextSeparator < at && this.#nextSeparator !== -1) this.#nextSeparator = text.indexOf(this.#separator, at)
    if (this.#nextEnd < at && this.#nextEnd !== -1) this.#nextEnd = this.#lineEnd(at)
    const ends = [this.#nextSeparator, this.#nextEnd].filter((end) => end >= at)
    if (ends.length > 0) return ends.length === 1 ? ends[0]! : Math.min(ends[0]!, ends[1]!)
    return last ? text.length : unfinished
  }

  /** Where the line ends that `at` is in, at its first sign; -1 where it does not. */
  #lineEnd(at: number): number {
    const text = this.#text
    if (this.#bare) return text.indexOf('\r', at)
    const end = text.indexOf('\n', at)
    if (this.#bare === undefined) {
      const carriage = text.indexOf('\r', at)
      if (carriage >= 0 && (end < 0 || carriage < end)) return carriage
    }
    return end > at && text[end - 1] === '\r' ? end - 1 : end
  }

  #quoted(at: number, last: boolean): { value: string; end: number } | typeof unfinished {
    const [text, separator] = [this.#text, this.#separator]
    const parts: string[] = []
    for (let from = at + 1; ; ) {
      const quote = text.indexOf('"', from)
      if (quote < 0 || (quote + 1 === text.length && !last)) {
        if (!last) return unfinished
        throw this.#malformed('the text ends within it')
      }
      parts.push(text.slice(from, quote))
      if (text[quote + 1] === '"') {
        parts.push('"')
        from = quote + 2
        continue
      }
      let end = quote + 1
      while ((text[end] === ' ' || text[end] === '\t') && !text.startsWith(separator, end)) end++
      if (end >= text.length && !last) return unfinished
      if (end < text.length && text[end] !== '\n' && text[end] !== '\r' && !text.startsWith(separator, end))
        throw this.#malformed(`${JSON.stringify(text[end])} follows`)
      return { value: parts.length === 1 ? parts[0]! : parts.join(''), end }
    }
  }

  #malformed(how: string): HebbError {
    return new HebbError(`csv: line ${this.#line}: a quoted field is not closed, or goes on after its quote (${how})`)
  }
}

/** Line ends within a field. */
function linesIn(field: string): number {
  let count = 0
  for (let i = 0; i < field.length; i++) {
    const code = field.charCodeAt(i)
    if (code === 10 || (code === 13 && field.charCodeAt(i + 1) !== 10)) count++
  }
  return count
}
