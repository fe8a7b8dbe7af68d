import { describe, expect, test } from 'vitest'
import { checkCycles } from '../../scripts/check/cycles.js'
import { checkRooms } from '../../scripts/check/rooms.js'
import { shown, treeOf } from './house.js'

describe('room order', () => {
  test('own and earlier rooms may be imported from, later ones not, in any form of import', () => {
    const tree = treeOf({
      'src/one/a.ts':
        "import { b } from './b.js'\nimport type { c } from '../two/c.js'\nexport { c } from '../two/c.js'\nconst x = import('../two/c.js')\ntype X = import('../two/c.js').C",
      'src/one/b.ts': '',
      'src/two/c.ts': "import { b } from '../one/b.js'",
      'src/cli/main.ts': "import { b } from '../one/b.js'\nimport '../index.js'",
      'src/two/d.ts': "import '../index.js'",
      'src/index.ts': "export { b } from './one/b.js'",
    })
    const message = 'one may not import from two (src/two/c.ts): rooms in order are one two list cli'
    expect(shown(checkRooms(tree))).toEqual([
      ...[2, 3, 4, 5].map((line) => `src/one/a.ts:${line}: ${message}`),
      'src/two/d.ts:1: two may not import from the front door (src/index.ts): rooms in order are one two list cli',
    ])
  })
  test('unknown rooms, loose files, the way out of src, the face at the front door', () => {
    const tree = treeOf({
      'src/three/a.ts': '',
      'src/loose.ts': '',
      'src/one/a.ts': "import '../../tests/helper.js'",
      'src/index.ts': "export { main } from './cli/main.js'",
      'src/two/foreign/a.ts': "import '../../cli/main.js'",
    })
    expect(shown(checkRooms(tree))).toEqual([
      'src/index.ts:1: the front door may not import from cli (src/cli/main.ts): rooms in order are one two list cli',
      'src/loose.ts:1: only index.ts lies in src itself',
      'src/one/a.ts:1: imports tests/helper.ts, which is outside src',
      'src/three/a.ts:1: no room is called three: rooms are listed in scripts/house.ts',
    ])
  })
})

test('a collection: its folders share what lies beside them, and others import its index.ts alone', () => {
  const tree = treeOf({
    'src/list/index.ts': "import './a/a.js'",
    'src/list/shared.ts': '',
    'src/list/a/a.ts': "import '../shared.js'\nimport './more.js'\nimport '../b/b.js'",
    'src/list/a/more.ts': '',
    'src/list/b/b.ts': '',
    'src/cli/main.ts': "import '../list/index.js'\nimport '../list/shared.js'",
  })
  const cure = 'list is a collection, from outside only its index.ts is imported, and its folders import none another'
  expect(shown(checkRooms(tree))).toEqual([
    `src/cli/main.ts:2: imports src/list/shared.ts: ${cure}`,
    `src/list/a/a.ts:3: imports src/list/b/b.ts: ${cure}`,
  ])
})

test('a cycle is named once, with its whole path', () => {
  const tree = treeOf({
    'src/one/a.ts': "\nimport './b.js'",
    'src/one/b.ts': "import type { C } from './c.js'",
    'src/one/c.ts': "import './a.js'",
    'src/one/d.ts': "import './a.js'\nimport './c.js'",
    'src/two/round/a.ts': "import './b.js'",
    'src/two/round/b.ts': "import './a.js'",
  })
  expect(shown(checkCycles(tree))).toEqual(['src/one/c.ts:1: import cycle: src/one/a.ts → src/one/b.ts → src/one/c.ts → src/one/a.ts'])
})
