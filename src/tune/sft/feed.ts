/** Batches of examples for fine-tuning: of nearly one length, padded, or packed; each place with what comes next. */
import { Draws } from '../../data/draws.js'
import { checkSize, type Feed, partOf, passOf } from '../../data/feed.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import type { PackedTexts } from '../../text/index.js'
import { type Examples, examplesOf } from '../data/source.js'
import { type Encoded, type Encoder, encoded, teaches } from './examples.js'
import { packsOf } from './packs.js'
import { type SftData, Survey } from './survey.js'

/** What comes next where it is not learned. */
export const ignored = -100
/** Batches that are sorted by length together, and are in memory at a time. */
const pool = 50
/** Examples that are packed together. */
const packedPool = 1000

/** Ids (N, T), packed or not, and what comes next at each place (N, T), all i32. */
export interface SftBatch {
  readonly [field: string]: unknown
  readonly x: Tensor | PackedTexts
  readonly y: Tensor
  readonly size: number
}

/** How examples become batches. */
export interface Batching extends Encoder {
  /** rows of a batch */
  readonly size: number
  /** whether several examples stand in a row */
  readonly packing: boolean
}

/** What a feed is told besides. */
export interface Telling {
  /** steps of a run with so many batches a pass */
  steps(batches: number): number
  /** told once, before the first batch */
  told(found: SftData): void
}

/** Examples as a feed. All of them are looked through before the first batch, so that a bad one is told at once. */
export function sftFeed(data: Examples, how: Batching, telling?: Telling): Feed<SftBatch> {
  checkSize('sft', how.size)
  if (typeof data !== 'string' && data.length === 0) throw new HebbError('sft: there are no examples')
  let isKnown = false
  return {
    async *batches(given) {
      const pass = passOf('sft', given)
      if (!isKnown) {
        const found = await surveyed(data, how, telling)
        telling?.told(found)
      }
      isKnown = true
      const draws = new Draws(pass.seed, 'sft', pass.epoch)
      let made = 0
      for await (const some of pooled(data, how)) {
        const rows = rowsOf(draws.shuffled(some), how).sort((a, b) => lengthOf(a) - lengthOf(b))
        const cuts = Array.from({ length: Math.ceil(rows.length / how.size) }, (_, b) => rows.slice(b * how.size, (b + 1) * how.size))
        for (const batch of draws.shuffled(cuts)) if (made++ >= pass.start) yield padded(partOf(batch, pass), how)
      }
    },
  }
}

/** A pass through the examples that only counts. Throws HebbError for what is no example, and where there is nothing to learn. */
async function surveyed(data: Examples, how: Batching, telling: Telling | undefined): Promise<SftData> {
  const survey = new Survey(how.maxLength)
  let batches = 0
  for await (const some of pooled(data, how, survey)) batches += Math.ceil(rowsOf(some, how).length / how.size)
  const found = survey.found(batches, telling?.steps(batches) ?? 0)
  if (batches > 0) return found
  throw new HebbError(
    found.examples === 0
      ? `sft: ${String(data)} holds no examples`
      : `sft: nothing is learned from any of the ${found.examples} examples: what is to be said stands behind their first ${how.maxLength} tokens; give a greater maxLength`,
  )
}

/** Encoded examples of which something is learned, so many at a time. */
async function* pooled(data: Examples, how: Batching, survey?: Survey): AsyncGenerator<Encoded[], void, undefined> {
  const most = how.packing ? packedPool : pool * how.size
  let held: Encoded[] = []
  for await (const { where, example } of examplesOf(data)) {
    const one = encoded(where, example, how)
    survey?.see(one)
    if (teaches(one)) held.push(one)
    if (held.length < most) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

type Row = readonly Encoded[]

/** The texts of each row. */
function rowsOf(some: readonly Encoded[], { packing, maxLength }: Batching): Row[] {
  if (!packing) return some.map((one) => [one])
  const lengths = some.map(({ ids }) => ids.length)
  return packsOf(lengths, maxLength).map((numbers) => numbers.map((i) => some[i]!))
}

/** Places of a row: each id that something comes after. */
const lengthOf = (row: Row): number => row.reduce((sum, { ids }) => sum + ids.length - 1, 0)

/** Rows side by side. What fills up comes behind, where nothing sees it. */
function padded(batch: ArrayLike<Row>, { maxLength, packing }: Batching): SftBatch {
  const rows = Array.from(batch)
  const T = bucket(Math.max(...rows.map(lengthOf)), maxLength)
  const x = new Int32Array(rows.length * T)
  const y = new Int32Array(rows.length * T).fill(ignored)
  const starts = Int32Array.from(x, (_, place) => place % T)
  for (const [n, row] of rows.entries()) {
    let at = n * T
    for (const { ids, learned } of row) {
      const begin = at
      for (let t = 0; t + 1 < ids.length; t++, at++) {
        x[at] = ids[t]!
        starts[at] = begin - n * T
        if (learned[t + 1]) y[at] = ids[t + 1]!
      }
    }
  }
  const shape = [rows.length, T]
  const ids = tensor(x, { shape })
  return { x: packing ? { ids, starts: tensor(starts, { shape }) } : ids, y: tensor(y, { shape }), size: rows.length }
}
