/** A model as others publish it, opened: a folder, one of the hub by name, or a GGUF file. Nothing of the weights is read yet. */
import { ChatTemplate, readChatTemplate } from '../../chat/index.js'
import { inside, isFolder, namesIn } from '../../files/files.js'
import { type HubOptions, hubFolder, openGgufModel, openWeights, type WeightFile } from '../../interop/index.js'
import { HebbError } from '../../tensor/index.js'
import { type PublishedTokenizer, readTokenizer, tokenizerOf } from '../../tokenize/index.js'
import { openFolder } from '../../tokenize/publishedFolder.js'
import type { ModelConfig } from '../families/index.js'
import type { LLMParts } from '../llm.js'

/** What a model is made of before it is made. */
export interface Published {
  /** what messages call its config */
  readonly where: string
  readonly config: ModelConfig
  readonly weights: WeightFile
  /** tokenizer, chat template and what else stands beside the weights */
  parts(): Promise<LLMParts>
}

/** Opens a model; the weights are closed by who asked. @throws HebbError naming what is missing */
export async function openPublished(source: string, hub: Omit<HubOptions, 'files'>): Promise<Published> {
  if (typeof source !== 'string' || source === '')
    throw new HebbError(
      `loadLLM: ${JSON.stringify(source) ?? String(source)} is no model: give a folder, a GGUF file, or a name such as 'owner/name'`,
    )
  if (await isFolder(source)) return inFolder(source)
  const file = /\.gguf$/i.test(source) && !source.includes(':')
  const found = file ? source : await hubFolder(source, hub)
  return (await isFolder(found)) ? inFolder(found) : ofGguf(found)
}

async function inFolder(path: string): Promise<Published> {
  const { files } = await namesIn(path)
  const gguf = files.filter((name) => name.endsWith('.gguf'))
  if (!files.some((name) => name.endsWith('.safetensors')) && gguf.length > 0) {
    if (gguf.length > 1 && !/-00001-of-/.test(gguf[0]!))
      throw new HebbError(`loadLLM: ${path} holds ${gguf.length} GGUF files: name the one that is meant, such as ${inside(path, gguf[0]!)}`)
    return ofGguf(inside(path, gguf[0]!))
  }
  const folder = await openFolder(path, 'loadLLM')
  const config = await folder.json('config.json')
  if (config === undefined) throw new HebbError(`loadLLM: ${path} holds no config.json: name the folder of a model`)
  return {
    where: inside(path, 'config.json'),
    config: config as ModelConfig,
    weights: await openWeights(path),
    async parts() {
      const generation = (await folder.json('generation_config.json')) as LLMParts['generation']
      if (!files.includes('tokenizer.json')) return { generation, folder: path }
      const tokenizer = await readTokenizer(path)
      return { tokenizer, chat: await readChatTemplate(path, tokenizer), generation, folder: path }
    },
  }
}

async function ofGguf(path: string): Promise<Published> {
  const { config, weights, tokenizer: files } = await openGgufModel(path)
  return {
    where: path,
    config,
    weights,
    parts: async () => {
      if (!files) return {}
      const tokenizer = tokenizerOf({ ...files, ...(typeof config.model_type === 'string' && { modelType: config.model_type }) })
      const { chat_template: template } = files.config
      const beside = { 'tokenizer.json': files.tokenizer, 'tokenizer_config.json': files.config }
      return { tokenizer, chat: typeof template === 'string' ? chatOf(template, tokenizer) : undefined, files: beside }
    },
  }
}

const chatOf = (template: string, { named }: PublishedTokenizer): ChatTemplate => new ChatTemplate({ default: template }, named)
