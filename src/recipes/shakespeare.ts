/** The small GPT on Shakespeare's plays that several recipes begin with: its options, its text, its training. */
import { windows } from '../data/index.js'
import { Gpt } from '../llm/index.js'
import { adamW, cosine, linearWarmup, noDecay, sequence } from '../optim/index.js'
import * as sets from '../sets/index.js'
import { nextTokenAccuracy, nextTokenCrossEntropy } from '../text/index.js'
import { characters, type ListedTokenizer } from '../tokenize/index.js'
import { loading } from './loading.js'
import { count, positive, type Settings } from './options.js'
import type { RecipeContext } from './recipe.js'
import { type Training, train } from './training.js'

/** What can be set about the model and its training. */
export const gptOptions = {
  layers: count(4, 'blocks of attention and feed-forward net'),
  heads: count(4, 'attention heads in each'),
  width: count(128, 'width of the stream'),
  context: count(64, 'characters it sees at once'),
  batch: count(12, 'windows per step'),
  steps: count(2000, 'updates'),
  lr: positive(2e-3, 'highest learning rate, after the warm-up'),
  dropout: positive(0, 'probability of each dropout', { zero: true, most: 0.9 }),
}

/** Settings of these options. */
export type GptSettings = Settings<typeof gptOptions>

/** What reports say about the training, besides the options. */
export const gptConfig = {
  optimizer: 'adamW, beta2 0.99, weight decay 0.1',
  schedule: 'warm-up over 100 steps, then a cosine down to a twentieth',
  clip: 1,
} as const

/** The plays as ids of characters: nine tenths to learn from, the rest held out. */
export interface Plays {
  readonly tokenizer: ListedTokenizer
  readonly train: Int32Array
  readonly held: Int32Array
}

/** The plays, the held-out part up to `measured` characters. */
export async function plays(context: RecipeContext<unknown>, measured: number): Promise<Plays> {
  const data = await loading(context, 'Tiny Shakespeare', sets.tinyShakespeare)
  const tokenizer = characters(data.text)
  return { tokenizer, train: tokenizer.encode(data.train), held: tokenizer.encode(data.validation).subarray(0, measured) }
}

/** Trains the GPT; undefined when asked to stop. */
export async function trainGpt(
  context: RecipeContext<GptSettings>,
  { tokenizer, train: ids, held }: Plays,
): Promise<{ readonly model: Gpt; readonly training: Training } | undefined> {
  const { layers, heads, width, context: length, batch, steps, lr, dropout } = context.settings
  const model = new Gpt({ vocabulary: tokenizer.size, context: length, layers, heads, width, dropout, bias: false })
  const epochs = Math.min(5, steps)
  const warmup = Math.min(100, Math.ceil(steps / 4))
  const training = await train(context, model, windows(ids, length), {
    loss: nextTokenCrossEntropy,
    metrics: { accuracy: nextTokenAccuracy },
    optimizer: adamW({
      lr: sequence([linearWarmup({ lr, from: 0.01, steps: warmup }), cosine({ lr, min: lr / 20, steps: steps - warmup })], [warmup]),
      beta2: 0.99,
      weightDecay: 0.1,
      groups: [noDecay],
    }),
    clip: { norm: 1 },
    epochs,
    batchesPerEpoch: Math.floor(steps / epochs),
    batchSize: batch,
    validation: windows(held, length, { stride: length }),
    unit: 'windows',
  })
  return training && { model, training }
}
