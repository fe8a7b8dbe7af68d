/** Transformers: on characters, small and middling, and one with the vocabulary of GPT-2. */
import type { GptWork } from './work.js'

type Sizes = Pick<GptWork, 'layers' | 'heads' | 'width' | 'time' | 'batch'>
const gpt = (name: string, title: string, sizes: Sizes, vocabulary = 65): GptWork => ({ kind: 'gpt', name, title, ...sizes, vocabulary })

export const gptSmall = gpt('gpt-small', 'GPT 0.8 M, T 64, N 12', { layers: 4, heads: 4, width: 128, time: 64, batch: 12 })
export const gptMedium = gpt('gpt-medium', 'GPT 10.7 M, T 256, N 4', { layers: 6, heads: 6, width: 384, time: 256, batch: 4 })
export const gptWords = gpt(
  'gpt-words',
  'GPT with 50,257 rows, T 128, N 2',
  { layers: 4, heads: 4, width: 256, time: 128, batch: 2 },
  50_257,
)
