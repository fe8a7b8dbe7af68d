/** Language models of others in the shape of SmolLM2-135M: a token, a prompt, a step of LoRA, of QLoRA, of all weights. */
import type { LlmSizes, LlmWork } from './work.js'

const smol: LlmSizes = { layers: 30, width: 576, heads: 9, keyHeads: 3, hidden: 1536, vocabulary: 49_152, context: 2048 }

const work = (name: string, task: LlmWork['task'], title: string, sizes: Pick<LlmWork, 'time' | 'batch' | 'bits'>): LlmWork => ({
  ...{ kind: 'llm', name: `llm-${name}`, title: `LLM 135 M: ${title}`, task, of: smol, ...sizes },
})

export const llm: readonly LlmWork[] = [
  ...[1, 256, 1024].map((time) => work(`token-${time}`, 'token', `one token at T ${time}`, { time, batch: 1 })),
  work('token-4-bits', 'token', 'one token at T 256, 4 bits', { time: 256, batch: 1, bits: 4 }),
  work('prompt', 'prompt', 'prompt of 512', { time: 512, batch: 1 }),
  work('lora', 'lora', 'LoRA r 8 on all linear layers, T 256, N 4', { time: 256, batch: 4 }),
  work('qlora', 'lora', 'the same on 4 bits (QLoRA)', { time: 256, batch: 4, bits: 4 }),
  work('full', 'full', 'step of all weights, T 256, N 4', { time: 256, batch: 4 }),
]
