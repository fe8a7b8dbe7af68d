/** A folder that a model was published in: its small files, as text and as JSON. */
import { isFolder, readBytes, theFiles } from '../files/files.js'
import { HebbError } from '../tensor/index.js'

/** The files of a folder by name; those that are not there are undefined. */
export interface PublishedFolder {
  readonly path: string
  readonly names: ReadonlySet<string>
  text(name: string): Promise<string | undefined>
  /** Throws HebbError naming the file when it is no JSON. */
  json(name: string): Promise<unknown>
}

/** Opens a folder; `who` asks. Throws HebbError where there is none. */
export async function openFolder(path: string, who: string): Promise<PublishedFolder> {
  const files = theFiles()
  if (!(await isFolder(path))) throw new HebbError(`${who}: there is no folder ${path}`)
  const names = new Set((await files.names(path)).files)
  const text = async (name: string): Promise<string | undefined> =>
    names.has(name) ? new TextDecoder().decode(await readBytes(files.inside(path, name))) : undefined
  return {
    path,
    names,
    text,
    async json(name) {
      const content = await text(name)
      try {
        return content === undefined ? undefined : (JSON.parse(content) as unknown)
      } catch (error) {
        throw new HebbError(`${who}: ${files.inside(path, name)} is no JSON: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  }
}
