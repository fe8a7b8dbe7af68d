import { describe, expect, test } from 'vitest'
import { checkHoles } from '../../scripts/check/holes.js'
import { checkMembers } from '../../scripts/check/members.js'
import { checkOptions } from '../../scripts/check/options.js'
import { checkSeams } from '../../scripts/check/seams.js'
import { checkSizes } from '../../scripts/check/sizes.js'
import { shown, treeOf } from './house.js'

test('sizes: lines per file, files per folder; index.ts, made and foreign files are free', () => {
  const lines = (n: number): string => 'x\n'.repeat(n)
  const tree = treeOf({
    'src/one/a.ts': lines(6),
    'src/one/b.ts': lines(7),
    'src/one/index.ts': lines(4),
    'src/one/made.ts': lines(100),
    'src/two/foreign/a.ts': lines(100),
    'src/two/a.ts': '',
    'src/two/b.ts': '',
    'src/two/c.ts': '',
  })
  expect(shown(checkSizes(tree))).toEqual([
    'src/one/a.ts:6: warning: 6 lines of 6: split it soon',
    'src/one/b.ts:7: 7 lines, at most 6: split it by idea',
    'src/two:1: 3 files in one folder, at most 2: group them in folders',
  ])
})

test('sizes: lines per room; in a collection per folder', () => {
  const lines = 'x\n'.repeat(4)
  const file = (name: string): [string, string] => [name, lines]
  const tree = treeOf(
    Object.fromEntries([
      ...['a/1', 'a/2', 'b/1', 'b/2', 'c/1'].map((name) => file(`src/one/${name}.ts`)),
      ...['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2'].map((name) => file(`src/two/${name}.ts`)),
      ...['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2'].map((name) => file(`src/list/${name}.ts`)),
      ...['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2'].map((name) => file(`src/cli/${name}.ts`)),
    ]),
  )
  expect(shown(checkSizes(tree))).toEqual([
    'src/cli:1: 24 lines in one room, at most 22: make two of it, by idea',
    'src/one:1: warning: 20 lines of 22 in one room: part it soon',
    'src/two:1: 24 lines in one room, at most 22: make two of it, by idea',
  ])
})

test('seams: Node modules, Node packages and Node globals stay in the named files, which nobody else loads', () => {
  const needy = "import fs from 'fs'\nimport { join } from 'node:path'\nimport koffi from 'koffi/x'\nconst here = process.cwd()\n"
  const fine =
    "import { x } from 'zlibrary'\nconst ok = typeof process\nconst y = globalThis.process\nconst z = { process: 1, Buffer() {} }\n"
  const around =
    "import type { A } from '../two/node.js'\nimport { type B } from '../two/node.js'\nexport { c } from '../two/node.js'\nexport type { D } from '../two/node.js'\n"
  const tree = treeOf({ 'src/one/a.ts': needy + fine, 'src/one/b.ts': around, 'src/two/node.ts': needy, 'src/cli/deep/main.ts': needy })
  const cure = 'needs Node: only the seams of scripts/house.ts may'
  expect(shown(checkSeams(tree))).toEqual([
    `src/one/a.ts:1: fs ${cure}`,
    `src/one/a.ts:2: node:path ${cure}`,
    `src/one/a.ts:3: koffi/x ${cure}`,
    `src/one/a.ts:4: process ${cure}`,
    `src/one/b.ts:2: src/two/node.ts ${cure}`,
    `src/one/b.ts:3: src/two/node.ts ${cure}`,
  ])
})

describe('holes', () => {
  const holes = [
    'let a: any',
    'let b = 1 as unknown as string',
    '// @ts-ignore',
    '/* @ts-expect-error */',
    'export default a',
    '// any word of prose, as unknown as it is',
    'let c = "any"',
    'let d = b as unknown',
  ].join('\n')
  test('any, double casts, silenced errors and default exports are found; prose is not', () => {
    expect(shown(checkHoles(treeOf({ 'src/one/a.ts': holes })))).toEqual([
      'src/one/a.ts:3: @ts-ignore silences the compiler: say the type instead',
      'src/one/a.ts:4: @ts-expect-error silences the compiler: say the type instead',
      'src/one/a.ts:1: any: say the type, or unknown and narrow it',
      'src/one/a.ts:2: as unknown as: say the type, or narrow it with a check',
      'src/one/a.ts:5: default export: give it its name',
    ])
  })
  test('the files that talk to the native library are exempt', () => {
    expect(checkHoles(treeOf({ 'src/two/ort.ts': holes, 'src/two/ort-api.ts': holes }))).toEqual([])
  })
})

test('options: what may be left out may be undefined; results and folders that are strict are free', () => {
  const options = [
    'interface SgdOptions { lr?: number; decay?: number | undefined; only?: Other["only"]; inner: { deep?: string } }',
    'interface Result { norm?: number }',
    'const f = ({ seed }: { seed?: number; at: number } = { at: 1 }) => seed',
  ].join('\n')
  const cure = 'may be left out, so it may be undefined: add | undefined'
  expect(shown(checkOptions(treeOf({ 'src/one/a.ts': options, 'src/two/strict/a.ts': options })))).toEqual([
    `src/one/a.ts:1: the option lr ${cure}`,
    `src/one/a.ts:1: the option deep ${cure}`,
    `src/one/a.ts:3: the option seed ${cure}`,
  ])
})

test('members: private is for layers and what they extend or are made from, # for all others', () => {
  const classes = [
    'class Layer { private readonly width = 1; #seen = 0; forward() {} }',
    'class Base { private a = 1 }',
    'class Derived extends Base { private b = 1 }',
    'class Run { private step = 0; #open = true; constructor(private readonly name: string, readonly at: number) {} private go() {} }',
  ].join('\n')
  const [run, is] = ['src/one/a.ts:4: private', 'in a class that is no part of a model: write']
  expect(shown(checkMembers(treeOf({ 'src/one/a.ts': classes, 'src/two/open/a.ts': classes })))).toEqual([
    `${run} step ${is} #step`,
    `${run} name ${is} #name`,
    `${run} go ${is} #go`,
  ])
})
