// Writes what package.json offers under the condition "node" into dist: each entry names Node as its host, then passes its room's names on.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const entry of Object.values(exports)) {
  if (typeof entry === 'string') continue
  const from = (path) => relative(dirname(entry.node), path).replaceAll('\\', '/')
  mkdirSync(join(root, dirname(entry.node)), { recursive: true })
  writeFileSync(join(root, entry.node), `import '${from('dist/entry/node.js')}'\nexport * from '${from(entry.default)}'\n`)
}
