/** Which word stands for which, found from sentence pairs alone: IBM Model 1. */
import { HebbError } from '../../tensor/index.js'

/** A dictionary with probabilities. */
export interface WordTranslations {
  /** the likeliest word of the other language; undefined for a word never seen */
  translate(word: string): string | undefined
  /** p(target word | source word); 0 for pairs never seen together */
  probability(source: string, target: string): number
}

/**
 * p(target | source) by expectation and maximisation over all ways to align the words of each pair, from even probabilities: each target word
 * is shared among the source words of its sentence by how likely each stands for it, then the shares are counted anew [Brown 1993].
 * Throws HebbError when there are no pairs.
 *
 * @example wordTranslations([{ source: ['a', 'house'], target: ['una', 'casa'] }, { source: ['a', 'dog'], target: ['un', 'perro'] }], { rounds: 5 }).translate('house')
 */
export function wordTranslations(
  pairs: readonly { readonly source: readonly string[]; readonly target: readonly string[] }[],
  { rounds = 4 }: { readonly rounds?: number } = {},
): WordTranslations {
  if (pairs.length === 0) throw new HebbError('wordTranslations: there are no pairs to learn from')
  const [sources, targets] = [new Map<string, number>(), new Map<string, number>()]
  const idOf = (ids: Map<string, number>, word: string): number => {
    const id = ids.get(word) ?? ids.size
    ids.set(word, id)
    return id
  }
  const numbered = pairs.map(({ source, target }) => ({
    source: Int32Array.from(new Set(source), (w) => idOf(sources, w)),
    target: Int32Array.from(target, (w) => idOf(targets, w)),
  }))
  // every round its own counts; before the first all are equally likely
  let table: readonly Map<number, number>[] | undefined
  for (let round = 0; round < rounds; round++) {
    const counts = Array.from({ length: sources.size }, () => new Map<number, number>())
    for (const { source, target } of numbered)
      for (const f of target) {
        let total = 0
        for (const e of source) total += table ? (table[e]!.get(f) ?? 0) : 1
        if (total === 0) continue
        for (const e of source) {
          const share = (table ? (table[e]!.get(f) ?? 0) : 1) / total
          if (share > 1e-4) counts[e]!.set(f, (counts[e]!.get(f) ?? 0) + share)
        }
      }
    for (const row of counts) {
      let total = 0
      for (const c of row.values()) total += c
      for (const [f, c] of row) row.set(f, c / total)
    }
    table = counts
  }
  const names = [...targets.keys()]
  const best = (table ?? []).map((row) => [...row].reduce<readonly [number, number]>((a, b) => (b[1] > a[1] ? b : a), [-1, 0])[0])
  return {
    translate(word) {
      const id = sources.get(word)
      return id === undefined ? undefined : names[best[id] ?? -1]
    },
    probability: (source, target) => table?.[sources.get(source) ?? -1]?.get(targets.get(target) ?? -1) ?? 0,
  }
}
