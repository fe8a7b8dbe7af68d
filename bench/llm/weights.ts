/** The weights of a language model that all libraries are given: names as in published files, numbers drawn from their place alone. */
import { randomNumbers } from '../peers/serve.js'
import type { LlmSizes } from '../works/work.js'

/** One weight: its name in a Llama's file, and its shape. */
export interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  numbers(): Float32Array<ArrayBuffer>
}

/** Wide enough that scores tell one token from another. */
const deviation = 0.05

/** All weights of a model with a tied head. Those of norms are 1. */
export function weightsOf({ layers, width, heads, keyHeads, hidden, vocabulary }: LlmSizes): Weight[] {
  const keys = (width / heads) * keyHeads
  const layer: readonly (readonly [string, readonly number[]])[] = [
    ['input_layernorm', [width]],
    ['self_attn.q_proj', [width, width]],
    ['self_attn.k_proj', [keys, width]],
    ['self_attn.v_proj', [keys, width]],
    ['self_attn.o_proj', [width, width]],
    ['post_attention_layernorm', [width]],
    ['mlp.gate_proj', [hidden, width]],
    ['mlp.up_proj', [hidden, width]],
    ['mlp.down_proj', [width, hidden]],
  ]
  const all = [
    ['embed_tokens', [vocabulary, width]] as const,
    ...Array.from({ length: layers }, (_, i) => layer.map(([name, shape]) => [`layers.${i}.${name}`, shape] as const)).flat(),
    ['norm', [width]] as const,
  ]
  return all.map(([name, shape], i) => ({
    ...{ name: `model.${name}.weight`, shape },
    numbers() {
      const size = shape.reduce((a, b) => a * b, 1)
      if (shape.length === 1) return new Float32Array(size).fill(1)
      // as wide as a normal distribution of this deviation
      return randomNumbers(size, 7919 * (i + 1)).map((x) => (2 * x - 1) * deviation * Math.sqrt(3))
    },
  }))
}

/** The config.json of a model. */
export const configOf = ({ layers, width, heads, keyHeads, hidden, vocabulary, context }: LlmSizes): Readonly<Record<string, unknown>> => ({
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', dtype: 'float32', tie_word_embeddings: true },
  ...{ hidden_size: width, intermediate_size: hidden, num_hidden_layers: layers, vocab_size: vocabulary },
  ...{ num_attention_heads: heads, num_key_value_heads: keyHeads, head_dim: width / heads, max_position_embeddings: context },
  ...{ rms_norm_eps: 1e-5, hidden_act: 'silu', rope_parameters: { rope_type: 'default', rope_theta: 100_000 } },
  ...{ bos_token_id: null, eos_token_id: null, pad_token_id: null },
})
