/** Batches of examples for fine-tuning: of nearly one length, padded, each place with what comes next. */
import { Draws } from '../../data/draws.js'
import { checkSize, type Feed, partOf, passOf } from '../../data/feed.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { type Examples, examplesOf } from '../data/source.js'
import { type Encoded, type Encoder, encoded } from './examples.js'
import { type SftData, Survey } from './survey.js'

/** What comes next where it is not learned. */
export const ignored = -100
/** Batches that are sorted by length together, and are in memory at a time. */
const pool = 50

/** Ids (N, T), and what comes next at each place (N, T), both i32. */
export interface SftBatch {
  readonly [field: string]: unknown
  readonly x: Tensor
  readonly y: Tensor
  readonly size: number
}

/** What a feed is told besides. */
interface Telling {
  /** steps of a run with so many batches a pass */
  steps(batches: number): number
  /** told once, before the first batch */
  told(found: SftData): void
}

/** Examples as a feed. All of them are looked through before the first batch, so that a bad one is told at once. */
export function sftFeed(data: Examples, size: number, how: Encoder, telling?: Telling): Feed<SftBatch> {
  checkSize('sft', size)
  if (typeof data !== 'string' && data.length === 0) throw new HebbError('sft: there are no examples')
  let isKnown = telling === undefined
  return {
    async *batches(given) {
      const pass = passOf('sft', given)
      if (!isKnown) telling!.told(await surveyed(data, size, how, telling!))
      isKnown = true
      const draws = new Draws(pass.seed, 'sft', pass.epoch)
      let made = 0
      for await (const some of pooled(data, pool * size, how)) {
        const order = draws.shuffled(some).sort((a, b) => a.ids.length - b.ids.length)
        const cuts = Array.from({ length: Math.ceil(order.length / size) }, (_, b) => order.slice(b * size, (b + 1) * size))
        for (const batch of draws.shuffled(cuts)) if (made++ >= pass.start) yield padded(partOf(batch, pass), how.maxLength)
      }
      if (made === 0) throw nothing(data)
    },
  }
}

const nothing = (data: Examples): HebbError =>
  new HebbError(`sft: ${typeof data === 'string' ? `${data} holds no examples` : 'the examples hold nothing that is learned'}`)

/** A pass through the examples that only counts. */
async function surveyed(data: Examples, size: number, how: Encoder, { steps }: Telling): Promise<SftData> {
  const survey = new Survey(how.maxLength)
  let kept = 0
  for await (const { where, example } of examplesOf(data)) if (survey.see(encoded(where, example, how))) kept++
  const batches = Math.ceil(kept / size)
  if (kept === 0) throw nothing(data)
  return survey.found(batches, steps(batches))
}

/** Encoded examples of which something is learned, so many at a time. */
async function* pooled(data: Examples, most: number, how: Encoder): AsyncGenerator<Encoded[], void, undefined> {
  let held: Encoded[] = []
  for await (const { where, example } of examplesOf(data)) {
    const one = encoded(where, example, how)
    if (one.learned.subarray(1).includes(1)) held.push(one)
    if (held.length < most) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

/** Examples side by side. What fills up comes behind them, where none of them sees it. */
function padded(batch: ArrayLike<Encoded>, most: number): SftBatch {
  const all = Array.from(batch)
  const T = bucket(Math.max(...all.map(({ ids }) => ids.length - 1)), most)
  const x = new Int32Array(all.length * T)
  const y = new Int32Array(all.length * T).fill(ignored)
  for (const [n, { ids, learned }] of all.entries())
    for (let t = 0; t + 1 < ids.length; t++) {
      x[n * T + t] = ids[t]!
      if (learned[t + 1]) y[n * T + t] = ids[t + 1]!
    }
  return { x: tensor(x, { shape: [all.length, T] }), y: tensor(y, { shape: [all.length, T] }), size: all.length }
}
