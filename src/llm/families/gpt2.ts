/** GPT-2 [Radford 2019]. */
import type { DecoderConfig } from '../decoder/config.js'
import { activationOf } from './common.js'
import type { Fields } from './fields.js'

/** The decoder of a GPT-2 config. */
export function gpt2(config: Fields): DecoderConfig {
  config.only({ add_cross_attention: false })
  const width = config.count(['n_embd', 'hidden_size'], 768)
  const heads = config.count(['n_head', 'num_attention_heads'], 12)
  if (width % heads !== 0) config.say(`n_embd ${width} cannot be shared evenly between n_head ${heads}`)
  const [embeddings, weights, added] = ['embd_pdrop', 'attn_pdrop', 'resid_pdrop'].map((name) => config.share(name, 0.1))
  return {
    naming: 'gpt2',
    vocabulary: config.count('vocab_size', 50_257),
    context: config.count(['n_positions', 'max_position_embeddings'], 1024),
    layers: config.count(['n_layer', 'num_hidden_layers'], 12),
    heads,
    width,
    hidden: config.count('n_inner', 4 * width),
    norm: { kind: 'layer', eps: config.positive('layer_norm_epsilon', 1e-5) },
    activation: activationOf(config, 'activation_function', 'gelu_new'),
    bias: { inputs: true, output: true, hidden: true },
    ...(!config.flag('scale_attn_weights', true) && { scoreScale: 1 }),
    scoreByLayer: config.flag('scale_attn_by_inverse_layer_idx', false),
    tied: config.flag('tie_word_embeddings', true),
    deviation: config.number('initializer_range', 0.02),
    ...((embeddings! > 0 || weights! > 0 || added! > 0) && {
      dropout: { embeddings: embeddings!, weights: weights!, added: added! },
    }),
  }
}
