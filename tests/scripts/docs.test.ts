import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { examplesOf, pagesOf } from '../../scripts/docs/blocks.js'
import { agrees } from '../../scripts/docs/claim.js'
import { runPages } from '../../scripts/docs/run.js'
import { folderOf } from './house.js'

describe('examples of a page', () => {
  const page = [
    '# T',
    '```ts',
    'const a = 1',
    '```',
    'text',
    '```text',
    'no',
    '```',
    '```ts continue',
    'a',
    '```',
    '',
    '```ts',
    'b',
    '```',
  ].join('\n')
  test('keep the line numbers of the page and join what continues', () => {
    const root = folderOf({ 'README.md': page, 'docs/deep/x.md': 'none', 'docs/y.txt': '' })
    expect(pagesOf(root)).toEqual(['README.md', 'docs/deep/x.md'])
    const [first, second, ...rest] = examplesOf(root, 'README.md')
    expect(rest).toEqual([])
    expect([first!.line, second!.line]).toEqual([3, 14])
    expect(first!.code.split('\n').map((line, i) => (line ? `${i + 1} ${line}` : ''))).toEqual([
      '',
      '',
      '3 const a = 1',
      '',
      '',
      '',
      '',
      '',
      '',
      '10 a',
      '',
    ])
  })
  test('a block that is open, unknown or continues nothing is named', () => {
    const at = (text: string) => () => examplesOf(folderOf({ 'README.md': text }), 'README.md')
    expect(at('\n```ts\nx')).toThrow('README.md:2: this block is never closed')
    expect(at('```ts continue\n```')).toThrow('README.md:1: this block continues nothing')
    expect(at('```ts skip\n```')).toThrow('README.md:1: unknown mark "skip"')
  })
})

test.each<[unknown, string, boolean]>([
  [new Float32Array([2, 4, 6]), 'Float32Array [2, 4, 6]', true],
  [new Float32Array([2, 4, 6]), '[2, 4, 6]', true],
  [new Float32Array([2, 4, 7]), '[2, 4, 6]', false],
  [[2, 4], '[2, 4, 6]', false],
  [0.123456, '0.12', true],
  [0.126, '0.12', false],
  [-0.5, '0.5', false],
  [12, '12', true],
  [12.4, '12', false],
  [1.23e-7, '1.2e-7', true],
  ['a b', "'a b'", true],
  ['loss 0.6931 at 3', 'loss 0.69 at 3', true],
  ['loss 0.6931 at 4', 'loss 0.69 at 3', false],
  [{ a: [1, 2] }, '{ a: [1, 2] }', true],
  ['(2, 3) f32 [[1, 2]…', '(2, 3) f32 …', true],
  [null, 'null', true],
  [undefined, 'null', false],
])('%j as %s: %s', (value, said, answer) => {
  expect(agrees(value, said)).toBe(answer)
})

test('wrong types, wrong claims, throws and endless examples are named by page and line', async () => {
  const root = folderOf({
    'src/index.ts': 'export const two = (): number => 2\nexport const later = async (x: number): Promise<number[]> => [x]\n',
    'src/one/index.ts': 'export const one = 1\n',
    'good.md': [
      ...['```ts', "import { later, two } from 'hebb'", "import { one } from 'hebb/one'"],
      ...['two() // => 2', 'await later(3)   // [3]', 'const x = two() + one // => 3', 'console.log(x, one) // => 3 1'],
      ...['for (const y of [1, 2])', '  console.log(y)', '// => 1', '//    2', 'two() // a plain remark', '```'],
      ...['```ts continue', 'x // => 3', '```'],
    ].join('\n'),
    'bad.md': [
      ...['```ts', 'const a: string = 1', '```'],
      ...['```ts', "import { two } from 'hebb'", '', 'two() // => 3', '```'],
      ...['```ts', 'const f = () => {', "  throw new RangeError('far')", '}', 'f()', '```'],
      ...['```ts', "console.log('x') // => y", '```'],
    ].join('\n'),
    'slow.md': '```ts\n1 // => 1\n```\n```ts\nfor (;;) {}\n```',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        ...{ target: 'ES2023', module: 'NodeNext', moduleResolution: 'NodeNext', strict: true, noEmit: true, types: ['node'] },
        ...{ typeRoots: [fileURLToPath(new URL('../../node_modules/@types', import.meta.url))] },
        paths: { hebb: ['./src/index.ts'], 'hebb/*': ['./src/*/index.ts'] },
      },
    }),
    'package.json': '{ "type": "module" }',
  })
  mkdirSync(join(root, 'runs'))
  writeFileSync(join(root, 'runs/.keep'), '')
  const outcomes = await runPages({ root, pages: ['good.md', 'bad.md', 'slow.md'], timeout: 8000 })
  expect(outcomes.flatMap(({ problems }) => problems)).toEqual([
    "bad.md:2: Type 'number' is not assignable to type 'string'.",
    'bad.md:7: the page says 3\n  but it gives 2',
    'bad.md:11: RangeError: far',
    'bad.md:16: the page says y\n  but it gives x',
    'slow.md:5: not done within 8 s',
  ])
  expect(outcomes).toHaveLength(7)
})
