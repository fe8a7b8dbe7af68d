/** A model in a GGUF file as the folder would hold it that it was converted from. */
import type { WeightFile } from '../../files/weightFile.js'
import { type Config, configOf } from './config.js'
import { type GgufFile, openGguf } from './file.js'
import { placing } from './names.js'
import { type TokenizerParts, tokenizerOf } from './tokenizer.js'
import { weightsOf } from './weights.js'

/** What a GGUF file holds, in the words of Hugging Face. */
export interface GgufModel {
  /** config.json */
  readonly config: Config
  /** the weights under the names of the model, laid out as it has them; kinds of few bits are read as f32 */
  readonly weights: WeightFile
  /** tokenizer.json and tokenizer_config.json; undefined where the file has no tokens */
  readonly tokenizer: TokenizerParts | undefined
}

/**
 * Opens a model in a GGUF file, or in its numbered parts: architectures llama (Mistral too), qwen2, qwen3, gemma2, gemma3, phi3 and gpt2. What llama.cpp's
 * converter did to the weights is undone: rows of q and k stand as they did, norms of Gemma are without the 1 that was added, matrices of GPT-2 stand as theirs.
 *
 * @throws FileError naming the file and what is missing, damaged or not read
 * @example
 * const { config, weights } = await openGgufModel('SmolLM2-135M.Q8_0.gguf')
 * console.log(config.model_type, weights.tensors.size)
 * await weights.close()
 */
export async function openGgufModel(path: string): Promise<GgufModel> {
  const file = await openGguf(path)
  try {
    return { weights: ggufWeights(file), config: await configOf(file), tokenizer: tokenizerOf(file) }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The weights of an open file under the names of the model. */
export const ggufWeights = (file: GgufFile): WeightFile => weightsOf(file, placing(file))
