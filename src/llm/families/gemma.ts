/** Gemma 1, 2 and 3, their texts [Riviere 2024]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf, kindsOf, llamaLike, type Sizes, sizesOf, windowed } from './common.js'
import type { Fields } from './fields.js'
import { ropeOf, ropesByKind } from './rope.js'

/** What the three share: norms times 1 + weight, token vectors times √D, the head tied. */
function gemmaLike(config: Fields, sizes: Required<Sizes>): Omit<DecoderConfig, 'activation'> {
  config.only({ use_bidirectional_attention: false })
  const common = llamaLike(config, sizes, { tied: true, pad: 0 })
  const bias = config.flag('attention_bias', false)
  return {
    ...common,
    norm: { ...common.norm, kind: 'shiftedRms' },
    bias: { inputs: bias, output: bias, hidden: false },
    embeddingScale: Math.sqrt(sizes.width),
  }
}

/** The decoder of a Gemma config. */
export function gemma(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, {
    vocabulary: 256_000,
    width: 3072,
    hidden: 24_576,
    layers: 28,
    heads: 16,
    keyHeads: 16,
    headWidth: 256,
    context: 8192,
  })
  const activation = activationOf(config, 'hidden_act', 'gelu_pytorch_tanh')
  return {
    ...gemmaLike(config, sizes),
    // the first files say gelu and were trained with its tanh form
    activation: activation === 'gelu' ? 'gelu_pytorch_tanh' : activation,
    rope: ropeOf(config, sizes),
  }
}

const second = { hidden: 9216, layers: 26, heads: 8, keyHeads: 4, headWidth: 256, width: 2304 } as const

/** The decoder of a Gemma 2 config: every other layer in a window, scores and logits bounded. */
export function gemma2(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, { ...second, vocabulary: 256_000, context: 8192 })
  const kinds = kindsOf(config, sizes.layers, (i) => (i % 2 === 0 ? 'sliding' : 'full'))
  const [scoreCap, logitCap] = [config.positiveOrNone('attn_logit_softcapping', 50), config.positiveOrNone('final_logit_softcapping', 30)]
  return {
    ...gemmaLike(config, sizes),
    naming: 'gemma',
    normAfter: true,
    activation: activationOf(config, 'hidden_activation', 'gelu_pytorch_tanh'),
    rope: ropeOf(config, sizes),
    ...windowed(config, kinds, config.countOrNone('sliding_window', 4096)),
    scoreScale: config.positive('query_pre_attn_scalar', 256) ** -0.5,
    ...(scoreCap !== undefined && { scoreCap }),
    ...(logitCap !== undefined && { logitCap }),
  }
}

/** The decoder of a Gemma 3 text config: five layers in a window to one without, each kind with angles of its own, queries and keys normalised. */
export function gemma3(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, { ...second, vocabulary: 262_208, context: 131_072 })
  const pattern = config.count('sliding_window_pattern', config.count('_sliding_window_pattern', 6))
  const kinds = kindsOf(config, sizes.layers, (i) => ((i + 1) % pattern === 0 ? 'full' : 'sliding'))
  const logitCap = config.positiveOrNone('final_logit_softcapping', undefined)
  // attn_logit_softcapping has no effect in the architecture that wrote these files
  return {
    ...gemmaLike(config, sizes),
    naming: 'gemma',
    normAfter: true,
    normHeads: true,
    activation: activationOf(config, 'hidden_activation', 'gelu_pytorch_tanh'),
    rope: ropesByKind(config, sizes),
    ...windowed(config, kinds, config.countOrNone('sliding_window', 4096)),
    scoreScale: config.positive('query_pre_attn_scalar', 256) ** -0.5,
    ...(logitCap !== undefined && { logitCap }),
  }
}
