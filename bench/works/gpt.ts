/** Transformers: on characters, small and middling, one with the vocabulary of GPT-2, one of 100 million parameters; and decoding with them. */
import type { DecodeWork, GptWork } from './work.js'

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

/** 12 layers as wide as GPT-2's: 85 million parameters in its blocks, 12.6 million each in its table and its head. */
export const gptLarge = gpt('gpt-100m', 'GPT 110 M, T 256, N 1', { layers: 12, heads: 12, width: 768, time: 256, batch: 1 }, 16_384)

/** Deep enough that what the backward pass needs outweighs the weights. */
const deep = gpt('memory-plain', 'GPT of 12 layers, T 256, N 8', { layers: 12, heads: 4, width: 256, time: 256, batch: 8 })
/** The same network, everything kept and each block computed twice. */
export const memory: readonly GptWork[] = [
  deep,
  { ...deep, name: 'memory-checkpoint', title: `${deep.title}, blocks computed twice`, checkpoint: true },
]

/** Room for every length that is measured. */
const places = 1088
const decoding = (of: GptWork, size: string, parameters: string): DecodeWork[] =>
  [1, 16, 64, 256, 1024].map((length) => ({
    ...{ kind: 'decode', name: `decode-${size}-${length}`, title: `GPT ${parameters}: one token at T ${length}` },
    of: { ...of, time: places, batch: 1 },
    length,
  }))

export const decode: readonly DecodeWork[] = [...decoding(gptSmall, 'small', '0.8 M'), ...decoding(gptMedium, 'medium', '10.7 M')]
