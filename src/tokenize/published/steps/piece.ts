/** Parts of a text on their way through a tokenizer, which know where in the text they come from. */

/**
 * A part of a text, perhaps rewritten. Where places are asked for, unit i of `text` stands for the units `starts[i] … ends[i]` of the text that
 * was given; both are missing where nobody asks.
 */
export interface Piece {
  readonly text: string
  readonly starts?: readonly number[]
  readonly ends?: readonly number[]
  /** whether something stood before it in what it was cut from */
  readonly late?: boolean
}

/** How a piece is rewritten. */
export type Normalizer = (piece: Piece) => Piece

/** A replacement of the units from `from` up to `to` by others. */
export type Edit = readonly [from: number, to: number, by: string]

/** A whole text, with places or without. */
export function pieceOf(text: string, places: boolean): Piece {
  if (!places) return { text }
  const starts = Array.from({ length: text.length }, (_, i) => i)
  return { text, starts, ends: starts.map((i) => i + 1) }
}

/** Units `from` up to `to` of a piece. */
export function sliced(piece: Piece, from: number, to: number): Piece {
  if (from === 0 && to === piece.text.length) return piece
  const part = { text: piece.text.slice(from, to), ...((from > 0 || piece.late) && { late: true }) }
  return piece.starts ? { ...part, starts: piece.starts.slice(from, to), ends: piece.ends!.slice(from, to) } : part
}

/** A piece with replacements, given in order and without overlap. What is put in place of nothing takes the place of the unit behind it. */
export function edited(piece: Piece, edits: Iterable<Edit>): Piece {
  let text = ''
  let last = 0
  const [starts, ends]: [number[], number[]] = [[], []]
  const keep = (to: number): void => {
    text += piece.text.slice(last, to)
    if (piece.starts)
      for (let i = last; i < to; i++) {
        starts.push(piece.starts[i]!)
        ends.push(piece.ends![i]!)
      }
    last = to
  }
  for (const [from, to, by] of edits) {
    keep(from)
    text += by
    if (piece.starts) {
      const start = piece.starts[from] ?? piece.ends!.at(-1) ?? 0
      const end = to > from ? piece.ends![to - 1]! : (piece.ends![from] ?? start)
      for (let i = 0; i < by.length; i++) {
        starts.push(start)
        ends.push(end)
      }
    }
    last = to
  }
  keep(piece.text.length)
  return piece.starts ? { text, starts, ends } : { text }
}

/** Every match of a pattern replaced. */
export function replaced(piece: Piece, pattern: RegExp, by: (match: string) => string): Piece {
  if (!piece.starts) {
    const text = piece.text.replace(pattern, by)
    return text === piece.text ? piece : { text }
  }
  const edits: Edit[] = []
  for (const match of piece.text.matchAll(pattern)) {
    const to = by(match[0])
    if (to !== match[0]) edits.push([match.index, match.index + match[0].length, to])
  }
  return edits.length > 0 ? edited(piece, edits) : piece
}
