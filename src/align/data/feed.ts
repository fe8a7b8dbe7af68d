/** Examples as a feed: read as they are needed, those of nearly one length in one batch. */
import { Draws } from '../../data/draws.js'
import { checkSize, type Feed, partOf, passOf } from '../../data/feed.js'
import { HebbError } from '../../tensor/errors.js'
import { type Examples, examplesOf } from '../../tune/data/source.js'
import { type Reason, Survey, type Surveyed } from './survey.js'

/** How examples become batches. */
export interface Making<I extends object, B> {
  /** the function users call, for messages */
  readonly called: string
  readonly size: number
  /** examples fewer than this make no batch. Default 1 */
  readonly least?: number | undefined
  /** an example, or why it is left out. Throws HebbError, beginning with `where`, for what is no example */
  encode(where: string, example: unknown): I | Reason
  /** what examples of one batch are to have in common */
  lengthOf(item: I): number
  /** numbers are those of the examples that are used, in the order of the data */
  batch(items: readonly { readonly item: I; readonly number: number }[]): B | Promise<B>
}

/** Batches that are sorted by length together, and are in memory at a time. */
const pool = 50

/** Everything that is used of the data, in order; what is left out is noted. Throws HebbError where nothing is left. */
export async function* usedOf<I extends object, B>(
  data: Examples,
  { called, encode }: Making<I, B>,
  survey = new Survey(),
): AsyncGenerator<{ readonly item: I; readonly number: number }, void, undefined> {
  for await (const { where, example } of examplesOf(data)) {
    survey.examples++
    const item = encode(where, example)
    if (typeof item === 'string') survey.leave(where, item)
    else yield { item, number: survey.used++ }
  }
  if (survey.used > 0) return
  throw new HebbError(survey.examples === 0 ? `${called}: there are no examples` : `${called}: nothing is left: ${survey.found(0, 0).text}`)
}

/** A pass through the data that counts. */
export async function surveyed<I extends object, B>(
  data: Examples,
  making: Making<I, B>,
  steps: (batches: number) => number,
): Promise<Surveyed> {
  checkSize(making.called, making.size)
  const survey = new Survey()
  for await (const _ of usedOf(data, making, survey));
  const batches = batchesOf(survey.used, making)
  return survey.found(batches, steps(batches))
}

function batchesOf(used: number, { size, least = 1 }: Pick<Making<object, unknown>, 'size' | 'least'>): number {
  return Math.floor(used / size) + (used % size >= least ? 1 : 0)
}

/** The feed. */
export function exampleFeed<I extends object, B>(data: Examples, making: Making<I, B>): Feed<B> {
  const { called, size, least = 1 } = making
  return {
    async *batches(given) {
      const pass = passOf(called, given)
      const draws = new Draws(pass.seed, called, pass.epoch)
      let made = 0
      async function* cut(held: { readonly item: I; readonly number: number }[]): AsyncGenerator<B, void, undefined> {
        const order = draws.shuffled(held).sort((a, b) => making.lengthOf(a.item) - making.lengthOf(b.item))
        const cuts = Array.from({ length: Math.ceil(order.length / size) }, (_, b) => order.slice(b * size, (b + 1) * size))
        for (const one of draws.shuffled(cuts.filter(({ length }) => length >= least)))
          if (made++ >= pass.start) yield await making.batch(partOf(Array.from(one), pass))
      }
      let held: { readonly item: I; readonly number: number }[] = []
      for await (const one of usedOf(data, making)) {
        held.push(one)
        if (held.length < pool * size) continue
        yield* cut(held)
        held = []
      }
      if (held.length > 0) yield* cut(held)
    },
  }
}
