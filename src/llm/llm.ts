/** A language model as others publish it: a decoder, and what came with it. */
import type { Tokenizer } from '../tokenize/tokenizer.js'
import { Decoder } from './decoder/decoder.js'
import { type FamilyName, familyOf, type ModelConfig, readConfig } from './families/index.js'

/** What a folder says of how a model writes: a generation_config.json. */
export type GenerationConfig = Readonly<Record<string, unknown>>

/** What stands beside the weights of a model. */
export interface LLMParts {
  readonly tokenizer?: Tokenizer | undefined
  readonly generation?: GenerationConfig | undefined
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
  // private fields: what they hold is no part that is trained, saved or looked through
  readonly #config: ModelConfig
  readonly #family: FamilyName
  readonly #parts: LLMParts

  constructor(config: ModelConfig, parts: LLMParts = {}) {
    super(readConfig(config))
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
  get tokenizer(): Tokenizer | undefined {
    return this.#parts.tokenizer
  }
  /** its generation_config.json, where the folder has one */
  get generation(): GenerationConfig | undefined {
    return this.#parts.generation
  }
}
