/** Where a language model is surprised: by place in the window, and character by character. */
import { windows } from '../../data/index.js'
import type { LanguageModel } from '../../text/index.js'
import type { ListedTokenizer } from '../../tokenize/index.js'
import { predict } from '../../train/index.js'

/** −log softmax(row)[id] */
function surpriseOf(row: Float32Array, id: number): number {
  const highest = row.reduce((a, b) => Math.max(a, b))
  return highest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0)) - row[id]!
}

/** Mean loss at each place of `count` windows side by side. */
export async function lossByPlace(model: LanguageModel, ids: Int32Array, count: number): Promise<number[]> {
  const { context: length, vocabulary } = model
  const set = windows(ids, length, { stride: length }).take(count)
  const logits = await (await predict(model, set, { batchSize: 32 })).cast('f32').data()
  return Array.from({ length }, (_, t) => {
    let sum = 0
    for (let n = 0; n < set.length; n++) {
      const at = (n * length + t) * vocabulary
      sum += surpriseOf(logits.subarray(at, at + vocabulary), ids[n * length + t + 1]!)
    }
    return sum / set.length
  })
}

const shown = (character: string): string => (character === '\n' ? '↵' : character === ' ' ? '␣' : character)

/** For each character of a passage: what stood before it, how likely it was, and what the model took to be likeliest. */
export function surprises(logits: Float32Array, passage: Int32Array, { size, tokens }: ListedTokenizer): (string | number)[][] {
  return Array.from({ length: Math.min(passage.length - 1, 40) }, (_, t) => {
    const row = logits.subarray(t * size, (t + 1) * size)
    const p = (id: number): number => Math.exp(-surpriseOf(row, id))
    const likely = [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, 3)
    return [
      [...passage.subarray(Math.max(0, t - 11), t + 1)].map((id) => shown(tokens[id]!)).join(''),
      shown(tokens[passage[t + 1]!]!),
      `${(100 * p(passage[t + 1]!)).toFixed(1)} %`,
      likely.map((id) => `${shown(tokens[id]!)} ${(100 * p(id)).toFixed(0)} %`).join('  '),
    ]
  })
}
