/** Reading a language model from a folder as others publish it. */
import { FileError } from '../files/fileError.js'
import { inside, readBytes } from '../files/files.js'
import { frozen, unfrozen } from '../nn/index.js'
import { load } from '../saving/index.js'
import { type ModelConfig, readConfig } from './families/index.js'
import { type GenerationConfig, LLM } from './llm.js'

/** Reads a folder that Hugging Face's transformers wrote. */
export async function loadLLM(folder: string): Promise<LLM> {
  const config = await readJson(folder, 'config.json')
  if (!config) throw new FileError(`cannot read ${folder}: it holds no config.json. Name the folder of a model.`, folder, 'ENOENT')
  readConfig(config, inside(folder, 'config.json'))
  const model = new LLM(config, { generation: await readJson(folder, 'generation_config.json') })
  await load(frozen(model), folder)
  return unfrozen(model)
}

async function readJson(folder: string, name: string): Promise<GenerationConfig | ModelConfig | undefined> {
  const path = inside(folder, name)
  let bytes: Uint8Array
  try {
    bytes = await readBytes(path)
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as ModelConfig
  } catch (error) {
    throw new FileError(`cannot read ${path}: it is no JSON (${(error as Error).message}). Fetch it again.`, path)
  }
}
