/** Writes the subpath exports that the rooms on disk call for into package.json, and the table of them into docs/names.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from '../src/files/node/whole.js'
import { readTree } from './check/source.js'
import { NAMES_PAGE, subpathsOf, withNames } from './check/subpaths.js'
import { house } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = join(root, 'package.json')
const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const tree = readTree(root, house)
await writeWhole(path, `${JSON.stringify({ ...manifest, exports: subpathsOf(tree) }, null, 2)}\n`)
const names = withNames(readFileSync(join(root, NAMES_PAGE), 'utf8'), tree)
if (names === undefined) throw new Error(`${NAMES_PAGE} has no place for the table: npm run check says which lines to add`)
await writeWhole(join(root, NAMES_PAGE), names)
