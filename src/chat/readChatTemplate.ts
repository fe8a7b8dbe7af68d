/** Reading the chat template of a folder. */
import { isFolder, theFiles } from '../files/files.js'
import { HebbError } from '../tensor/index.js'
import { Fields, type Json } from '../tokenize/published/fields.js'
import { openFolder } from '../tokenize/publishedFolder.js'
import type { PublishedTokenizer } from '../tokenize/tokenizer.js'
import { ChatTemplate } from './chatTemplate.js'

/** The folder of further templates beside chat_template.jinja. */
const further = 'additional_chat_templates'

/** Templates of tokenizer_config.json: one text, a list of named ones, or an object of them. */
export function templatesOf(value: unknown, path: string): Record<string, string> {
  if ((value ?? null) === null) return {}
  if (typeof value === 'string') return { default: value }
  if (Array.isArray(value))
    return Object.fromEntries(
      value.map((entry, i) => {
        const fields = Fields.of(entry as Json, `${path}[${i}]`)
        return [fields.text('name'), fields.text('template')]
      }),
    )
  const fields = Fields.of(value as Json, path)
  return Object.fromEntries(Object.keys(fields.value).map((name) => [name, fields.text(name)]))
}

/**
 * The chat template of a folder: chat_template.jinja and additional_chat_templates/, else `chat_template` of tokenizer_config.json, one or several by
 * name. It knows the special tokens of the tokenizer by their names, as `bos_token`. Undefined where the folder has no template.
 * Throws HebbError for files that cannot be read, TemplateError for what is no template.
 *
 * @example
 * const tokenizer = await readTokenizer('models/SmolLM2-135M-Instruct')
 * const chat = await readChatTemplate('models/SmolLM2-135M-Instruct', tokenizer)
 * chat?.render([{ role: 'user', content: 'Hello!' }], { addGenerationPrompt: true })
 */
export async function readChatTemplate(path: string, tokenizer: Pick<PublishedTokenizer, 'named'>): Promise<ChatTemplate | undefined> {
  const folder = await openFolder(path, 'readChatTemplate')
  const sources: Record<string, string> = {}
  const single = await folder.text('chat_template.jinja')
  if (single !== undefined) sources.default = single
  const beside = theFiles().inside(path, further)
  if (await isFolder(beside)) {
    const others = await openFolder(beside, 'readChatTemplate')
    for (const name of others.names) if (name.endsWith('.jinja')) sources[name.slice(0, -'.jinja'.length)] = (await others.text(name))!
  }
  if (Object.keys(sources).length === 0) {
    const config = (await folder.json('tokenizer_config.json')) ?? {}
    Object.assign(
      sources,
      templatesOf(Fields.of(config as Json, 'tokenizer_config.json').get('chat_template'), 'tokenizer_config.json.chat_template'),
    )
  }
  try {
    return Object.keys(sources).length > 0 ? new ChatTemplate(sources, tokenizer.named) : undefined
  } catch (error) {
    if (error instanceof HebbError) error.message = `readChatTemplate: ${path}: ${error.message}`
    throw error
  }
}
