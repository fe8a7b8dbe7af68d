/** Qwen 2 (with 2.5) and Qwen 3 [Yang 2024]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf, kindsOf, llamaLike, sizesOf, windowed } from './common.js'
import type { Fields } from './fields.js'
import { ropeOf } from './rope.js'

const sizes = { vocabulary: 151_936, width: 4096, hidden: 22_016, layers: 32, heads: 32, keyHeads: 32, context: 32_768 } as const

/** The windows of both: those of the upper layers, where they are switched on. */
function windows(config: Fields, layers: number): Pick<DecoderConfig, 'kinds' | 'window'> {
  const window = config.flag('use_sliding_window', false) ? config.countOrNone('sliding_window', 4096) : undefined
  const first = config.has('max_window_layers') ? config.number('max_window_layers') : 28
  const kinds = kindsOf(config, layers, (i) => (window !== undefined && i >= first ? 'sliding' : 'full'))
  return windowed(config, kinds, window)
}

/** The decoder of a Qwen 2 config: queries, keys and values have biases, whatever attention_bias says. */
export function qwen2(config: Fields): DecoderConfig {
  const own = sizesOf(config, sizes)
  return {
    ...llamaLike(config, own, { tied: false }),
    activation: activationOf(config, 'hidden_act', 'silu'),
    bias: { inputs: true, output: false, hidden: false },
    rope: ropeOf(config, own),
    ...windows(config, own.layers),
  }
}

/** The decoder of a Qwen 3 config: heads 128 wide unless told otherwise, their queries and keys normalised. */
export function qwen3(config: Fields): DecoderConfig {
  const own = sizesOf(config, { ...sizes, headWidth: 128 })
  const bias = config.flag('attention_bias', false)
  return {
    ...llamaLike(config, own, { tied: false }),
    activation: activationOf(config, 'hidden_act', 'silu'),
    bias: { inputs: bias, output: bias, hidden: false },
    normHeads: true,
    rope: ropeOf(config, own),
    ...windows(config, own.layers),
  }
}
