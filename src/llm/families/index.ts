/** Every family by the name that config.json gives it, and the decoder that a config.json says. */
import type { DecoderConfig } from '../decoder/config.js'
import { type Fields, fieldsOf, shown } from './fields.js'
import { gemma, gemma2, gemma3 } from './gemma.js'
import { gpt2 } from './gpt2.js'
import { llama } from './llama.js'
import { mistral } from './mistral.js'
import { phi3 } from './phi3.js'
import { qwen2, qwen3 } from './qwen.js'

/** A config.json, in the older or the newer style of transformers. */
export type ModelConfig = Readonly<Record<string, unknown>>

/** A family: the class that Hugging Face gives its language models, and how its config is read. */
interface Family {
  readonly architecture: string
  readonly read: (config: Fields) => DecoderConfig
}

/** By model_type. */
export const families = {
  gpt2: { architecture: 'GPT2LMHeadModel', read: gpt2 },
  llama: { architecture: 'LlamaForCausalLM', read: llama },
  mistral: { architecture: 'MistralForCausalLM', read: mistral },
  qwen2: { architecture: 'Qwen2ForCausalLM', read: qwen2 },
  qwen3: { architecture: 'Qwen3ForCausalLM', read: qwen3 },
  gemma: { architecture: 'GemmaForCausalLM', read: gemma },
  gemma2: { architecture: 'Gemma2ForCausalLM', read: gemma2 },
  gemma3_text: { architecture: 'Gemma3ForCausalLM', read: gemma3 },
  phi3: { architecture: 'Phi3ForCausalLM', read: phi3 },
} as const satisfies Record<string, Family>

/** The name of a family. */
export type FamilyName = keyof typeof families

/** The family of a config: its model_type, or that of its architecture where it has none. Throws HebbError for one that is not built. */
export function familyOf(config: ModelConfig, where = 'config'): FamilyName {
  const fields = fieldsOf(where, config)
  const names = Object.keys(families) as FamilyName[]
  const [architecture] = fields.texts('architectures') ?? []
  const type = fields.has('model_type')
    ? fields.text('model_type')
    : names.find((name) => architecture !== undefined && classesOf(name).includes(architecture))
  if (type === undefined || !Object.hasOwn(families, type))
    return fields.say(
      `${type === undefined ? `architecture ${shown(architecture)}` : `model_type ${shown(type)}`} is not built: ${names.join(', ')} are`,
    )
  if (architecture !== undefined && !classesOf(type as FamilyName).includes(architecture))
    fields.say(
      `architectures says ${shown(architecture)}, of which only ${classesOf(type as FamilyName).join(' and ')} are language models`,
    )
  return type as FamilyName
}

/** The classes of a family that are language models: with its head, and without, as a base model is saved. */
function classesOf(name: FamilyName): string[] {
  const { architecture } = families[name]
  const base = architecture.replace(/ForCausalLM$|LMHeadModel$/, 'Model')
  return [architecture, base, ...(name === 'gemma3_text' ? ['Gemma3TextModel'] : [])]
}

/**
 * The decoder that a config.json says, with the defaults of transformers 5.18 for what is missing. Both styles are read: rope_theta and rope_scaling, and
 * rope_parameters.
 *
 * @param where what messages call it; default 'config'
 * @throws HebbError naming field and value: an architecture, rope type, activation or quantization that is not built, sizes that are none or do not fit
 * @example readConfig({ model_type: 'llama', hidden_size: 576, num_attention_heads: 9, num_key_value_heads: 3 })
 */
export function readConfig(config: ModelConfig, where = 'config'): DecoderConfig {
  const fields = fieldsOf(where, config)
  const family = familyOf(config, where)
  if (fields.has('quantization_config')) {
    const method = fields.within('quantization_config')!.value('quant_method')
    fields.say(
      `quantization_config says quant_method ${shown(method)}: such weights are not read; take those that are not quantized, and give { bits }`,
    )
  }
  const decoder = families[family].read(fields)
  // angles that grow with the text are there for texts beyond max_position_embeddings
  const stretch = decoder.rope?.full?.stretch
  return stretch?.type === 'dynamic' ? { ...decoder, context: Math.floor(decoder.context * stretch.factor) } : decoder
}
