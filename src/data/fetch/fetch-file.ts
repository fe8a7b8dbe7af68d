/** One file from the web into the data folder. */
import { posix } from 'node:path'
import { HebbError } from '../../tensor/errors.js'
import { type Checksum, dataFolder } from './cache.js'
import { type LoadOptions, obtainPaths } from './obtain.js'
import { webSource } from './source.js'

/** A file, where it may be had, and how to know it is the right one. */
export interface FileRequest extends LoadOptions {
  /** path in the data folder: 'tiny/shakespeare.txt' */
  readonly name: string
  /** tried in order; an address ending in .gz is unpacked unless `name` ends so too */
  readonly urls: readonly string[]
  readonly checksum?: Checksum | undefined
  /** bytes */
  readonly size?: number | undefined
}

/**
 * The path of a file that is there and whole: fetched from the first of `urls` that works, unless it already is. Interrupted downloads
 * go on where they stopped; two processes asking at once fetch it once; a damaged file is fetched again.
 * Throws HebbError listing every address with its reason, DiskError, or the signal's reason.
 *
 * @example const path = await fetchFile({ name: 'tiny/input.txt', urls: ['https://example.org/input.txt'], size: 1_115_394 })
 */
export async function fetchFile({ name, urls, checksum, size, dir, ...options }: FileRequest): Promise<string> {
  if (urls.length === 0) throw new HebbError(`fetchFile: ${name}: no address: give at least one in urls`)
  const file = posix.basename(name)
  const spec = { name: file, checksum, size }
  const folder = posix.join('/', posix.dirname(name)).slice(1) // '..' ends at the data folder
  const [path] = await obtainPaths({
    ...options,
    name,
    dir: dir ?? (folder ? `${dataFolder()}/${folder}` : dataFolder()),
    files: [spec],
    sources: urls.map((url) => webSource({ [file]: url }, url)),
  })
  return path!
}
