/** What a GGUF file says of a model, as the config.json of its folder would. */
import { Fields } from './fields.js'
import type { GgufFile } from './file.js'
import { ropeOf } from './rope.js'

/** A config.json. */
export type Config = Readonly<Record<string, unknown>>

/** What differs between architectures: the names of the model, and the fields that others have not. */
interface Family {
  readonly model_type: string
  readonly architectures: readonly string[]
  readonly more?: (fields: Fields, config: Config) => Config
}

const sliding = (fields: Fields): Config => {
  const window = fields.numberOr('.attention.sliding_window')
  return window === undefined ? {} : { sliding_window: window }
}
/** Every `every`-th layer sees all, the others a window. */
const layerTypes = (layers: number, every: number): string[] =>
  Array.from({ length: layers }, (_, i) => ((i + 1) % every === 0 ? 'full_attention' : 'sliding_attention'))

/** Gemma's scale of scores is no metadata: that of its heads, but for the largest of a generation. */
const gemma = (fields: Fields, { hidden_size, num_attention_heads, head_dim, num_hidden_layers }: Config, largest: number): Config => ({
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: num_hidden_layers === largest ? (hidden_size as number) / (num_attention_heads as number) : head_dim,
  attn_logit_softcapping: fields.decimal('.attn_logit_softcapping') ?? null,
  final_logit_softcapping: fields.decimal('.final_logit_softcapping') ?? null,
  sliding_window: fields.numberOr('.attention.sliding_window') ?? 4096,
})

const families: Readonly<Record<string, Family>> = {
  llama: { model_type: 'llama', architectures: ['LlamaForCausalLM'] },
  mistral: { model_type: 'mistral', architectures: ['MistralForCausalLM'], more: sliding },
  qwen2: { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] },
  qwen3: { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] },
  phi3: {
    model_type: 'phi3',
    architectures: ['Phi3ForCausalLM'],
    more: (fields, config) => {
      const rope = config.rope_parameters as Config
      const original = rope.original_max_position_embeddings ?? config.max_position_embeddings
      const rotated = fields.numberOr('.rope.dimension_count') ?? (config.head_dim as number)
      const partial_rotary_factor = rotated / (config.head_dim as number)
      return {
        ...sliding(fields),
        original_max_position_embeddings: original,
        partial_rotary_factor,
        rope_parameters: { ...rope, partial_rotary_factor },
      }
    },
  },
  gemma2: {
    model_type: 'gemma2',
    architectures: ['Gemma2ForCausalLM'],
    more: (fields, config) => ({ ...gemma(fields, config, 46), layer_types: layerTypes(config.num_hidden_layers as number, 2) }),
  },
  gemma3: {
    model_type: 'gemma3_text',
    architectures: ['Gemma3ForCausalLM'],
    more: (fields, config) => ({
      ...gemma(fields, config, 62),
      layer_types: layerTypes(config.num_hidden_layers as number, fields.numberOr('.attention.sliding_window_pattern') ?? 6),
      rope_parameters: {
        full_attention: config.rope_parameters,
        sliding_attention: { rope_type: 'default', rope_theta: fields.decimal('.rope.freq_base_swa') ?? 10_000 },
      },
    }),
  },
  gpt2: { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] },
}

/** The configuration of a model. Throws FileError naming metadata that are missing. */
export async function configOf(file: GgufFile): Promise<Config> {
  const fields = new Fields(file)
  const { architecture } = fields
  const embedding = file.tensors.get('token_embd.weight')
  const common: Config = {
    vocab_size: embedding?.shape[0] ?? fields.number('.vocab_size'),
    tie_word_embeddings: !file.tensors.has('output.weight'),
    ...ids(fields),
    dtype: { F16: 'float16', BF16: 'bfloat16' }[embedding?.kind.name ?? ''] ?? 'float32',
  }
  const windowed = architecture === 'llama' && fields.numberOr('.attention.sliding_window') !== undefined
  const { model_type, architectures, more } = families[windowed ? 'mistral' : architecture]!
  const [width, layers, heads] = [fields.number('.embedding_length'), fields.number('.block_count'), fields.number('.attention.head_count')]
  const inner = fields.number('.feed_forward_length')
  const length = fields.number('.context_length')
  if (architecture === 'gpt2')
    return {
      model_type,
      architectures,
      n_embd: width,
      n_layer: layers,
      n_head: heads,
      n_inner: inner,
      n_positions: length,
      layer_norm_epsilon: fields.decimal('.attention.layer_norm_epsilon') ?? 1e-5,
      activation_function: 'gelu_new',
      ...common,
    }
  const head_dim = fields.numberOr('.attention.key_length') ?? width / heads
  const config: Config = {
    model_type,
    architectures,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: fields.numberOr('.attention.head_count_kv') ?? heads,
    head_dim,
    intermediate_size: inner,
    max_position_embeddings: length,
    rms_norm_eps: fields.decimal('.attention.layer_norm_rms_epsilon') ?? fields.refuse('.attention.layer_norm_rms_epsilon', 'missing'),
    hidden_act: 'silu',
    attention_bias: file.tensors.has('blk.0.attn_q.bias'),
    mlp_bias: file.tensors.has('blk.0.ffn_up.bias'),
    rope_parameters: await ropeOf(fields, head_dim),
    ...common,
  }
  return { ...config, ...more?.(fields, config) }
}

/** The special tokens that have a number. */
export function ids(fields: Fields): Config {
  const found = (['bos', 'eos', 'padding', 'unknown'] as const).map(
    (name) => [name, fields.numberOr(`tokenizer.ggml.${name}_token_id`)] as const,
  )
  const names = { bos: 'bos_token_id', eos: 'eos_token_id', padding: 'pad_token_id', unknown: 'unk_token_id' }
  return Object.fromEntries(found.filter(([, id]) => id !== undefined).map(([name, id]) => [names[name], id]))
}
