/** A transformer of 0.8 million parameters on characters. */
import type { GptWork } from './work.js'

export const gptSmall: GptWork = {
  kind: 'gpt',
  name: 'gpt-small',
  title: 'GPT 0.8 M, T 64, N 12',
  layers: 4,
  heads: 4,
  width: 128,
  time: 64,
  batch: 12,
  vocabulary: 65,
}
