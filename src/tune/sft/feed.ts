/** Batches of examples for fine-tuning: of nearly one length, padded, each place with what comes next. */
import { Draws } from '../../data/draws.js'
import { checkSize, type Feed, partOf, passOf } from '../../data/feed.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { type Encoded, type Encoder, encoded } from './examples.js'
import { type Examples, examplesOf } from './source.js'

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

/** Examples as a feed. */
export function sftFeed(data: Examples, size: number, how: Encoder): Feed<SftBatch> & { readonly length?: number } {
  checkSize('sft', size)
  if (typeof data !== 'string' && data.length === 0) throw new HebbError('sft: there are no examples')
  return {
    ...(typeof data !== 'string' && { length: Math.ceil(data.length / size) }),
    async *batches(given) {
      const pass = passOf('sft', given)
      const draws = new Draws(pass.seed, 'sft', pass.epoch)
      let made = 0
      for await (const some of pooled(data, pool * size, how)) {
        const order = draws.shuffled(some).sort((a, b) => a.ids.length - b.ids.length)
        const cuts = Array.from({ length: Math.ceil(order.length / size) }, (_, b) => order.slice(b * size, (b + 1) * size))
        for (const batch of draws.shuffled(cuts)) if (made++ >= pass.start) yield padded(partOf(batch, pass), how.maxLength)
      }
      if (made === 0) throw new HebbError(`sft: ${String(data)} holds no examples`)
    },
  }
}

/** Encoded examples, so many at a time. */
async function* pooled(data: Examples, most: number, how: Encoder): AsyncGenerator<Encoded[], void, undefined> {
  let held: Encoded[] = []
  for await (const { where, example } of examplesOf(data)) {
    held.push(encoded(where, example, how))
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
