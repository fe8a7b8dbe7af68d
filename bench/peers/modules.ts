/** Finds libraries that Hebb does not depend on: in the folder HEBB_BENCH_MODULES, or where the bench is run. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A module found on disk: the file an `import` of it would load, and its version. */
export interface Found {
  readonly file: string
  readonly folder: string
  readonly version: string
}

/** Folders whose node_modules are searched, and those above them. */
const starts = (): string[] => [process.env.HEBB_BENCH_MODULES, process.cwd()].filter((folder) => folder !== undefined)

/** The module called `name`; undefined where it is not installed. */
export function findModule(name: string): Found | undefined {
  for (const start of starts())
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const home = join(folder, 'node_modules', name)
      if (existsSync(join(home, 'package.json'))) return read(home)
      if (dirname(folder) === folder) break
    }
  return undefined
}

function read(folder: string): Found {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
  const entry = entryOf(manifest.exports) ?? manifest.module ?? manifest.main ?? 'index.js'
  return { file: join(folder, String(entry)), folder, version: String(manifest.version) }
}

/** The file that package.json's `exports` gives to an import in Node. */
function entryOf(said: unknown): string | undefined {
  if (typeof said === 'string') return said
  if (typeof said !== 'object' || said === null) return undefined
  for (const [key, value] of Object.entries(said))
    if (['.', 'node', 'import', 'default'].includes(key)) {
      const entry = entryOf(value)
      if (entry) return entry
    }
  return undefined
}

/** Loads a module that `findModule` finds. Throws where it is not installed. */
export async function loadModule<M>(name: string, file?: string): Promise<{ module: M; version: string; folder: string }> {
  const found = findModule(name)
  if (!found) throw new Error(`${name} is not installed in ${starts().join(' or ')}`)
  const path = file ? join(found.folder, file) : found.file
  const loaded = (await import(pathToFileURL(path).href)) as M & { default?: M | undefined }
  return { module: loaded.default ?? loaded, version: found.version, folder: found.folder }
}
