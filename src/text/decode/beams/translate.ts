/** Letting an encoder–decoder write: the likeliest sequence, searched greedily or with several beams. */

import { logSoftmax } from '../../../functional/index.js'
import { initializeAsync } from '../../../nn/index.js'
import { squeeze, take } from '../../../ops/index.js'
import { compile } from '../../../runtime/index.js'
import { HebbError, type Tensor, tensor } from '../../../tensor/index.js'
import type { Seq2Seq } from '../../sequences/seq2seq.js'
import { likeliest } from '../rules/likeliest.js'

/** How targets are searched. */
export interface TranslateOptions {
  /** id every target begins with, not part of the result */
  readonly bos: number
  /** id that ends a target, not part of the result */
  readonly eos: number
  /** targets kept at each step; 1 always takes the likeliest token. Default 1 */
  readonly beams?: number
  /** finished targets are compared by log p / length^α [Wu 2016]; default 0.6 */
  readonly lengthPenalty?: number
  /** sources at a time; default 32 / beams, at least 1 */
  readonly batchSize?: number
  readonly signal?: AbortSignal
}

/** A target under way. */
interface Beam {
  readonly ids: readonly number[]
  readonly logProbability: number
}

interface Search {
  live: readonly Beam[]
  done: readonly Beam[]
}

/** The compiled halves of a model. */
type Reader = (source: Tensor) => Promise<Tensor>
type Writer = (memory: Tensor, source: Tensor, target: Tensor, at: Tensor) => Promise<Tensor>
const compiled = new WeakMap<Seq2Seq, { readonly read: Reader; readonly write: Writer }>()

function halvesOf(model: Seq2Seq): { readonly read: Reader; readonly write: Writer } {
  const found = compiled.get(model) ?? {
    read: compile((source: Tensor) => model.encode(source)),
    write: compile((memory: Tensor, source: Tensor, target: Tensor, at: Tensor) =>
      logSoftmax(model.logits(squeeze(take(model.decode(target, memory, source), at, 1), 1)), 1),
    ),
  }
  compiled.set(model, found)
  return found
}

/**
 * The targets a model writes for sources (ids without padding): token by token, the likeliest continuations kept. Programs are compiled for
 * target lengths 8, 16, 32, … and kept. Targets that do not end within the model's places are cut there.
 * Throws HebbError when a source is empty or too long, or there are no beams.
 *
 * @example const [ids] = await translate(model, [english.encode('In the beginning')], { ...spanish.special, beams: 4 })
 */
export async function translate(model: Seq2Seq, sources: readonly ArrayLike<number>[], options: TranslateOptions): Promise<Int32Array[]> {
  const { beams = 1, batchSize = Math.max(1, Math.floor(32 / beams)), signal } = options
  if (!Number.isInteger(beams) || beams < 1) throw new HebbError(`translate: ${beams} is no number of beams: give 1 or more`)
  const [S] = model.places
  const wrong = sources.findIndex(({ length }) => length === 0 || length > S)
  if (wrong >= 0) throw new HebbError(`translate: source ${wrong} has ${sources[wrong]!.length} ids: give 1 to ${S}`)
  await initializeAsync(model)
  const out: Int32Array[] = []
  for (let i = 0; i < sources.length && !signal?.aborted; i += batchSize) {
    const some = sources.slice(i, i + batchSize)
    // a last batch that is not full is filled up, so that no program is compiled for it
    const full = Array.from({ length: Math.min(batchSize, sources.length) }, (_, n) => some[n] ?? some[0]!)
    out.push(...(await search(model, full, options, beams)).slice(0, some.length))
  }
  return out
}

async function search(
  model: Seq2Seq,
  sources: readonly ArrayLike<number>[],
  { bos, eos, lengthPenalty = 0.6 }: TranslateOptions,
  beams: number,
): Promise<Int32Array[]> {
  const { read, write } = halvesOf(model)
  const [S, T] = model.places
  const rows = new Int32Array(sources.length * beams * S)
  sources.forEach((ids, n) => {
    for (let b = 0; b < beams; b++) rows.set(ids, (n * beams + b) * S)
  })
  const source = tensor(rows, { shape: [sources.length * beams, S] })
  const memory = await read(source)
  const score = ({ ids, logProbability }: Beam): number => logProbability / Math.max(ids.length, 1) ** lengthPenalty
  const searches = sources.map((): Search => ({ live: [{ ids: [], logProbability: 0 }], done: [] }))
  for (let t = 0; t < T; t++) {
    if (searches.every(({ live }) => live.length === 0)) break
    const length = Math.min(T, 2 ** Math.max(3, Math.ceil(Math.log2(t + 1))))
    const target = new Int32Array(source.shape[0]! * length)
    searches.forEach(({ live }, n) => {
      live.forEach(({ ids }, b) => {
        target.set([bos, ...ids], (n * beams + b) * length)
      })
    })
    const scores = await write(memory, source, tensor(target, { shape: [source.shape[0]!, length] }), tensor(Int32Array.of(t)))
    const logs = await scores.cast('f32').data()
    const V = scores.shape[1]!
    searches.forEach((s, n) => {
      const next = s.live
        .flatMap((beam, b) =>
          likeliest(logs.subarray((n * beams + b) * V, (n * beams + b + 1) * V), beams + 1).map((id) =>
            extend(beam, id, logs[(n * beams + b) * V + id]!),
          ),
        )
        .sort((a, b) => b.logProbability - a.logProbability)
      const ended = next.slice(0, beams).filter(({ ids }) => ids.at(-1) === eos)
      s.done = [...s.done, ...ended]
      s.live = s.done.length >= beams ? [] : next.filter(({ ids }) => ids.at(-1) !== eos).slice(0, beams)
    })
  }
  return searches.map(({ live, done }) => {
    const best = (done.length > 0 ? done : live).reduce((a, b) => (score(b) > score(a) ? b : a))
    return Int32Array.from(best.ids.filter((id) => id !== eos))
  })
}

const extend = ({ ids, logProbability }: Beam, id: number, more: number): Beam => ({
  ids: [...ids, id],
  logProbability: logProbability + more,
})
