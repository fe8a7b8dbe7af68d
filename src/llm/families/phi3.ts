/** Phi-3 and those after it with its architecture [Abdin 2024]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf, kindsOf, llamaLike, sizesOf, windowed } from './common.js'
import type { Fields } from './fields.js'
import { ropeOf } from './rope.js'

/** The decoder of a Phi-3 config: queries, keys and values from one product, gate and up from another, a part of each head turned. */
export function phi3(config: Fields): DecoderConfig {
  const sizes = sizesOf(config, { vocabulary: 32_064, width: 3072, hidden: 8192, layers: 32, heads: 32, context: 4096 })
  const window = config.countOrNone('sliding_window', undefined)
  const kinds = kindsOf(config.with({ layer_types: null }), sizes.layers, () => (window === undefined ? 'full' : 'sliding'))
  const original = config.count('original_max_position_embeddings', 4096)
  const [embeddings, weights, added] = ['embd_pdrop', 'attention_dropout', 'resid_pdrop'].map((name) => config.share(name, 0))
  return {
    ...llamaLike(config, sizes, { eps: 1e-5, tied: false, pad: 32_000 }),
    naming: 'phi3',
    activation: activationOf(config, 'hidden_act', 'silu'),
    rope: ropeOf(config, { ...sizes, original, partial: true, alias: { su: 'longrope', yarn: 'longrope' } }),
    ...windowed(config, kinds, window),
    ...((embeddings! > 0 || weights! > 0 || added! > 0) && {
      dropout: { embeddings: embeddings!, weights: weights!, added: added! },
    }),
  }
}
