/** Prints the tree of src with a caption per file; `--write` puts it into the README. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from '../src/files/disk.js'
import { drawTree, withTree } from './check/captions.js'
import { readTree } from './check/source.js'
import { house } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const drawn = drawTree(readTree(root, house))
if (process.argv.includes('--write')) {
  const path = join(root, 'README.md')
  const text = withTree(readFileSync(path, 'utf8'), drawn)
  if (text === undefined) throw new Error('README.md has no place for the tree: npm run check says which lines to add')
  await writeWhole(path, text)
} else console.log(drawn)
