/** A model of letters, pairs it can learn, and what it says of them by hand. */
import { characters, initialize, tensor } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'

export const tokenizer = characters('abcdefghijkl=. ', { special: ['eos'] })

export function made(): LLM {
  const model = new LLM({
    model_type: 'llama',
    vocab_size: tokenizer.size,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    initializer_range: 0.1,
    max_position_embeddings: 64,
  })
  initialize(model)
  return model
}

/** One letter is preferred, two are not: lengths differ. */
export const pairs = [...'abcdefgh'].map((c, i) => ({ prompt: `${c}=`, chosen: 'bcdefgha'[i]!, rejected: `${'hgfedcba'[i]!}k` }))

/** log p of each token of a text with its end, after the first. */
export async function logsOf(model: LLM, text: string): Promise<number[]> {
  const ids = [...tokenizer.encode(text), tokenizer.special.eos!]
  const logs = (await model
    .forward(tensor([ids], { dtype: 'i32' }))
    .logSoftmax(2)
    .array()) as number[][][]
  return ids.slice(1).map((id, t) => logs[0]![t]![id]!)
}

export const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
export const mean = (xs: readonly number[]): number => sum(xs) / xs.length
/** log σ(x) */
export const logSigmoid = (x: number): number => -Math.log1p(Math.exp(-x))
