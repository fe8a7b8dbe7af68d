/**
 * Runs recipes with their default settings and writes what they gave into docs/gallery.md and into their pages; `npm run gallery -- mnist spam`
 * runs some, `npm run gallery -- --resume cifar10` goes on with one that was stopped, `npm run gallery -- --page` runs none and writes the page anew. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeWhole } from '../src/files/node/whole.js'
import { recipes } from '../src/recipes/index.js'
import { galleryPage, type Row, type Rows, withNumber } from './gallery/page.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const rowsFile = join(root, 'docs/gallery.json')

/** The last line that a process prints, its progress shown meanwhile; undefined when it fails. */
function lastLine(words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.on('close', (code) => resolve(code === 0 ? out.trim().split('\n').at(-1) : undefined))
  })
}

async function run(name: string): Promise<Row | undefined> {
  const folder = `gallery-${name}`
  const begun = resume && existsSync(join(root, 'runs', folder, 'config.json'))
  if (!begun) rmSync(join(root, 'runs', folder), { recursive: true, force: true })
  const line = await lastLine([join(root, 'dist/cli/main.js'), 'train', name, '--json', begun ? '--resume' : '--name', folder])
  if (line === undefined) return undefined
  const { headline, baseline, seconds, peakMemoryMb } = JSON.parse(line) as Omit<Row, 'seed' | 'command' | 'date'>
  return { headline, baseline, seed: 0, seconds: Math.round(seconds), peakMemoryMb, command: `npx hebb train ${name}` }
}

const pageOnly = process.argv.includes('--page')
const resume = process.argv.includes('--resume')
const named = process.argv.slice(2).filter((word) => !['--page', '--resume'].includes(word))
const unknown = named.filter((name) => !recipes.some((recipe) => recipe.name === name))
if (unknown.length) {
  console.error(`gallery: there is no recipe ${unknown.join(', ')}: choose among ${recipes.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const readRows = (): Rows => (existsSync(rowsFile) ? (JSON.parse(readFileSync(rowsFile, 'utf8')) as Rows) : {})
let failed = 0
const writePage = (): Promise<void> => writeWhole(join(root, 'docs/gallery.md'), galleryPage(recipes, readRows()))
if (pageOnly) await writePage()
for (const { name } of recipes) {
  if (pageOnly || (named.length && !named.includes(name))) continue
  console.log(`\n== ${name}`)
  const row = await run(name)
  if (!row) {
    console.error(`gallery: ${name} failed; its row stays as it was`)
    failed++
    continue
  }
  console.log(`${row.headline} (${row.baseline}), ${row.seconds} s`)
  // read again: another gallery may have added rows meanwhile
  await writeWhole(rowsFile, `${JSON.stringify({ ...readRows(), [name]: row }, null, 2)}\n`)
  await writePage()
  const page = join(root, 'docs/recipes', `${name}.md`)
  if (existsSync(page)) await writeWhole(page, withNumber(readFileSync(page, 'utf8'), row))
}
process.exitCode = failed ? 1 : 0
