/** What the families that came after Llama share. */
import { type Activation, isActivation } from '../decoder/activations.js'
import type { DecoderConfig, LayerKind } from '../decoder/config.js'
import { type Fields, shown } from './fields.js'

/** Sizes by the names most families have, with a family's defaults. */
export interface Sizes {
  readonly vocabulary: number
  readonly width: number
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly keyHeads?: number
  /** width of a head where none is given; default width / heads */
  readonly headWidth?: number
  readonly context: number
}

/** The sizes of a config. */
export function sizesOf(config: Fields, defaults: Sizes): Required<Sizes> {
  const width = config.count('hidden_size', defaults.width)
  const heads = config.count('num_attention_heads', defaults.heads)
  const keyHeads = config.value('num_key_value_heads') === null ? heads : config.count('num_key_value_heads', defaults.keyHeads ?? heads)
  const headWidth = config.count('head_dim', defaults.headWidth ?? (width % heads === 0 ? width / heads : undefined))
  if (heads % keyHeads !== 0) config.say(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${keyHeads}`)
  return {
    vocabulary: config.count('vocab_size', defaults.vocabulary),
    width,
    hidden: config.count('intermediate_size', defaults.hidden),
    layers: config.count('num_hidden_layers', defaults.layers),
    heads,
    keyHeads,
    headWidth,
    context: config.count('max_position_embeddings', defaults.context),
  }
}

/** The activation a field names. */
export function activationOf(config: Fields, field: string, fallback: Activation): Activation {
  const name = config.text(field, fallback)
  return isActivation(name) ? name : config.say(`${field} is ${shown(name)}, which is not built`)
}

/** Kinds of layers by `layer_types`, or by a rule where there are none. */
export function kindsOf(config: Fields, layers: number, rule: (layer: number) => LayerKind): readonly LayerKind[] {
  const types = config.texts('layer_types')
  if (!types) return Array.from({ length: Math.min(layers, 10_001) }, (_, i) => rule(i))
  if (types.length !== layers) config.say(`layer_types names ${types.length} layers of ${layers}`)
  return types.map((type, i) => {
    if (type === 'full_attention') return 'full'
    return type === 'sliding_attention'
      ? 'sliding'
      : config.say(`layer_types names layer ${i} ${shown(type)}, which is not built: full_attention and sliding_attention are`)
  })
}

/** The window that sliding layers have, where there are such. */
export function windowed(config: Fields, kinds: readonly LayerKind[], window: number | undefined): Pick<DecoderConfig, 'kinds' | 'window'> {
  if (!kinds.includes('sliding')) return {}
  return window === undefined ? config.say('layers slide, and sliding_window is none: give one') : { kinds, window }
}

/** What Llama and those after it have in common; what a family has of its own is put over it. */
export function llamaLike(
  config: Fields,
  sizes: Required<Sizes>,
  { eps = 1e-6, tied, pad }: { readonly eps?: number | undefined; readonly tied: boolean; readonly pad?: number | undefined },
): Omit<DecoderConfig, 'activation'> {
  const weights = config.share('attention_dropout', 0)
  const padding = paddingOf(config, sizes.vocabulary, pad)
  return {
    naming: 'llama',
    ...sizes,
    norm: { kind: 'rms', eps: config.positive('rms_norm_eps', eps) },
    bias: { inputs: false, output: false, hidden: false },
    tied: config.flag('tie_word_embeddings', tied),
    deviation: config.number('initializer_range', 0.02),
    ...(padding !== undefined && { padding }),
    ...(weights > 0 && { dropout: { weights } }),
  }
}

/** The token that fills up: pad_token_id, where it is one. */
function paddingOf(config: Fields, vocabulary: number, fallback: number | undefined): number | undefined {
  if (config.value('pad_token_id') === null) return undefined
  const id = config.value('pad_token_id') === undefined ? fallback : config.number('pad_token_id')
  return id !== undefined && Number.isInteger(id) && id >= 0 && id < vocabulary ? id : undefined
}
