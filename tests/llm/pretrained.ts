/** A small pretraining, as several tests have it. */
import { tokensOf } from '../../src/data/index.js'
import { dial, dialOptimizer, LLM, type PretrainEvent, type PretrainOptions, pretrain } from '../../src/llm/index.js'
import { characters } from '../../src/tokenize/index.js'
import type { Run } from '../../src/train/index.js'

const text = 'the cat sat on the mat, and the dog sat on the log; '.repeat(60)
export const tokenizer = characters(text, { special: ['eos'] })
export const ids: Int32Array = tokenizer.encode(text)
export const sizes = { ...dial(1, { vocabulary: tokenizer.size, context: 16, steps: 12 }), batch: 4, atOnce: 2 }

/** Twelve updates of four windows, two at once. */
export function pretrained(options: Partial<PretrainOptions> = {}, model: LLM = new LLM(sizes.config)): Run<PretrainEvent> {
  const { steps, batch, atOnce } = sizes
  return pretrain(model, tokensOf(ids.subarray(0, 2500)), {
    steps,
    batch,
    atOnce,
    optimizer: dialOptimizer(sizes),
    clip: { norm: 1 },
    tokenizer,
    validation: tokensOf(ids.subarray(2500)),
    measureEvery: 5,
    sample: 4,
    prompt: 'the ',
    ...options,
  })
}
