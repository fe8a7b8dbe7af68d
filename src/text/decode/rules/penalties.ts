/** Rules by what was written: tokens that came before score less, or may not come. Each is a function of scores, which it leaves alone. */

/**
 * Every token of `ids` once, however often it stands there: a score above 0 is divided by the penalty, one below multiplied [Keskar 2019].
 *
 * s′ = s / p for s ≥ 0, s · p for s < 0.
 */
export function penalizeRepetition(scores: ArrayLike<number>, ids: Iterable<number>, penalty: number): Float64Array {
  const left = new Float64Array(scores)
  if (penalty !== 1) for (const id of new Set(ids)) left[id]! = left[id]! < 0 ? left[id]! * penalty : left[id]! / penalty
  return left
}

/**
 * What was written before costs `presence` once and `frequency` each time, as in OpenAI's interface: s′ = s − frequency · count − presence · [count > 0].
 */
export function penalizePresence(scores: ArrayLike<number>, written: ArrayLike<number>, presence: number, frequency: number): Float64Array {
  const left = new Float64Array(scores)
  const counts = new Map<number, number>()
  for (let i = 0; i < written.length; i++) counts.set(written[i]!, (counts.get(written[i]!) ?? 0) + 1)
  for (const [id, count] of counts) left[id]! -= presence + frequency * count
  return left
}

/** What is added to single scores, as `logit_bias` of OpenAI's interface: s′ = s + bias. Ids that there are no scores of are passed over. */
export function biased(scores: ArrayLike<number>, bias: Readonly<Record<number, number>>): Float64Array {
  const left = new Float64Array(scores)
  for (const [id, value] of Object.entries(bias)) if (Number(id) < left.length) left[Number(id)]! += value
  return left
}

/** No run of `size` tokens comes twice: tokens that would end one that stands in `ids` get −∞ [Paulus 2018]. A size of 0 changes nothing. */
export function forbidRepeatedNgrams(scores: ArrayLike<number>, ids: readonly number[], size: number): Float64Array {
  const left = new Float64Array(scores)
  const first = ids.length - size + 1
  if (size < 1) return left
  for (let i = 0; i < first; i++) {
    let same = true
    for (let k = 0; k < size - 1 && same; k++) same = ids[i + k] === ids[first + k]
    if (same) left[ids[i + size - 1]!] = Number.NEGATIVE_INFINITY
  }
  return left
}

/** No sequence comes whole: the last token of each gets −∞ where the others stand at the end of `ids`. One of a single token never comes. */
export function forbidSequences(
  scores: ArrayLike<number>,
  ids: readonly number[],
  sequences: readonly (readonly number[])[],
): Float64Array {
  const left = new Float64Array(scores)
  for (const sequence of sequences) {
    const start = ids.length - sequence.length + 1
    if (sequence.length > 0 && start >= 0 && sequence.slice(0, -1).every((id, i) => ids[start + i] === id))
      left[sequence.at(-1)!] = Number.NEGATIVE_INFINITY
  }
  return left
}

/** These tokens get −∞. */
export function forbidTokens(scores: ArrayLike<number>, tokens: Iterable<number>): Float64Array {
  const left = new Float64Array(scores)
  for (const id of tokens) if (id < left.length) left[id] = Number.NEGATIVE_INFINITY
  return left
}

/** All others get −∞, these 0: one of them comes. */
export function forceTokens(scores: ArrayLike<number>, tokens: Iterable<number>): Float64Array {
  const left = new Float64Array(scores.length).fill(Number.NEGATIVE_INFINITY)
  for (const id of tokens) left[id] = 0
  return left
}
