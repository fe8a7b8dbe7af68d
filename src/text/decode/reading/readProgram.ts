/** The programs that read: some new ids of several texts, after what each of them has read. */
import { type KeysValues, keptWidth } from '../../../functional/index.js'
import { placeholder } from '../../../graph/leaf.js'
import { reshape, take } from '../../../ops/index.js'
import { BoundProgram } from '../../../runtime/bound.js'
import { arrayOf, type TypedArray } from '../../../tensor/dtype.js'
import type { Tensor } from '../../../tensor/index.js'
import { withProgram } from '../../../train/evaluate/modelProgram.js'
import type { CachingLanguageModel } from '../../languageModel.js'

/** inputs: ids, the places whose scores are wanted, how many places of each text are kept and how many it will have, and their keys and values */
const [idsAt, lastAt, lengthAt, wholeAt] = [0, 1, 2, 3]

/** Which program: texts N, new ids of each T, places of each S that there is room for, and whether the scores after each of the ids are wanted. */
export interface ReadSizes {
  readonly texts: number
  readonly steps: number
  readonly places: number
  readonly each: boolean
}

/** What the texts of a run have read: of all texts, how many places (and of those of the run, how many they will have), and where those of the run begin; and keys and values (N, G, S, W) of theirs, to be changed in place. */
export interface KeptPast {
  readonly lengths: Int32Array
  readonly wholes: readonly (number | undefined)[]
  readonly first: number
  readonly arrays: readonly Float32Array[]
}

/** Gets the scores after the last id of each text (N, V), or after each of them (N · T, V), in memory the next run writes over. */
export type ReadUse = (scores: Float32Array) => void

/** What a program reads beside the texts: layers ask for it while the graph is made, and its numbers may be others in every run. */
export interface Beside {
  /** which graph: of one key all are alike */
  readonly key: string
  /** makes the graph; gives the placeholders that layers asked for meanwhile, and what they are of */
  trace<T>(make: () => T): { readonly made: T; readonly inputs: readonly Tensor[]; readonly of: readonly object[] }
  /** puts the numbers of those placeholders into a program's slots, from one of them on */
  fill(slots: TypedArray[], from: number, of: readonly object[]): void
}

/** A program, where the inputs begin that layers asked for, and what they are of. */
interface ReadProgram {
  readonly bound: BoundProgram
  readonly beside: number
  readonly of: readonly object[]
}

function readProgram(model: CachingLanguageModel, sizes: ReadSizes, beside: Beside | undefined): ReadProgram {
  const traced = beside?.trace(() => readGraph(model, sizes))
  const { inputs, outputs } = traced?.made ?? readGraph(model, sizes)
  const more = traced?.inputs ?? []
  // behind the others, whose places are known
  return { bound: new BoundProgram([...inputs, ...more], outputs), beside: inputs.length, of: traced?.of ?? [] }
}

function readGraph(
  model: CachingLanguageModel,
  { texts, steps, places, each }: ReadSizes,
): { readonly inputs: Tensor[]; readonly outputs: Tensor[] } {
  const { layers, heads, width } = model.cache
  const [ids, last, length] = [placeholder([texts, steps], 'i32'), placeholder([texts], 'i32'), placeholder([texts], 'i32')]
  const room = (): ReturnType<typeof placeholder> => placeholder([texts, heads, places, keptWidth(width)], 'f32')
  const past = Array.from({ length: layers }, () => ({ k: room(), v: room() }))
  const whole = model.cache.stretched && placeholder([texts], 'i32')
  const { states, kept } = model.decode(ids, { layers: past, length, whole })
  const rows = reshape(states, [texts * steps, -1])
  const scores = reshape(model.logits(steps > 1 && !each ? take(rows, last, 0) : rows), [-1])
  const flat = (layers: readonly KeysValues[]): Tensor[] => layers.flatMap(({ k, v }) => [k, v])
  return { inputs: [ids, last, length, ...(whole ? [whole] : []), ...flat(past)], outputs: [scores, ...flat(kept)] }
}

/** Runs the program of these sizes, of which one is compiled and kept with the model; texts without ids fill up the shape. */
export function readTexts(
  model: CachingLanguageModel,
  sizes: ReadSizes,
  ids: readonly (readonly number[] | undefined)[],
  past: KeptPast,
  use: ReadUse,
  beside?: Beside,
): Promise<void> {
  const { texts, steps, places } = sizes
  const run = async ({ bound, beside: from, of }: ReadProgram): Promise<void> => {
    const [input, last, length] = [bound.slots[idsAt]!.fill(0 as never), bound.slots[lastAt]!, bound.slots[lengthAt]!]
    const [whole, keptAt] = model.cache.stretched ? [bound.slots[wholeAt]!, wholeAt + 1] : [undefined, wholeAt]
    for (let n = 0; n < texts; n++) {
      const own = ids[n] ?? [0]
      for (let t = 0; t < own.length; t++) input[n * steps + t] = own[t]!
      last[n] = n * steps + own.length - 1
      length[n] = past.lengths[past.first + n]!
      if (whole) whole[n] = past.wholes[n] ?? Number(length[n]) + 1
    }
    for (let i = 0; i < past.arrays.length; i++) bound.slots[keptAt + i] = bound.results[1 + i] = past.arrays[i]!
    beside?.fill(bound.slots, from, of)
    await bound.run()
    use(arrayOf(bound.results[0]!, 'f32'))
  }
  const key = `read ${texts} × ${steps} of ${places}${sizes.each ? ', each' : ''}${beside?.key ?? ''}`
  return withProgram(model, key, [], () => readProgram(model, sizes, beside), run)
}
