/** Llama 2 and 3, and what has their architecture: SmolLM, TinyLlama and many more [Touvron 2023]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf, llamaLike, sizesOf } from './common.js'
import type { Fields } from './fields.js'
import { ropeOf } from './rope.js'

/** The decoder of a Llama config. */
export function llama(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, { vocabulary: 32_000, width: 4096, hidden: 11_008, layers: 32, heads: 32, context: 2048 })
  const bias = config.flag('attention_bias', false)
  return {
    ...llamaLike(config, sizes, { tied: false }),
    activation: activationOf(config, 'hidden_act', 'silu'),
    bias: { inputs: bias, output: bias, hidden: config.flag('mlp_bias', false) },
    rope: ropeOf(config, sizes),
  }
}
