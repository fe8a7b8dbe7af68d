/** The files of Node: this machine's disks. */
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Files } from '../files.js'
import { makeFolder } from './folder.js'
import { openGrowing } from './growing.js'
import { holdFile } from './lock.js'
import { isFolder, namesOf, openFile } from './reading.js'
import { writeWhole } from './whole.js'

export const nodeFiles: Files = {
  write: writeWhole,
  folder: makeFolder,
  open: openFile,
  append: openGrowing,
  lock: holdFile,
  isFolder,
  names: namesOf,
  inside: join,
  beside: (path, name) => join(dirname(path), name),
  digester() {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
  },
}
