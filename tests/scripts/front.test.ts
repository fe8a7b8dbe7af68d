import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { captionOf, checkCaptions, drawTree, withTree } from '../../scripts/check/captions.js'
import { checkFront } from '../../scripts/check/front.js'
import { readTree } from '../../scripts/check/source.js'
import { checkSubpaths, subpathsOf, withNames } from '../../scripts/check/subpaths.js'
import { folderOf, shown, small, treeOf } from './house.js'

describe('front door', () => {
  const rooms = {
    'src/one/a.ts': '/** Doc. */\nexport const a = 1\nexport const bare = 2\nexport const own = 3\n',
    'src/one/index.ts': "export { a, bare } from './a.js'",
    'src/two/index.ts': '/** Doc. */\nexport function f(): void {}\n/** Doc. */\nexport interface I {}',
  }
  test('names by hand in room order, at their own doors, documented', () => {
    const tree = treeOf({
      ...rooms,
      'src/index.ts': "import './two/node.js'\nexport { a } from './one/index.js'\nexport { f, type I } from './two/index.js'",
    })
    expect(shown(checkFront(tree))).toEqual(['src/one/a.ts:3: bare is public and has no docstring'])
  })
  test('what is wrong is named', () => {
    const tree = treeOf({
      ...rooms,
      'src/cli/main.ts': '',
      'src/index.ts':
        "export * from './two/index.js'\nexport { f } from './two/index.js'\nexport { a, own } from './one/a.js'\nexport const x = 1",
    })
    expect(shown(checkFront(tree))).toEqual([
      'src/index.ts:1: export *: list the names by hand',
      'src/index.ts:3: one stands after two: group the names by room, in order',
      "src/index.ts:3: own is not at its room's own door, src/one/index.ts",
      'src/index.ts:4: the front door only passes names on: export { … } from a room',
      'src/one/a.ts:4: own is public and has no docstring',
      'src/index.ts:4: x is public and has no docstring',
      'src/one/a.ts:3: bare is public and has no docstring',
    ])
  })
  test('a room without a door, a house without one', () => {
    expect(shown(checkFront(treeOf({ 'src/index.ts': '', 'src/one/a.ts': '' })))).toEqual([
      'src/one/index.ts:1: the room has no index.ts: it lists what users may import from it',
    ])
    expect(shown(checkFront(treeOf({})))).toEqual(['src/index.ts:1: there is no front door: it lists every public name'])
  })
})

describe('subpath exports', () => {
  test('one per room with a door, no others', () => {
    const door = '/** What one is: first. More. */'
    const files = { 'src/index.ts': '', 'src/one/index.ts': door, 'src/two/a.ts': '', 'src/cli/index.ts': '' }
    const right = subpathsOf(treeOf(files))
    const begin = "<!-- names: made by scripts/subpaths.ts from the first sentence of each room's index.ts -->"
    const page = withNames(`Names.\n${begin}\n<!-- /names -->\n`, treeOf(files))!
    expect(page).toBe(`Names.\n${begin}\n| import | what |\n|---|---|\n| \`hebb/one\` | What one is: first |\n<!-- /names -->\n`)
    expect(Object.keys(right)).toEqual(['.', './one', './package.json'])
    expect(right['./one']).toEqual({
      types: './dist/one/index.d.ts',
      node: './dist/entry/node/one/index.js',
      default: './dist/one/index.js',
    })
    expect(checkSubpaths(treeOf({ ...files, 'package.json': JSON.stringify({ exports: right }), 'docs/names.md': page }))).toEqual([])
    const wrong = { '.': right['.'], './two': './dist/two.js', './package.json': './package.json' }
    expect(
      shown(checkSubpaths(treeOf({ ...files, 'package.json': JSON.stringify({ exports: wrong }, null, 1), 'docs/names.md': page }))),
    ).toEqual([
      'package.json:1: exports["./one"] should be {"types":"./dist/one/index.d.ts","node":"./dist/entry/node/one/index.js","default":"./dist/one/index.js"}: npx tsx scripts/subpaths.ts',
      'package.json:8: exports["./two"] has no room with an index.ts: npx tsx scripts/subpaths.ts',
    ])
  })
})

describe('captions and the tree', () => {
  test.each([
    ['/** One thing: said well. More. */\nx', 'One thing: said well'],
    ['/**\n * Over two\n * lines.\n *\n * Next.\n */', 'Over two lines'],
    ['#!/usr/bin/env node\n// A script.\n// More of it.\nx', 'A script'],
    ['/** x.y and e.g. this */', 'x.y and e.g. this'],
    [`/** Short: ${'long '.repeat(40)} */`, 'Short'],
    ["import 'x'\n/** Late. */", ''],
    ['', ''],
  ])('%j says %j', (text, caption) => {
    expect(captionOf(text)).toBe(caption)
  })

  const files = {
    'src/index.ts': '/** Door. */',
    'src/two/z.ts': '/** Zed. */',
    'src/two/deep/a.ts': '/** Deep. */',
    'src/one/a.ts': '// Ay.\n',
    'src/one/made.ts': 'x',
  }
  const drawn = `src/
  index.ts  Door
  one/      FIRST
    a.ts    Ay
  two/      SECOND
    z.ts    Zed
    deep/
      a.ts  Deep
tests/      tests`
  test('rooms in order, files before folders, generated files left out', () => {
    expect(drawTree(treeOf(files))).toBe(drawn)
  })
  test('docs/house.md must hold the tree on disk', () => {
    const markers = '# Title\n\n<!-- tree: made by scripts/tree.ts from the first sentence of each file -->\nold\n<!-- /tree -->\nend\n'
    const root = folderOf({ ...files, 'docs/house.md': markers, 'src/two/bare.ts': '' })
    const check = (): string[] => shown(checkCaptions(readTree(root, small)))
    expect(check()).toEqual([
      'src/two/bare.ts:1: no header: begin with /** one sentence that says what the file is */',
      'docs/house.md:3: its tree is not the one on disk: npx tsx scripts/tree.ts --write',
    ])
    writeFileSync(join(root, 'src/two/bare.ts'), '// Bare.\n')
    writeFileSync(join(root, 'docs/house.md'), withTree(markers, drawTree(readTree(root, small)))!)
    expect(check()).toEqual([])
    expect(readFileSync(join(root, 'docs/house.md'), 'utf8')).toMatch(
      /^# Title\n\n<!-- tree.*-->\n```text\nsrc\/[\s\S]*```\n<!-- \/tree -->\nend\n$/,
    )
  })
})
