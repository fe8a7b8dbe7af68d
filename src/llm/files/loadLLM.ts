/** Reading a language model that others published. */
import type { HubOptions, WeightFile } from '../../interop/index.js'
import { frozen, quantized, unfrozen } from '../../nn/index.js'
import { load } from '../../saving/index.js'
import { HebbError } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/options.js'
import { readConfig } from '../families/index.js'
import { LLM, type LLMParts, type WeightFormat } from '../llm.js'
import { hasOwnHead, placed, requireFractions, requireHead, tableIn } from './placing.js'
import { openPublished } from './published.js'

/** Settings of `loadLLM`. */
export interface LoadLLMOptions extends Omit<HubOptions, 'files'> {
  /** the number format the weights are kept in; all is computed in f32. Default `'auto'`, as the file has them */
  readonly dtype?: 'auto' | WeightFormat | undefined
  /** bits of each number of the projections, in blocks of 32 ({@link quantized}); such weights stay as they are, and the model `recomputes` in training. Default none: all of them */
  readonly bits?: 4 | 8 | undefined
  /** whether the weights stay as they are, whoever trains a model they are in; default false */
  readonly frozen?: boolean | undefined
  /** whether the file must have all weights and no others; `false` draws what is missing and leaves what is not known. Default true */
  readonly strict?: boolean | undefined
  /** whether tokenizer and chat template are read, where there are such; default true */
  readonly tokenizer?: boolean | undefined
}

const settings = ['dtype', 'bits', 'frozen', 'strict', 'tokenizer', 'token', 'signal', 'onProgress'] as const

/**
 * A language model from a folder as Hugging Face's transformers writes it, from a GGUF file, or from the hub by name (`owner/name`, `owner/name@revision`,
 * `owner/name:Q4_0` for one GGUF file of several): config.json in the older and the newer style, one or many safetensors, tokenizer.json, chat template,
 * generation_config.json.
 *
 * Large weights stay in the file, mapped as memory, until something trains them; f16 and bf16 are kept as they are and computed with in f32. The table of token
 * vectors is the head too where the config says so, unless the file holds a head of other numbers. A folder that is mapped may be replaced, as `saveLLM` does,
 * but not changed.
 *
 * @throws HebbError naming folder, field or tensor, and the cure: an architecture, rope or activation that is not built, weights that are quantized already, missing,
 * left over or of another shape, a tokenizer with more tokens than the model; FileError for files that are damaged
 * @example
 * const model = await loadLLM('models/SmolLM2-135M-Instruct')
 * const prompt = model.chat!.render([{ role: 'user', content: 'Hello!' }], { addGenerationPrompt: true })
 * for await (const { text } of generate(model, prompt, { tokenizer: model.tokenizer!, tokens: 50 })) process.stdout.write(text)
 */
export async function loadLLM(source: string, options: LoadLLMOptions = {}): Promise<LLM> {
  checkOptions('loadLLM', options, settings)
  const { dtype = 'auto', bits, frozen: stays = false, strict = true, tokenizer = true, ...hub } = options
  if (!['auto', 'f32', 'f16', 'bf16'].includes(dtype)) throw new HebbError(`loadLLM: dtype ${String(dtype)}: give auto, f32, f16 or bf16`)
  if (bits !== undefined && bits !== 4 && bits !== 8) throw new HebbError(`loadLLM: bits ${String(bits)}: give 4 or 8`)
  const { where, config, weights, parts } = await openPublished(source, hub)
  try {
    readConfig(config, where)
    const beside: LLMParts = tokenizer ? await parts() : {}
    let model = new LLM(config, beside)
    if (model.decoder.tied && (await hasOwnHead(weights, model))) model = new LLM({ ...config, tie_word_embeddings: false }, beside)
    if (strict) requireHead(weights, model, where)
    requireFractions(weights, model)
    model = new LLM(model.config, { ...beside, format: formatOf(weights, model, dtype) })
    requireFit(model, where)
    if (bits !== undefined) shrunk(model, bits)
    await load(frozen(model), placed(weights, model), { strict, kept: dtype === 'auto' ? undefined : dtype })
    return stays || bits !== undefined ? model : unfrozen(model)
  } finally {
    await weights.close()
  }
}

/** The format the table of token vectors is kept in. */
function formatOf(weights: WeightFile, model: LLM, dtype: 'auto' | WeightFormat): WeightFormat {
  if (dtype !== 'auto') return dtype
  const name = tableIn(weights, model)
  const stored = name === undefined ? undefined : weights.tensors.get(name)!.dtype
  return stored === 'f16' || stored === 'bf16' ? stored : 'f32'
}

function shrunk(model: LLM, bits: 4 | 8): void {
  if (model.family === 'gpt2')
    throw new HebbError(
      'loadLLM: bits: the projections of GPT-2 lie the other way round, and products of few bits are not made of such: leave bits out',
    )
  quantized(model, { bits })
  // who trains on such a base is short of memory
  model.recomputes = true
}

/** Throws HebbError where a tokenizer has ids that the model has no vectors for. */
function requireFit({ tokenizer, vocabulary }: LLM, where: string): void {
  if (tokenizer && tokenizer.size > vocabulary)
    throw new HebbError(
      `loadLLM: ${where}: the tokenizer has ${tokenizer.size} tokens and the model vectors for ${vocabulary}: they are not of one model; pass { tokenizer: false } to read the model alone`,
    )
}
