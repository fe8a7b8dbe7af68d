/** Mistral: Llama with a window in every layer [Jiang 2023]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf, kindsOf, llamaLike, sizesOf, windowed } from './common.js'
import type { Fields } from './fields.js'
import { ropeOf } from './rope.js'

/** The decoder of a Mistral config. */
export function mistral(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, {
    vocabulary: 32_000,
    width: 4096,
    hidden: 14_336,
    layers: 32,
    heads: 32,
    keyHeads: 8,
    context: 131_072,
  })
  const window = config.countOrNone('sliding_window', 4096)
  // the window is that of all layers, whatever layer_types says
  const kinds = kindsOf(config.with({ layer_types: null }), sizes.layers, () => (window === undefined ? 'full' : 'sliding'))
  return {
    ...llamaLike(config, sizes, { tied: false }),
    activation: activationOf(config, 'hidden_act', 'silu'),
    rope: ropeOf(config, sizes),
    ...windowed(config, kinds, window),
  }
}
