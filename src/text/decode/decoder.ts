/** Reading a text piece by piece: what was read is remembered, and only what is new is computed. */
import { placeholder } from '../../graph/leaf.js'
import { initialize } from '../../nn/index.js'
import { reshape, take } from '../../ops/index.js'
import { BoundProgram } from '../../runtime/bound.js'
import { bucket } from '../../runtime/buckets.js'
import { programs } from '../../runtime/store.js'
import { HebbError } from '../../tensor/index.js'
import type { CachingLanguageModel } from '../languageModel.js'
import { KeyValueCache } from './cache.js'

/** inputs of a reader: ids, the place whose scores are wanted, then how many places are kept, and their keys and values */
const [idsAt, lastAt, lengthAt, keptAt] = [0, 1, 2, 3]

/** A program that reads `steps` ids after up to `places` kept ones (0: none). */
function readerOf(model: CachingLanguageModel, steps: number, places: number): BoundProgram {
  const { layers, heads, width } = model.cache
  const [ids, last, length] = [placeholder([1, steps], 'i32'), placeholder([1], 'i32'), placeholder([1], 'i32')]
  const room = (): ReturnType<typeof placeholder> => placeholder([1, heads, places, width], 'f32')
  const kept = places ? Array.from({ length: layers }, () => ({ k: room(), v: room() })) : []
  const { states, made } = model.decode(ids, places ? { layers: kept, length } : undefined)
  const rows = reshape(states, [steps, -1])
  const logits = reshape(model.logits(steps > 1 ? take(rows, last, 0) : rows), [-1])
  const inputs = [ids, last, length, ...kept.flatMap(({ k, v }) => [k, v])]
  return new BoundProgram(inputs, [logits, ...made.flatMap(({ k, v }) => [k, v])])
}

/**
 * A language model reading one text: each call reads more of it and gives the scores of the token that comes next. The keys and values of
 * what was read are kept in flat memory that doubles when it is full (16, 32, 64, … places, at most the context), and programs are compiled
 * for these sizes only. Several texts may be read at once, each by a decoder of its own: they share weights and programs.
 * Scores equal those of the whole text read anew up to rounding. Weights that change afterwards do not change what was kept.
 *
 * @example
 * const decoder = new Decoder(gpt)
 * let scores = await decoder.read(vocabulary.encode('ROMEO:'))
 * scores = await decoder.read([sampleToken(scores, 0.5)])
 */
export class Decoder {
  private readonly kept: KeyValueCache
  private reading = false

  constructor(readonly model: CachingLanguageModel) {
    initialize(model)
    this.kept = new KeyValueCache(model.cache)
  }

  /** how many tokens have been read */
  get length(): number {
    return this.kept.length
  }

  /**
   * Reads ids on; gives the scores (V) of the token after the last of them.
   * Throws HebbError for no ids, ids outside the vocabulary, more than the context holds, and a call during another.
   */
  async read(given: ArrayLike<number>): Promise<Float32Array> {
    const { model, kept } = this
    // the ids that are checked are the ids that are read, whoever writes into the list meanwhile
    const ids = Array.from(given)
    const { context, vocabulary } = model
    if (this.reading)
      throw new HebbError('Decoder: this text is being read: await one read before the next, or use a decoder for each text')
    if (ids.length === 0) throw new HebbError('Decoder: nothing to read: give at least one id')
    if (kept.length + ids.length > context)
      throw new HebbError(`Decoder: ${kept.length} tokens read and ${ids.length} more are beyond the context of ${context}: rewind first`)
    for (let i = 0; i < ids.length; i++)
      if (!Number.isInteger(ids[i]) || ids[i]! < 0 || ids[i]! >= vocabulary)
        throw new HebbError(`Decoder: id ${ids[i]} at place ${kept.length + i} is not in 0 … ${vocabulary - 1}`)
    this.reading = true
    try {
      kept.reserve(bucket(kept.length + ids.length, context))
      const steps = ids.length === 1 ? 1 : bucket(ids.length, context)
      // one id at the start is read like any other, after a past of which nothing counts
      const places = kept.length || ids.length === 1 ? kept.size : 0
      const make = (): BoundProgram => readerOf(model, steps, places)
      return await programs.use(model, `read ${steps} after ${places}`, make, (bound) => this.run(bound, steps, ids))
    } finally {
      this.reading = false
    }
  }

  /** Forgets all but the first `length` tokens. Throws HebbError when so many were never read. */
  rewind(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.kept.length)
      throw new HebbError(`Decoder: cannot go back to ${length} tokens: ${this.kept.length} have been read`)
    if (this.reading) throw new HebbError('Decoder: this text is being read: await that before going back')
    this.kept.length = length
  }

  private async run(bound: BoundProgram, steps: number, ids: ArrayLike<number>): Promise<Float32Array> {
    const { kept } = this
    const input = bound.slots[idsAt]!.fill(0 as never)
    for (let i = 0; i < ids.length; i++) input[i] = ids[i]!
    bound.slots[lastAt]![0] = ids.length - 1
    bound.slots[lengthAt]![0] = kept.length
    for (let i = keptAt; i < bound.slots.length; i++) bound.lend(i, kept.arrays[i - keptAt]!)
    await bound.run()
    const [logits, ...rows] = bound.results as readonly Float32Array[]
    kept.append(rows, steps, ids.length)
    return logits!.slice()
  }
}
