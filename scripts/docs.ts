/** Checks and runs the ts blocks of the README and docs/, or of the pages named; tests/docs.test.ts does the same. */
import { fileURLToPath } from 'node:url'
import { pagesOf } from './docs/blocks.js'
import { runPages } from './docs/run.js'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const named = process.argv.slice(2)
const outcomes = await runPages({ root, pages: named.length ? named : pagesOf(root) })
const wrong = outcomes.flatMap(({ problems }) => problems)
for (const line of wrong) console.log(line)
console.log(`docs: ${outcomes.length} examples, ${wrong.length ? `${wrong.length} problems` : 'all true'}`)
process.exitCode = wrong.length ? 1 : 0
