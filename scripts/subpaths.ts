/** Writes the subpath exports that the rooms on disk call for into package.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from '../src/files/node/whole.js'
import { readTree } from './check/source.js'
import { subpathsOf } from './check/subpaths.js'
import { house } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = join(root, 'package.json')
const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
await writeWhole(path, `${JSON.stringify({ ...manifest, exports: subpathsOf(readTree(root, house)) }, null, 2)}\n`)
