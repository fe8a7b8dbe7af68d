/** The unigram model: of all ways to cut a text into tokens the one whose probabilities have the largest product [Kudo 2018]. */
import { HebbError } from '../../../tensor/index.js'
import type { Fields } from '../fields.js'
import type { PieceModel, Symbols } from './model.js'
import { mostIds } from './vocabulary.js'

/** how much less likely than the least likely token an unknown character is, in nats */
const penalty = 10

const toBytes = new TextEncoder()

/** Tokens and the logarithms of their probabilities. */
function scored(fields: Fields): { readonly tokens: string[]; readonly scores: Float64Array } {
  const list = fields.list('vocab')
  if (list.length === 0 || list.length > mostIds)
    throw new HebbError(`${fields.at('vocab')} has ${list.length} tokens: 1 to ${mostIds} are possible`)
  const tokens: string[] = []
  const scores = new Float64Array(list.length)
  list.forEach((entry, id) => {
    const [token, score] = Array.isArray(entry) ? (entry as unknown[]) : []
    if (typeof token !== 'string' || typeof score !== 'number')
      throw new HebbError(`${fields.at('vocab')}[${id}] is ${JSON.stringify(entry)}: an entry is a token and its score`)
    tokens.push(token)
    scores[id] = score
  })
  return { tokens, scores }
}

/** Tokens in order, so that those that begin alike stand together. */
class Prefixes {
  readonly #sorted: readonly (readonly [string, number])[]

  constructor(vocabulary: ReadonlyMap<string, number>) {
    this.#sorted = [...vocabulary].filter(([token]) => token !== '').sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Calls `found` for each token that stands at a place of a text, the shortest first. */
  at(text: string, from: number, found: (id: number, length: number) => void): void {
    let [low, high] = [0, this.#sorted.length]
    for (let depth = 0; from + depth < text.length && low < high; depth++) {
      const unit = text.charCodeAt(from + depth)
      low = this.#first(low, high, depth, unit)
      high = this.#first(low, high, depth, unit + 1)
      if (low < high && this.#sorted[low]![0].length === depth + 1) found(this.#sorted[low]![1], depth + 1)
    }
  }

  /** The first of a range whose unit at `depth` is not below `unit`. */
  #first(from: number, to: number, depth: number, unit: number): number {
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high) >> 1
      const token = this.#sorted[middle]![0]
      if (token.length <= depth || token.charCodeAt(depth) < unit) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * The model `Unigram`, by Viterbi's algorithm in f64; of equal cuts the one found first. A character that no token stands for is unknown;
 * unknown ones in a row are one token, or their bytes `<0xE2>` with `byte_fallback`.
 */
export function unigram(fields: Fields): PieceModel {
  const { tokens, scores } = scored(fields)
  const vocabulary = new Map(tokens.map((token, id) => [token, id]))
  const unknownId = fields.has('unk_id') ? fields.whole('unk_id') : undefined
  if (unknownId !== undefined && unknownId >= tokens.length)
    throw new HebbError(`${fields.at('unk_id')} is ${unknownId}, and there are ${tokens.length} tokens`)
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - penalty
  const fallsBack = fields.flag('byte_fallback', false)
  const prefixes = new Prefixes(vocabulary)
  const unknownOf = (piece: string): number => {
    if (unknownId === undefined) throw new HebbError(`encode: ${JSON.stringify(piece)} is not known, and the model has no unk_id`)
    return unknownId
  }

  /** Where the best cut of the text goes, from its end back; unknown neighbours joined. */
  function bounds(text: string): number[] {
    const best = new Float64Array(text.length + 1)
    const from = new Int32Array(text.length + 1).fill(-1)
    const ids = new Int32Array(text.length + 1)
    const offer = (start: number, length: number, id: number, score: number): void => {
      const [to, sum] = [start + length, score + best[start]!]
      if (from[to]! >= 0 && sum <= best[to]!) return
      best[to] = sum
      from[to] = start
      ids[to] = id
    }
    for (let start = 0; start < text.length; ) {
      const width = text.codePointAt(start)! > 0xffff ? 2 : 1
      let single = false
      prefixes.at(text, start, (id, length) => {
        offer(start, length, id, scores[id]!)
        single ||= length === width
      })
      if (!single) offer(start, width, unknownOf(text), unknownScore)
      start += width
    }
    const cuts = [text.length]
    for (let end = text.length; end > 0; ) {
      const isUnknown = ids[end] === unknownId
      end = from[end]!
      while (isUnknown && end > 0 && ids[end] === unknownId) end = from[end]!
      cuts.push(end)
    }
    return cuts.reverse()
  }

  function symbols(text: string): Symbols {
    const [ids, starts, ends]: [number[], number[], number[]] = [[], [], []]
    if (text === '') return { ids, starts, ends }
    const cuts = bounds(text)
    for (let i = 0; i + 1 < cuts.length; i++) {
      const piece = text.slice(cuts[i], cuts[i + 1])
      const id = vocabulary.get(piece)
      const bytes = id === undefined && fallsBack ? Array.from(toBytes.encode(piece), byteId) : [undefined]
      const found = bytes.every((byte) => byte !== undefined) ? bytes : [id ?? unknownOf(piece)]
      for (const one of found) {
        ids.push(one)
        starts.push(cuts[i]!)
        ends.push(cuts[i + 1]!)
      }
    }
    return { ids, starts, ends }
  }
  const byteId = (byte: number): number | undefined => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  return { kind: 'Unigram', vocabulary, unknown: unknownId === undefined ? undefined : tokens[unknownId], symbols }
}
