/** Measures of a memory beside a language model: the characters it is asked about, its opinions, and settings chosen on one part, reported on another. */

import type { Gpt } from '../../llm/index.js'
import { labelShares, type Neighbours } from '../../memory/index.js'
import { bestShare, type ContextOptions, mixtureCrossEntropy, ngrams, textContexts } from '../../text/index.js'

/** Characters of the held-out text, evenly spaced: the first quarter to choose settings on, the rest to report. */
export interface Asked {
  readonly width: number
  /** vectors of what stood before each, (Q, D) */
  readonly keys: Float32Array
  /** the characters themselves, (Q) */
  readonly next: Int32Array
  /** where in the text they stand, (Q) */
  readonly at: Int32Array
  /** how likely the net thought each */
  readonly said: Float64Array
  /** how many of the first are for choosing */
  readonly choosing: number
  /** mean loss of the net over all characters of the part that is reported on, asked about or not */
  readonly wholeLoss: number
}

/** Reads the held-out text and keeps `count` places of it. */
export async function askedOf(model: Gpt, held: Int32Array, count: number, options: ContextOptions): Promise<Asked> {
  const total = held.length - 1
  const queries = Math.min(count, total)
  const choosing = Math.floor(queries / 4)
  const at = Int32Array.from({ length: queries }, (_, q) => 1 + Math.floor((q * total) / queries))
  const [said, next] = [new Float64Array(queries), new Int32Array(queries)]
  let keys: Float32Array | undefined
  let [place, q, sum] = [1, 0, 0]
  for await (const piece of textContexts(model, held, options)) {
    const width = piece.keys.length / piece.next.length
    keys ??= new Float32Array(queries * width)
    for (let i = 0; i < piece.next.length; i++, place++) {
      if (place >= at[choosing]!) sum += piece.losses[i]!
      if (place !== at[q]) continue
      keys.set(piece.keys.subarray(i * width, (i + 1) * width), q * width)
      next[q] = piece.next[i]!
      said[q++] = Math.exp(-piece.losses[i]!)
    }
  }
  return { width: keys!.length / queries, keys: keys!, next, at, said, choosing, wholeLoss: sum / (held.length - at[choosing]!) }
}

/** One way to ask the memory. */
export interface Asking {
  readonly k: number
  readonly temperature: number
}

/** The temperatures that are tried. */
const temperatures: readonly number[] = [0.5, 1, 1.5, 2, 3, 4, 6, 8, 16]

/** The numbers of neighbours that are tried: powers of four from 16 on, and the most there are. */
const counts = (most: number): readonly number[] => [...[16, 64, 256, 1024, 4096].filter((k) => k < most), most]

/** Every way that is tried. */
export const askings = (most: number): readonly Asking[] =>
  counts(most).flatMap((k) => temperatures.map((temperature) => ({ k, temperature })))

/** How likely the memory thought each character, asked in every way: one list for each. */
export type Opinions = readonly Float64Array[]

/** What neighbours say of the characters that came. */
export const opinionsOf = (near: Neighbours, labels: Int32Array, next: Int32Array, classes: number, ways: readonly Asking[]): Opinions =>
  ways.map(({ k, temperature }) => {
    const shares = labelShares(near, labels, { classes, temperature, k: Math.min(k, near.k) })
    return Float64Array.from(next, (id, q) => shares[q * classes + id]!)
  })

/** A way to ask, and the share of the answer, with the losses of the mixture. */
export interface Choice extends Asking {
  readonly share: number
  /** on the part it was chosen on */
  readonly chosenLoss: number
  /** on the rest */
  readonly loss: number
}

/** Two opinions mixed by the share that is best on the part for choosing. */
export function mixed(
  other: Float64Array,
  { said, choosing }: Asked,
): { readonly share: number; readonly chosenLoss: number; readonly loss: number } {
  const share = bestShare(other.subarray(0, choosing), said.subarray(0, choosing))
  return {
    share,
    chosenLoss: mixtureCrossEntropy(other.subarray(0, choosing), said.subarray(0, choosing), share),
    loss: mixtureCrossEntropy(other.subarray(choosing), said.subarray(choosing), share),
  }
}

/** Every way to ask with its best share. */
export const choicesOf = (opinions: Opinions, asked: Asked, ways: readonly Asking[]): readonly Choice[] =>
  opinions.map((opinion, i) => ({ ...ways[i]!, ...mixed(opinion, asked) }))

/** The way with the smallest loss on the part for choosing. */
export const bestOf = (choices: readonly Choice[]): Choice => choices.reduce((a, b) => (b.chosenLoss < a.chosenLoss ? b : a))

/** How likely each character is by counting what followed the same characters in a text. */
export function countedOpinion(text: Int32Array, held: Int32Array, at: Int32Array, order: number, vocabulary: number): Float64Array {
  const model = ngrams(text, { order, vocabulary })
  return Float64Array.from(at, (place) => model.probability(held, place, held[place]!))
}
