/** A config.json as transformers 5 writes it: rope_parameters, dtype, layer_types. */
import type { DecoderConfig, LayerKind } from '../decoder/config.js'
import type { Rope } from '../decoder/rope.js'
import { type FamilyName, families, type ModelConfig } from './index.js'

/** The release whose files these are. */
export const release = '5.18.0'

/** Fields of the older style, whose values stand elsewhere now. */
const older = new Set([
  'rope_theta',
  'rope_scaling',
  'rope_local_base_freq',
  'partial_rotary_factor',
  'sliding_window_pattern',
  'torch_dtype',
])

const dtypes = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' } as const

/** The config of a decoder in the newer style: what was given, with all that is said otherwise now. */
export function newStyle(given: ModelConfig, family: FamilyName, decoder: DecoderConfig, dtype: keyof typeof dtypes): ModelConfig {
  const kept = Object.entries(given).filter(([name]) => !older.has(name))
  const { rope, kinds, layers, tied } = decoder
  const listed = ['qwen2', 'qwen3', 'gemma2', 'gemma3_text'].includes(family)
  const named = (kind: LayerKind): string => `${kind}_attention`
  const config: Record<string, unknown> = {
    ...Object.fromEntries(kept),
    architectures: [families[family].architecture],
    model_type: family,
    dtype: dtypes[dtype],
    tie_word_embeddings: tied,
    transformers_version: release,
  }
  if (listed) config.layer_types = Array.from({ length: layers }, (_, i) => named(kinds?.[i] ?? 'full'))
  if (rope) {
    const of = (kind: LayerKind): Record<string, unknown> => ropeParameters(rope[kind]!, decoder)
    config.rope_parameters = family === 'gemma3_text' ? { full_attention: of('full'), sliding_attention: of('sliding') } : of('full')
  }
  return Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Fields that Python reads as fractions only: 5 is refused there, 5.0 is not. */
const fractions =
  /^( *"(?:initializer_range|rms_norm_eps|layer_norm_epsilon|attn_logit_softcapping|final_logit_softcapping|rope_theta|factor|low_freq_factor|high_freq_factor|attention_factor|beta_fast|beta_slow|partial_rotary_factor)": -?\d+)(,?)$/gm

/** A config as the text of config.json. */
export const configText = (config: ModelConfig): string => `${JSON.stringify(config, null, 2).replace(fractions, '$1.0$2')}\n`

function ropeParameters({ base, width, stretch }: Rope, decoder: DecoderConfig): Record<string, unknown> {
  const { headWidth = decoder.width / decoder.heads } = decoder
  // what is cut to a whole number of the head must come out as that again
  const share = Math.floor(headWidth * (width / headWidth)) === width ? width / headWidth : (width + 0.5) / headWidth
  const part = width === headWidth ? {} : { partial_rotary_factor: share }
  const plain = { rope_theta: base, rope_type: stretch?.type ?? 'default', ...part }
  switch (stretch?.type) {
    case undefined:
      return plain
    case 'linear':
    case 'dynamic':
      return { ...plain, factor: stretch.factor }
    case 'llama3':
      return {
        ...plain,
        factor: stretch.factor,
        low_freq_factor: stretch.low,
        high_freq_factor: stretch.high,
        original_max_position_embeddings: stretch.length,
      }
    case 'yarn':
      return {
        ...plain,
        factor: stretch.factor,
        beta_fast: stretch.fast,
        beta_slow: stretch.slow,
        truncate: stretch.whole,
        attention_factor: stretch.attention,
        original_max_position_embeddings: stretch.length,
      }
    case 'longrope':
      return {
        ...plain,
        short_factor: stretch.short,
        long_factor: stretch.long,
        attention_factor: stretch.attention,
        original_max_position_embeddings: stretch.length,
      }
  }
}
