/** A language model as others publish it: a decoder, and what came with it. */
import type { ChatTemplate } from '../chat/index.js'
import { decodeHalf, encodeHalf } from '../tensor/half.js'
import type { PublishedTokenizer } from '../tokenize/index.js'
import type { DecoderConfig } from './decoder/config.js'
import { Decoder } from './decoder/decoder.js'
import { type FamilyName, familyOf, type ModelConfig, readConfig } from './families/index.js'

/** What a folder says of how a model writes: a generation_config.json. */
export type GenerationConfig = Readonly<Record<string, unknown>>

/** A number format that weights are kept in. */
export type WeightFormat = 'f32' | 'f16' | 'bf16'

/** What stands beside the weights of a model. */
export interface LLMParts {
  /** text as ids and back */
  readonly tokenizer?: PublishedTokenizer | undefined
  /** messages as text */
  readonly chat?: ChatTemplate | undefined
  /** generation_config.json */
  readonly generation?: GenerationConfig | undefined
  /** the folder its tokenizer files are in, from which `saveLLM` takes them */
  readonly folder?: string | undefined
  /** those files themselves, by name, where there is no such folder */
  readonly files?: Readonly<Record<string, unknown>> | undefined
  /** the number format of its weights, to which factors of token vectors are rounded; default f32 */
  readonly format?: WeightFormat | undefined
}

/**
 * A language model made as a config.json says: GPT-2, Llama, Mistral, Qwen 2 and 3, Gemma 1 to 3, Phi-3. `loadLLM` makes one from a folder and gives it its
 * weights; made directly it has first values and is trained as any model.
 *
 * Shapes: ids (N, T) → logits (N, T, V). Parameters are named as in the files of its family (`model.layers.0.self_attn.q_proj.weight`).
 * Throws HebbError for what the config asks that is not built.
 *
 * @example new LLM({ model_type: 'llama', vocab_size: 256, hidden_size: 64, intermediate_size: 172, num_hidden_layers: 2, num_attention_heads: 4 })
 */
export class LLM extends Decoder {
  // # fields: what they hold is no part that is trained, saved or looked through
  readonly #config: ModelConfig
  readonly #family: FamilyName
  readonly #parts: LLMParts

  constructor(config: ModelConfig, parts: LLMParts = {}) {
    super(rounded(readConfig(config), parts.format))
    this.#config = config
    this.#family = familyOf(config)
    this.#parts = parts
  }

  /** the config.json it was made of */
  get config(): ModelConfig {
    return this.#config
  }
  /** its model_type */
  get family(): FamilyName {
    return this.#family
  }
  /** text as ids and back, where the folder has a tokenizer */
  get tokenizer(): PublishedTokenizer | undefined {
    return this.#parts.tokenizer
  }
  /** messages as text, where the folder has a template */
  get chat(): ChatTemplate | undefined {
    return this.#parts.chat
  }
  /** its generation_config.json, where the folder has one */
  get generation(): GenerationConfig | undefined {
    return this.#parts.generation
  }
  /** what stands beside its weights */
  get parts(): LLMParts {
    return this.#parts
  }
}

/** A decoder whose factor of token vectors is rounded to the format of its weights, as the products of such weights are in the library they come from. */
function rounded(decoder: DecoderConfig, format: WeightFormat = 'f32'): DecoderConfig {
  const { embeddingScale: scale } = decoder
  if (scale === undefined) return decoder
  const embeddingScale = format === 'f32' ? Math.fround(scale) : decodeHalf(encodeHalf(Float32Array.of(scale), format), format)[0]!
  return { ...decoder, embeddingScale }
}
