/** Prints the tree of src with a caption per file; `--write` puts it into docs/house.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from '../src/files/node/whole.js'
import { drawTree, TREE_PAGE, withTree } from './check/captions.js'
import { readTree } from './check/source.js'
import { house } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const drawn = drawTree(readTree(root, house))
if (process.argv.includes('--write')) {
  const path = join(root, TREE_PAGE)
  const text = withTree(readFileSync(path, 'utf8'), drawn)
  if (text === undefined) throw new Error(`${TREE_PAGE} has no place for the tree: npm run check says which lines to add`)
  await writeWhole(path, text)
} else console.log(drawn)
