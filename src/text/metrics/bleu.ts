/** BLEU: how many runs of words a translation shares with those of people. */
import { HebbError } from '../../tensor/index.js'

/** Options of bleu. */
export interface BleuOptions {
  /** longest run of words; default 4 */
  readonly order?: number
  /**
   * what becomes of a length of which no run is shared, which makes the whole 0: `none` leaves it; `exp` counts ½, ¼, … of a run for the
   * first, second, … such length [Lin 2004]. Default `none`
   */
  readonly smooth?: 'none' | 'exp'
}

/** A BLEU score and what it is made of. */
export interface Bleu {
  /** 0 … 100 */
  readonly score: number
  /** share of runs of 1, 2, … words that are in a reference, after smoothing */
  readonly precisions: readonly number[]
  /** 1, or less when the translations are shorter than the references */
  readonly brevity: number
  /** words of the translations, and of the closest references */
  readonly length: number
  readonly referenceLength: number
}

const wordsOf = (text: string | readonly string[]): readonly string[] =>
  typeof text === 'string' ? text.split(/\s+/).filter((w) => w !== '') : text

/** How often each run of n words occurs. */
function runs(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const run = words.slice(i, i + n).join('\u0001')
    counts.set(run, (counts.get(run) ?? 0) + 1)
  }
  return counts
}

/**
 * 100 · brevity · (p₁ p₂ p₃ p₄)^¼ over a whole set: pₙ is the share of the translations' runs of n words that are in a reference, each
 * counted at most as often as there; brevity = e^(1 − references' length / translations' length) when that is below 1 [Papineni 2002].
 *
 * Texts are cut at white space (as sacreBLEU does with `tokenize none`) unless given as words; a translation may have several references.
 * Throws HebbError when there is nothing, or not as many references as translations.
 *
 * @example bleu(['el gato duerme en casa'], ['el gato duerme en la casa']).score
 */
export function bleu(
  translations: readonly (string | readonly string[])[],
  references: readonly (string | readonly (string | readonly string[])[])[],
  { order = 4, smooth = 'none' }: BleuOptions = {},
): Bleu {
  if (translations.length === 0 || translations.length !== references.length)
    throw new HebbError(`bleu: ${translations.length} translations and ${references.length} references: give one or more, as many of both`)
  const shared = new Array<number>(order).fill(0)
  const total = new Array<number>(order).fill(0)
  let [length, referenceLength] = [0, 0]
  translations.forEach((text, i) => {
    const words = wordsOf(text)
    const given = references[i]!
    const others = (typeof given === 'string' ? [given] : given).map(wordsOf)
    if (others.length === 0) throw new HebbError(`bleu: translation ${i} has no reference`)
    length += words.length
    referenceLength += closest(words.length, others)
    for (let n = 1; n <= order; n++) {
      const found = others.map((o) => runs(o, n))
      for (const [run, count] of runs(words, n)) {
        shared[n - 1]! += Math.min(count, Math.max(...found.map((f) => f.get(run) ?? 0)))
        total[n - 1]! += count
      }
    }
  })
  let halved = 1
  const precisions = shared.map((s, n) => {
    if (s > 0 || total[n] === 0) return total[n] === 0 ? 0 : s / total[n]!
    if (smooth === 'none') return 0
    halved *= 2
    return 1 / (halved * total[n]!)
  })
  const brevity = length >= referenceLength ? 1 : length === 0 ? 0 : Math.exp(1 - referenceLength / length)
  const mean = precisions.some((p) => p === 0) ? 0 : Math.exp(precisions.reduce((sum, p) => sum + Math.log(p), 0) / order)
  return { score: 100 * brevity * mean, precisions, brevity, length, referenceLength }
}

/** The length of the reference nearest to a length; the shorter of two as near. */
const closest = (length: number, references: readonly (readonly string[])[]): number =>
  references
    .map((r) => r.length)
    .reduce((a, b) => (Math.abs(b - length) < Math.abs(a - length) || (Math.abs(b - length) === Math.abs(a - length) && b < a) ? b : a))
