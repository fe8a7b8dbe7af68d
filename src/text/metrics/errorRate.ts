/** Edit distance, and the error rates of transcripts made from it. */
import { HebbError } from '../../tensor/index.js'

/** The fewest insertions, deletions and substitutions that turn one sequence into the other [Levenshtein 1966]. */
export function editDistance<T>(from: ArrayLike<T>, to: ArrayLike<T>): number {
  let row = Uint32Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 0; i < from.length; i++) {
    const next = new Uint32Array(to.length + 1)
    next[0] = i + 1
    for (let j = 0; j < to.length; j++) next[j + 1] = Math.min(row[j]! + (from[i] === to[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1)
    row = next
  }
  return row[to.length]!
}

/** How far guesses are from the truth. */
export interface ErrorRates {
  /** edits over all tokens of the references: word error rate where tokens are words, phoneme error rate where they are phonemes */
  readonly tokens: number
  /** share of sequences with any error */
  readonly sequences: number
  readonly edits: number
  readonly length: number
}

/**
 * Edits needed to turn the guesses into their references, over the references' tokens (it may exceed 1), and the share of guesses that are not
 * right as a whole. With several references the nearest counts. Throws HebbError when there is nothing or counts differ.
 *
 * @example errorRates([['HH', 'AH']], [[['HH', 'AA', 'T']]]).tokens // 2/3
 */
export function errorRates<T>(guesses: readonly ArrayLike<T>[], references: readonly (readonly ArrayLike<T>[])[]): ErrorRates {
  if (guesses.length === 0 || guesses.length !== references.length)
    throw new HebbError(`errorRates: ${guesses.length} guesses and ${references.length} references: give one or more, as many of both`)
  let [edits, length, wrong] = [0, 0, 0]
  guesses.forEach((guess, i) => {
    const options = references[i]!
    if (options.length === 0) throw new HebbError(`errorRates: guess ${i} has no reference`)
    const [nearest] = options.map((r) => ({ distance: editDistance(guess, r), length: r.length })).sort((a, b) => a.distance - b.distance)
    edits += nearest!.distance
    length += nearest!.length
    if (nearest!.distance > 0) wrong++
  })
  return { tokens: edits / length, sequences: wrong / guesses.length, edits, length }
}

/**
 * Word error rate of transcripts: edits in words over the references' words, cut at white space.
 *
 * @example wordErrorRate(['the cat sat'], ['the cat sat down']) // 0.25
 */
export const wordErrorRate = (guesses: readonly string[], references: readonly string[]): number => {
  const words = (text: string): string[] => text.split(/\s+/).filter((w) => w !== '')
  return errorRates(
    guesses.map(words),
    references.map((r) => [words(r)]),
  ).tokens
}
