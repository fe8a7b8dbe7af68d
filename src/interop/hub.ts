/** Models of the Hugging Face hub by name: fetched once, kept where Python's client keeps them. */
import type { FileProgress } from '../data/fetching.js'
import { inside } from '../files/files.js'
import { HebbError } from '../tensor/errors.js'
import { checkOptions } from '../tensor/options.js'
import { list, modelFiles, named } from './modelFiles.js'
import type { hubSnapshot } from './node/snapshot.js'

let hub: typeof hubSnapshot | undefined

/** Names what fetches models. */
export function useHub(h: typeof hubSnapshot): void {
  hub = h
}

/** Settings of `hubFolder`. */
export interface HubOptions {
  /** patterns of the files that are wanted, as `*.json`. Default: what a model needs */
  readonly files?: readonly string[] | undefined
  /** a token for models that are not for all; `false`: none. Default HF_TOKEN, else the file that Python's `hf auth login` writes */
  readonly token?: string | false | undefined
  /** ends the fetching; what has arrived is kept, and the next call goes on there */
  readonly signal?: AbortSignal | undefined
  /** is told how far each file has come */
  readonly onProgress?: ((progress: FileProgress) => void) | undefined
}

/**
 * The folder of a model of the hub, by its name: `owner/name`, `owner/name@revision` (a branch, a tag or a commit; default `main`). With a file behind it,
 * `owner/name:model.Q4_0.gguf` or as much of a name as only one file has, `owner/name:Q4_0`, the path of that file, of several parts the first.
 *
 * Without `files` that is what a model needs: configuration, tokenizer, templates, and its safetensors, whole or in parts, else its one GGUF file.
 * Nothing is fetched that is there already: the cache is the one of Python's client, in its layout (HF_HUB_CACHE, HF_HOME), and HF_ENDPOINT, HF_TOKEN and
 * HF_HUB_OFFLINE mean what they mean there. What is interrupted goes on where it stopped; sizes and the SHA-256 of large files are checked; processes that want
 * the same file wait for one another. Offline, or where the hub does not answer, it is what the cache has.
 *
 * @throws HebbError with the reason and the cure: a name, revision or file that is not there, a model that is private or gated, one that has no weights in a format
 * that can be read, damage on the way; FileError where the disk refuses; the signal's reason
 * @example const folder = await hubFolder('HuggingFaceTB/SmolLM2-135M@main', { onProgress: ({ file, bytes }) => console.log(file, bytes) })
 */
export async function hubFolder(name: string, options: HubOptions = {}): Promise<string> {
  checkOptions('hubFolder', options, ['files', 'token', 'signal', 'onProgress'])
  const { files: patterns, token, signal, onProgress } = options
  const { model, revision, file } = parsed(name)
  if (file !== undefined && patterns) throw new HebbError(`hubFolder: ${name}: name a file, or give files`)
  const choose = (files: readonly string[]): readonly string[] =>
    file !== undefined ? named(model, files, file) : patterns ? matching(model, files, patterns) : modelFiles(model, files)
  if (!hub)
    throw new HebbError(
      'models cannot be fetched here: import from \'hebb\' or one of its rooms, under the condition of where it runs ("node")',
    )
  const { folder, files } = await hub({ name: model, revision, choose, token, signal, onProgress })
  return file === undefined ? folder : inside(folder, files[0]!)
}

const partOfName = /^[A-Za-z0-9_][\w.-]{0,95}$/

function parsed(name: string): { model: string; revision: string; file: string | undefined } {
  const [, model = '', revision = 'main', file] = /^([^@:]*)(?:@([^:]*))?(?::(.*))?$/.exec(name) ?? []
  const parts = model.split('/')
  const bad = (text: string): boolean => !partOfName.test(text) || /--|\.\.|[.-]$/.test(text)
  if (parts.length > 2 || parts.some(bad))
    throw new HebbError(
      `${JSON.stringify(name)} is no folder here, and no name of a model either: give owner/name, owner/name@revision or owner/name:file`,
    )
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(revision) || revision.split('/').some((part) => /^\.+$/.test(part)))
    throw new HebbError(`${name}: ${JSON.stringify(revision)} is no branch, tag or commit`)
  if (file === '') throw new HebbError(`${name}: there is no file behind the colon`)
  return { model, revision, file }
}

/** The files that a pattern means: `*` is any text, `/` too, `?` one letter, as Python's fnmatch has them. */
function matching(model: string, files: readonly string[], patterns: readonly string[]): string[] {
  const all = patterns.map((pattern) => {
    const source = (pattern.endsWith('/') ? `${pattern}*` : pattern).replace(/[.+^${}()|\\[\]]/g, '\\$&')
    return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
  })
  const found = files.filter((file) => all.some((pattern) => pattern.test(file)))
  if (found.length === 0) throw new HebbError(`${model} has no file like ${patterns.join(', ')}. It has ${list(files)}.`)
  return found
}
