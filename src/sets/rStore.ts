/** The store in which packages of R keep their tables: an index, and records that are packed one by one. */
import { gunzip, inflate, unpackWith } from '../data/fetching.js'
import { parseR, type RObject } from '../data/formats/r-data.js'
import { HebbError } from '../tensor/errors.js'

/** more than any table here unpacks to (bytes) */
export const mostUnpacked = 1 << 27

/** The files of the store of a package. */
export const storeFiles = (folder: string): [string, string] => [`${folder}/Rdata.rdx`, `${folder}/Rdata.rdb`]

/** The objects of a store by name, each unpacked when it is asked for. Throws HebbError for one that is not there. */
export function rStore(members: ReadonlyMap<string, Uint8Array>, folder: string): (name: string) => Promise<RObject> {
  const [index, records] = storeFiles(folder)
  const variables = (parseR(gunzip(members.get(index)!, mostUnpacked)).values as readonly RObject[])[0]!
  const names = variables.attributes.get('names')!.values
  return async (name) => {
    const place = variables.values[names.indexOf(name)]
    if (typeof place !== 'object') throw new HebbError(`lacks the table ${name}`)
    const [at, length] = place.values as readonly number[]
    return parseR(await unpackRecord(members.get(records)!.subarray(at, at! + length!)))
  }
}

/** A record: its length, then zlib, or a letter and xz or bzip2 without their own headers or with. */
async function unpackRecord(record: Uint8Array): Promise<Uint8Array> {
  const size = new DataView(record.buffer, record.byteOffset).getUint32(0)
  if (size > mostUnpacked) throw new HebbError(`a table unpacks to ${size} bytes: more than ${mostUnpacked}`)
  const kind = String.fromCharCode(record[4]!)
  if (kind === 'Z') return unpackWith('xz', ['-dc', '--format=raw', '--lzma2=dict=64MiB'], record.subarray(5), size)
  if (kind === '2') return unpackWith('bzip2', ['-dc'], record.subarray(5), size)
  return inflate(record.subarray(4), size)
}
