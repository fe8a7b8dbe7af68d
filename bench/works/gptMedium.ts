/** A transformer of 10.7 million parameters on characters. */
import type { GptWork } from './work.js'

export const gptMedium: GptWork = {
  kind: 'gpt',
  name: 'gpt-medium',
  title: 'GPT 10.7 M, T 256, N 4',
  layers: 6,
  heads: 6,
  width: 384,
  time: 256,
  batch: 4,
  vocabulary: 65,
}
