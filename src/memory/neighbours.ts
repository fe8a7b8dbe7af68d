/** The nearest slots of many queries as plain arrays: kept best first while keys go by, joined, and turned into shares of labels. */
import { HebbError } from '../tensor/errors.js'
import { checkTemperature, slotsRead } from './nearest.js'

/** The nearest slots of each query, nearest first, of equally near ones the first. */
export interface Neighbours {
  /** number of queries, Q */
  readonly queries: number
  /** slots for each */
  readonly k: number
  /** (Q, k) */
  readonly distances: Float32Array
  /** places in the memory, (Q, k) */
  readonly indices: Int32Array
}

/**
 * The k highest scores of each row so far, as heaps with the worst on top: a score has to beat that one only. Equal scores stay
 * in the order in which they came.
 */
export class BestOfRows {
  /** the score that the next one of a row has to exceed */
  readonly least: Float32Array
  readonly ids: Int32Array
  readonly #scores: Float32Array
  readonly #counts: Int32Array

  constructor(
    rows: number,
    readonly k: number,
  ) {
    this.least = new Float32Array(rows)
    this.#counts = new Int32Array(rows)
    this.#scores = new Float32Array(rows * k)
    this.ids = new Int32Array(rows * k)
    this.clear()
  }

  clear(): void {
    this.least.fill(Number.NEGATIVE_INFINITY)
    this.#counts.fill(0)
  }

  /** Ids of a row must come in ascending order, scores must be above its `least`. */
  push(row: number, score: number, id: number): void {
    const [base, count] = [row * this.k, this.#counts[row]!]
    if (count < this.k) {
      this.#counts[row] = count + 1
      this.#rise(base, count, score, id)
      if (count + 1 === this.k) this.least[row] = this.#scores[base]!
    } else {
      this.#sink(base, score, id)
      this.least[row] = this.#scores[base]!
    }
  }

  #rise(base: number, start: number, score: number, id: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#worse(score, id, base + parent)) break
      this.#scores[base + at] = this.#scores[base + parent]!
      this.ids[base + at] = this.ids[base + parent]!
      at = parent
    }
    this.#scores[base + at] = score
    this.ids[base + at] = id
  }

  #sink(base: number, score: number, id: number): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.k) break
      if (child + 1 < this.k && this.#worse(this.#scores[base + child + 1]!, this.ids[base + child + 1]!, base + child)) child++
      if (!this.#worse(this.#scores[base + child]!, this.ids[base + child]!, -1, score, id)) break
      this.#scores[base + at] = this.#scores[base + child]!
      this.ids[base + at] = this.ids[base + child]!
      at = child
    }
    this.#scores[base + at] = score
    this.ids[base + at] = id
  }

  /** Whether a score counts less than that at a place (or than another): lower, or as high and later. */
  #worse(score: number, id: number, at: number, than = this.#scores[at]!, thanId = this.ids[at]!): boolean {
    return score < than || (score === than && id > thanId)
  }
}

/**
 * The k nearest of two searches of the same queries in different parts of a memory; all of both where k is more.
 * Throws HebbError when they are not about as many queries.
 */
export function mergeNeighbours(a: Neighbours, b: Neighbours, k: number): Neighbours {
  if (a.queries !== b.queries)
    throw new HebbError(`mergeNeighbours: ${a.queries} queries beside ${b.queries}: join searches of the same queries`)
  const most = slotsRead('mergeNeighbours', k, a.k + b.k)
  const distances = new Float32Array(a.queries * most)
  const indices = new Int32Array(a.queries * most)
  for (let q = 0; q < a.queries; q++) {
    let [i, j] = [q * a.k, q * b.k]
    const [iEnd, jEnd] = [i + a.k, j + b.k]
    for (let at = q * most; at < (q + 1) * most; at++) {
      const [near, far] = [a.distances[i]!, b.distances[j]!]
      const first = j === jEnd || (i < iEnd && (near < far || (near === far && a.indices[i]! < b.indices[j]!)))
      distances[at] = first ? near : far
      indices[at] = first ? a.indices[i++]! : b.indices[j++]!
    }
  }
  return { queries: a.queries, k: most, distances, indices }
}

/** How neighbours vote. */
export interface LabelSharesOptions {
  /** labels are 0 … classes − 1 */
  readonly classes: number
  /** τ; default 1 */
  readonly temperature?: number | undefined
  /** how many of the neighbours vote; default all that were found */
  readonly k?: number | undefined
}

/**
 * p(y) = Σₙ wₙ [labelₙ = y] with w = softmax(−d / τ) over the nearest slots: what the memory says comes next [Khandelwal 2020].
 *
 * Shapes: neighbours (Q, k), labels (S), one for each slot → (Q, classes), each row sums to 1.
 * Throws HebbError for labels outside 0 … classes − 1, a temperature or a k that makes no sense.
 *
 * @example labelShares(await memory.nearest(queries, 64), memory.values, { classes: 65, temperature: 2 })
 */
export function labelShares(
  { queries, k: found, distances, indices }: Neighbours,
  labels: ArrayLike<number>,
  { classes, temperature = 1, k = found }: LabelSharesOptions,
): Float32Array {
  checkTemperature('labelShares', temperature)
  const voters = slotsRead('labelShares', k, found)
  const shares = new Float32Array(queries * classes)
  const row = new Float64Array(classes)
  for (let q = 0; q < queries; q++) {
    const nearest = distances[q * found]!
    let total = 0
    row.fill(0)
    for (let at = q * found; at < q * found + voters; at++) {
      const label = labels[indices[at]!]!
      if (!(label >= 0 && label < classes))
        throw new HebbError(`labelShares: slot ${indices[at]} has label ${label}, which is not in 0 … ${classes - 1}`)
      const weight = Math.exp((nearest - distances[at]!) / temperature)
      row[label]! += weight
      total += weight
    }
    for (let c = 0; c < classes; c++) shares[q * classes + c] = row[c]! / total
  }
  return shares
}
