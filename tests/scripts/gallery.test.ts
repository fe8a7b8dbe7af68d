/** The gallery's page says what its numbers say. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { galleryPage, type Rows, withNumber } from '../../scripts/gallery/page.js'
import { recipes } from '../../src/recipes/index.js'

const docs = new URL('../../docs/', import.meta.url)
const rows: Rows = existsSync(new URL('gallery.json', docs))
  ? (JSON.parse(readFileSync(new URL('gallery.json', docs), 'utf8')) as Rows)
  : {}

test('docs/gallery.md is what the recorded numbers give', () => {
  expect(readFileSync(new URL('gallery.md', docs), 'utf8')).toBe(galleryPage(recipes, rows))
})

test.each(Object.keys(rows))('the page of %s has the recorded number', (name) => {
  const page = readFileSync(new URL(`recipes/${name}.md`, docs), 'utf8')
  expect(page).toContain(rows[name]!.headline)
  expect(page).toBe(withNumber(page, rows[name]!))
})

test('a recipe never run has no number', () => {
  expect(galleryPage([{ name: 'a', summary: 'b|c' }], {})).toContain('| [a](recipes/a.md) | b\\|c | not run yet |')
})
