/** Cutting a text at what a pattern matches, in the five ways tokenizers know. */
import { HebbError } from '../../../tensor/index.js'
import type { Fields } from '../fields.js'
import { matchesOf } from './pattern.js'
import { type Piece, sliced } from './piece.js'

/** What becomes of a match: a piece of its own, nothing, one with those next to it, the end of what stands before, the start of what follows. */
export type Behavior = 'Isolated' | 'Removed' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext'

const behaviors: readonly Behavior[] = ['Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext']

/** The field `behavior`. Throws HebbError for one that is not known. */
export function behaviorOf(fields: Fields, fallback?: Behavior): Behavior {
  const name = fields.text('behavior', fallback)
  const found = behaviors.find((one) => one === name)
  if (!found) throw new HebbError(`${fields.at('behavior')}: '${name}' is not known: there are ${behaviors.join(', ')}`)
  return found
}

interface Part {
  from: number
  to: number
  readonly match: boolean
}

/** Matches and what stands between them, in order, the whole text. `inverted`: what stands between counts as the matches. */
function partsOf(text: string, pattern: RegExp, inverted: boolean): Part[] {
  const parts: Part[] = []
  let last = 0
  for (const [from, to] of matchesOf(pattern, text)) {
    if (from > last) parts.push({ from: last, to: from, match: inverted })
    parts.push({ from, to, match: !inverted })
    last = to
  }
  if (last < text.length) parts.push({ from: last, to: text.length, match: inverted })
  return parts
}

/** Neighbours put together where `joins` says so, looking from the first to the last. */
function joined(parts: readonly Part[], joins: (part: Part, before: boolean) => boolean): Part[] {
  const out: Part[] = []
  let before = false
  for (const part of parts) {
    const last = out.at(-1)
    if (last && joins(part, before)) last.to = part.to
    else out.push({ ...part })
    before = part.match
  }
  return out
}

/** From the last to the first: a match joins what follows it, unless that is one. */
function joinedNext(parts: readonly Part[]): Part[] {
  const out: Part[] = []
  let before = false
  for (const part of [...parts].reverse()) {
    const last = out.at(-1)
    if (last && part.match && !before) last.from = part.from
    else out.push({ ...part })
    before = part.match
  }
  return out.reverse()
}

/** A piece cut by a pattern; empty parts are left out. */
export function cut(piece: Piece, pattern: RegExp, behavior: Behavior, inverted = false): Piece[] {
  let parts = partsOf(piece.text, pattern, inverted)
  if (behavior === 'Removed') parts = parts.filter(({ match }) => !match)
  else if (behavior === 'Contiguous') parts = joined(parts, (part, before) => part.match === before)
  else if (behavior === 'MergedWithPrevious') parts = joined(parts, (part, before) => part.match && !before)
  else if (behavior === 'MergedWithNext') parts = joinedNext(parts)
  return parts.filter(({ from, to }) => to > from).map(({ from, to }) => sliced(piece, from, to))
}
