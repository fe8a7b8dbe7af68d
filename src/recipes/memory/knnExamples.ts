/** Places of a text one by one: what stood there, what the net said, what the memory found and said, and a text written with its help. */
import { softmax } from '../../functional/index.js'
import type { Gpt } from '../../llm/index.js'
import { type KeyValueMemory, labelShares } from '../../memory/index.js'
import { split } from '../../ops/index.js'
import { compile } from '../../runtime/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { type ContextKey, KnnLanguageModel } from '../../text/index.js'
import type { ListedTokenizer } from '../../tokenize/index.js'
import type { Asked, Choice } from './knnMeasures.js'

/** A place of the remembered text. */
export interface Found {
  readonly distance: number
  /** what stood before it, and what came */
  readonly before: string
  readonly came: string
  /** its share of the memory's answer */
  readonly weight: number
}

/** One place of the held-out text. */
export interface Example {
  readonly before: string
  readonly came: string
  /** how likely what came was, by the net, by the memory, by both */
  readonly net: number
  readonly memory: number
  readonly both: number
  /** what the net and the memory took to be likeliest */
  readonly netExpects: string
  readonly memoryExpects: string
  /** the nearest places */
  readonly found: readonly Found[]
}

/** Two where the memory helped most, two where it misled most, and two in between, none of them twice the same characters. */
function places(asked: Asked, opinion: Float64Array, share: number, held: Int32Array): number[] {
  const gain = (q: number): number => Math.log(share * opinion[q]! + (1 - share) * asked.said[q]!) - Math.log(asked.said[q]!)
  const order = [...asked.next.keys()].slice(asked.choosing).sort((a, b) => gain(b) - gain(a))
  const seen = new Set<string>()
  const first = (some: readonly number[], count: number): number[] => {
    const chosen: number[] = []
    for (const q of some) {
      const text = held.subarray(Math.max(0, asked.at[q]! - 6), asked.at[q]! + 1).join()
      if (chosen.length === count) break
      if (!seen.has(text)) chosen.push(q)
      seen.add(text)
    }
    return chosen
  }
  const middle = Math.floor(order.length / 4)
  return [...first(order, 3), ...first(order.slice(middle), 1), ...first([...order].reverse(), 2)]
}

const shown = (character: string): string => (character === '\n' ? '↵' : character === ' ' ? '␣' : character)

/** What is needed to look at single places. */
export interface Looking {
  readonly model: Gpt
  readonly memory: KeyValueMemory
  /** the remembered text: slot n holds its character n + 1 */
  readonly text: Int32Array
  readonly held: Int32Array
  readonly tokenizer: ListedTokenizer
  readonly key: ContextKey
  readonly choice: Choice
}

/** Some places of the held-out text. Each is seen at the end of a full window, so that its numbers may differ a little from those measured. */
export async function examplesOf(asked: Asked, opinion: Float64Array, looking: Looking): Promise<Example[]> {
  const { model, memory, text, held, tokenizer, key, choice } = looking
  const { size: classes, tokens } = tokenizer
  const look = compile((ids: Tensor) => {
    const { states, keys } = key === 'states' ? { states: model.states(ids), keys: model.states(ids) } : model.keyedStates(ids)
    const last = (x: Tensor): Tensor => split(x, [x.shape[1]! - 1, 1], 1)[1]!
    return { keys: last(keys).cast('f32'), said: softmax(model.logits(last(states))).cast('f32') }
  })
  const before = (ids: Int32Array, at: number): string =>
    [...ids.subarray(Math.max(0, at - 36), at)].map((id) => shown(tokens[id]!)).join('')
  const expects = (p: ArrayLike<number>): string =>
    Array.from(p, (_, id) => id)
      .sort((a, b) => p[b]! - p[a]!)
      .slice(0, 3)
      .map((id) => `${shown(tokens[id]!)} ${(100 * p[id]!).toFixed(0)} %`)
      .join('  ')
  const examples: Example[] = []
  for (const q of places(asked, opinion, choice.share, held)) {
    const at = asked.at[q]!
    const window = held.slice(Math.max(0, at - model.context), at)
    if (window.length < 2) continue
    const seen = await look(tensor(window, { shape: [1, window.length] }))
    const said = await seen.said.data()
    const near = await memory.nearest(await seen.keys.data(), choice.k)
    const remembered = labelShares(near, memory.values, { classes, temperature: choice.temperature })
    const weights = Array.from(near.distances, (d) => Math.exp((near.distances[0]! - d) / choice.temperature))
    const all = weights.reduce((a, b) => a + b)
    const id = held[at]!
    examples.push({
      before: before(held, at),
      came: shown(tokens[id]!),
      net: said[id]!,
      memory: remembered[id]!,
      both: choice.share * remembered[id]! + (1 - choice.share) * said[id]!,
      netExpects: expects(said),
      memoryExpects: expects(remembered),
      found: Array.from({ length: Math.min(6, near.k) }, (_, n) => ({
        distance: near.distances[n]!,
        before: before(text, near.indices[n]! + 1),
        came: shown(tokens[text[near.indices[n]! + 1]!]!),
        weight: weights[n]! / all,
      })),
    })
  }
  return examples
}

/** The net with the memory at its side. */
export const withMemory = ({ model, memory, key, choice }: Looking): KnnLanguageModel =>
  new KnnLanguageModel(model, memory, { key, k: choice.k, temperature: choice.temperature, share: choice.share })
