/** One dial for a language model and its training: its depth, from which all other sizes follow. */
import { adamW, cosine, type Hyper, linearWarmup, muon, noDecay, type Optimizer, type Schedule, sequence } from '../../optim/index.js'
import { HebbError } from '../../tensor/index.js'
import type { ModelConfig } from '../families/index.js'

/** What may be decided beside the depth. */
export interface DialOptions {
  /** tokens of the vocabulary, V */
  readonly vocabulary: number
  /** tokens the model sees at once, T; default 256 */
  readonly context?: number | undefined
  /** tokens to train on for each parameter; default 20 [Hoffmann 2022] */
  readonly ratio?: number | undefined
  /** `muon` for matrices and AdamW for the rest, or AdamW for all; default `muon` */
  readonly optimizer?: 'muon' | 'adamW' | undefined
  /** factor of the learning rate; default 1 */
  readonly rate?: number | undefined
  /** updates, instead of those that `ratio` says */
  readonly steps?: number | undefined
}

/** A model and how it is trained. */
export interface Dial {
  /** config.json of a Llama of this depth */
  readonly config: ModelConfig
  /** numbers that train: the table of token vectors, which is the head too, is counted once */
  readonly parameters: number
  /** tokens in all: updates × tokens of one */
  readonly tokens: number
  readonly context: number
  /** windows of one update */
  readonly batch: number
  /** windows in memory at once, a divisor of `batch` */
  readonly atOnce: number
  readonly steps: number
  /** highest learning rate */
  readonly lr: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clip: number
  readonly optimizer: 'muon' | 'adamW'
  /** multiplications and additions of the whole training, about 6 a parameter and token */
  readonly flops: number
}

const headWidth = 64
/** the batch and learning rate that were found best at depth 2, and what they are of */
const found = { tokens: 2 ** 23, batch: 4096, width: 128, lr: 0.004 }
/** scores of all tokens for the places of one pass: 2²⁵ numbers are 134 MB */
const mostScores = 2 ** 25

/**
 * The sizes of a Llama of a depth L, and of its training:
 *
 * width D = 64·L, with L heads of 64 each: deeper models are wider in proportion, as those that others found best are;
 * inner width of the feed-forward nets: the next multiple of 64 from 8/3·D on, so that three matrices hold what two of 4·D do;
 * parameters P ≈ 12·L·D² + V·D;
 * tokens = ratio·P, where a given amount of computing is spent best [Hoffmann 2022];
 * batch ∝ tokens^0.383, to the nearest power of two: the longer a training, the larger the steps that still pay [Bergsma 2025];
 * lr ∝ 1/√D, so that a step of Muon turns activations as far whatever the width; warm-up over a twentieth of the steps, at most 500, then a cosine down to a tenth.
 *
 * Throws HebbError for sizes that are no whole numbers of at least 1.
 *
 * @example dial(4, { vocabulary: 4096 }).parameters // 4_262_144
 */
export function dial(depth: number, options: DialOptions): Dial {
  const { vocabulary, context = 256, ratio = 20, optimizer = 'muon', rate = 1, steps: asked } = options
  for (const [name, value] of Object.entries({ depth, vocabulary, context, ...(asked !== undefined && { steps: asked }) }))
    if (!Number.isInteger(value) || value < 1) throw new HebbError(`dial: ${name} ${value}: give a whole number of at least 1`)
  for (const [name, value] of Object.entries({ ratio, rate }))
    if (!(value > 0 && Number.isFinite(value))) throw new HebbError(`dial: ${name} ${value}: give a number above 0`)
  const width = headWidth * depth
  const hidden = 64 * Math.ceil((8 * width) / 3 / 64)
  const layer = 4 * width * width + 3 * width * hidden + 2 * width
  const parameters = vocabulary * width + depth * layer + width
  const wanted = ratio * parameters
  const batchTokens = 2 ** Math.round(Math.log2(found.batch * (wanted / found.tokens) ** 0.383))
  const batch = Math.max(1, Math.round(batchTokens / context))
  const steps = asked ?? Math.max(1, Math.round(wanted / (batch * context)))
  const tokens = steps * batch * context
  return {
    config: {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      vocab_size: vocabulary,
      hidden_size: width,
      intermediate_size: hidden,
      num_hidden_layers: depth,
      num_attention_heads: depth,
      num_key_value_heads: depth,
      max_position_embeddings: context,
      tie_word_embeddings: true,
    },
    parameters,
    tokens,
    context,
    batch,
    atOnce: divisorBelow(batch, Math.max(1, Math.floor(mostScores / vocabulary / context))),
    steps,
    lr: rate * found.lr * Math.sqrt(found.width / width),
    warmup: Math.min(500, Math.ceil(steps / 20)),
    weightDecay: 0.1,
    clip: 1,
    optimizer,
    flops: 6 * parameters * tokens,
  }
}

/** The optimizer of a dial: Muon moves matrices by as much as AdamW would [Liu 2025], so that one learning rate does for both. */
export function dialOptimizer({ lr: highest, warmup, steps, weightDecay, optimizer }: Dial): Optimizer {
  const rising = linearWarmup({ lr: highest, from: 1 / warmup, steps: warmup })
  const falling = cosine({ lr: highest, min: highest / 10, steps: Math.max(1, steps - warmup) })
  const lr: Hyper & Schedule = sequence([rising, falling], [warmup])
  const rest = adamW({ lr, beta2: 0.95, weightDecay, groups: [noDecay] })
  if (optimizer === 'adamW') return rest
  return muon({
    lr,
    weightDecay,
    adjustLr: 'matchRmsAdamW',
    match: (path, { rank }) => rank === 2 && !/embed|lm_head/.test(path),
    fallback: rest,
  })
}

/** The largest divisor of n that is no larger than `most`. */
function divisorBelow(n: number, most: number): number {
  for (let d = Math.min(n, most); d > 1; d--) if (n % d === 0) return d
  return 1
}
