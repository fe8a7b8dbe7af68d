/** Small made-up source trees for the tests of the checks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Problem, readTree, type Tree } from '../../scripts/check/source.js'
import type { House } from '../../scripts/house.js'

/** Three rooms and a collection, a small budget, one seam. */
export const small: House = {
  rooms: [
    { name: 'one', caption: 'FIRST', door: true },
    { name: 'two', caption: 'SECOND', door: true },
    { name: 'list', caption: 'PROGRAMS', door: false },
    { name: 'cli', caption: 'FACE', door: false },
  ],
  lines: { most: 6, warn: 4 },
  roomLines: { most: 22, warn: 18 },
  collections: { list: 'programs' },
  lists: [],
  files: 2,
  made: ['src/one/made.ts'],
  foreign: ['src/two/foreign/'],
  seams: ['src/two/node.ts', 'src/cli/'],
  nodePackages: ['koffi'],
  circles: ['src/two/round/'],
  holes: ['src/two/ort'],
  privates: ['src/two/open/'],
  strictOptions: ['src/two/strict/'],
  beside: { 'tests/': 'tests' },
}

/** Writes files into a temporary folder, gone after the test. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'hebb-check-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

export const treeOf = (files: Readonly<Record<string, string>>): Tree => readTree(folderOf(files), small)

/** Problems as the check prints them. */
export const shown = (problems: readonly Problem[]): string[] =>
  problems.map(({ file, line, message, warning }) => `${file}:${line}: ${warning ? 'warning: ' : ''}${message}`)
