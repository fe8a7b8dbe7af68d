/** Which files of a model are needed. */
import { HebbError } from '../tensor/errors.js'

/** Files of a tokenizer and its template. */
export const tokenizerFiles: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
]

const around = new Set([
  'config.json',
  'generation_config.json',
  ...tokenizerFiles,
  'chat_template.json',
  'preprocessor_config.json',
  'adapter_config.json',
])
const part = /-(\d+)-of-(\d+)\.(safetensors|gguf)$/

/** What a model needs of its files: configuration, tokenizer, templates, and its weights in the one form that is best to read. Throws HebbError where there is none. */
export function modelFiles(model: string, files: readonly string[]): string[] {
  const upper = files.filter((file) => !file.includes('/'))
  const beside = files.filter((file) => around.has(file) || /^(chat|additional_chat)_templates\/[^/]+\.jinja$/.test(file))
  return [...beside, ...weights(model, upper)]
}

function weights(model: string, files: readonly string[]): string[] {
  if (files.includes('model.safetensors')) return ['model.safetensors']
  const safe = files.filter((file) => file.endsWith('.safetensors'))
  const index = 'model.safetensors.index.json'
  if (files.includes(index)) {
    const parts = safe.filter((file) => part.test(file))
    const own = parts.filter((file) => file.startsWith('model-'))
    return [index, ...(own.length > 0 ? own : parts)]
  }
  if (safe.length > 0) return safe
  const gguf = files.filter((file) => file.endsWith('.gguf'))
  if (sets(gguf).length === 1) return gguf
  if (gguf.length > 0) throw new HebbError(`${model} has several models: ${list(gguf)}. Name the one that is meant: ${model}:${gguf[0]}`)
  const pickled = files.find((file) => /\.(bin|pt|pth|ckpt)$/.test(file))
  throw new HebbError(
    pickled === undefined
      ? `${model} has no weights: neither safetensors nor GGUF. It has ${list(files)}. For other files give files`
      : `${model} has its weights in ${pickled} alone, written by Python's pickle, which can hold programs and is not read: look for a revision with safetensors (often refs/pr/1), or convert it in Python`,
  )
}

/** The one file that a name means, with all its parts, the first of them first: its path, or some of it that no other has. Throws HebbError where it is none or several. */
export function named(model: string, files: readonly string[], wanted: string): string[] {
  if (files.includes(wanted)) return withParts(files, wanted)
  const found = files.filter((file) => file.endsWith('.gguf') && wordIn(file, wanted))
  if (sets(found).length === 1) return withParts(files, found[0]!)
  const there = found.length > 0 ? found : files
  throw new HebbError(
    `${model} has ${found.length > 0 ? 'several files' : 'no file'} named ${JSON.stringify(wanted)}: it has ${list(there)}`,
  )
}

/** Whether a name holds a text as whole words: Q4_K is none of Q4_K_M. */
function wordIn(file: string, text: string): boolean {
  const at = file.toLowerCase().indexOf(text.toLowerCase())
  return at >= 0 && !/\w/.test(file[at - 1] ?? ' ') && !/\w/.test(file[at + text.length] ?? ' ')
}

const stemOf = (file: string): string => file.replace(part, '')
const sets = (files: readonly string[]): string[] => [...new Set(files.map(stemOf))]
const withParts = (files: readonly string[], file: string): string[] =>
  part.test(file) ? files.filter((other) => part.test(other) && stemOf(other) === stemOf(file)).sort() : [file]
/** Some names, for messages. */
export const list = (files: readonly string[]): string =>
  `${files.slice(0, 8).join(', ')}${files.length > 8 ? `, and ${files.length - 8} more` : ''}`
