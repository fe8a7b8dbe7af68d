/** Every ts block of the README and docs/ is type-checked, run, and held to what its comments say. */
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { examplesOf, pagesOf } from '../scripts/docs/blocks.js'
import { type Outcome, runPages } from '../scripts/docs/run.js'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const pages = pagesOf(root)

describe('examples in the docs', () => {
  let outcomes: Outcome[] = []
  beforeAll(async () => {
    outcomes = await runPages({ root, pages })
  }, 300_000)

  test('pages are found', () => expect(pages).toContain('README.md'))

  test.each(pages.flatMap((page) => examplesOf(root, page).map(({ line }) => ({ page, line }))))('$page:$line', ({ page, line }) => {
    const found = outcomes.find(({ example }) => example.page === page && example.line === line)
    expect(found?.problems.join('\n')).toBe('')
  })
})
