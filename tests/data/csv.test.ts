import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import { csv, readCsv } from '../../src/data/csv.js'
import { parseTable, readTable } from '../../src/data/table.js'

describe('tables', () => {
  test('types, quotes, line breaks, separators, byte order mark', () => {
    const table = parseTable('\ufeffn,word,flag,"a ""b"", c"\r\n1.5, red ,TRUE,"x\r\ny"\r\n-2e3,NA,false,z\r\n')
    expect(table.length).toBe(2)
    expect([...table.lines]).toEqual([2, 4])
    expect(table.columns.map(({ name, kind, values }) => [name, kind, [...values]])).toEqual([
      ['n', 'numbers', [1.5, -2000]],
      ['word', 'words', ['red', '']],
      ['flag', 'booleans', [1, 0]],
      ['a "b", c', 'words', ['x\r\ny', 'z']],
    ])
    expect([...table.columns[1]!.missing]).toEqual([1])
    for (const s of [';', '\t', '|'])
      expect(parseTable(`a${s}b${s}c,d\n1${s}2${s}3,4\n`).columns.map((c) => c.name)).toEqual(['a', 'b', 'c,d'])
    expect(parseTable('1,2\n3,4', { header: false }).columns.map((c) => c.name)).toEqual(['c0', 'c1'])
    expect(parseTable('a\n1\n\n3\n').columns[0]).toMatchObject({ kind: 'numbers', missing: new Set([1]) })
    expect(parseTable('a,b\n\n1,2\n\n').length).toBe(1)
  })

  test('any table of words comes back as it was written', () => {
    const word = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', 'ü', ',', '"', '\n', ';', "'") }).map((s) => `w${s}w`)
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 8 }), (rows) => {
        const text = ['p,q', ...rows.map((row) => row.map((s) => `"${s.replaceAll('"', '""')}"`).join(','))].join('\n')
        const table = parseTable(text)
        expect(table.columns.map((c) => [...c.values])).toEqual([rows.map((r) => r[0]), rows.map((r) => r[1])])
      }),
    )
  })

  test('rows and fields are those of another reader, in one piece and in many', async () => {
    const plain = fc.string({ unit: fc.constantFrom('a', '1', ' ', '"', ';', 'é'), maxLength: 4 }).map((s) => `x${s}`)
    const quoted = fc.string({ unit: fc.constantFrom('a', ',', '""', '\n', '\r\n', ' '), maxLength: 4 }).map((s) => `"x${s}"`)
    const rows = fc.array(fc.array(fc.oneof(plain, quoted), { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 })
    const ends = fc.constantFrom('\n', '\r\n', '\r')
    await fc.assert(
      fc.asyncProperty(rows, ends, fc.boolean(), fc.integer({ min: 1, max: 9 }), async (given, end, last, size) => {
        const text = given.map((row) => row.join(',')).join(end) + (last ? end : '')
        const other = Papa.parse<string[]>(text, { delimiter: ',', newline: end }).data.filter((row) => row.length === 2)
        const table = parseTable(text, { header: false, separator: ',' })
        expect(table.columns.map(({ values }) => [...values])).toEqual([0, 1].map((j) => other.map((row) => row[j]!.trim())))
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size))
        expect(await readTable(pieces, { header: false, separator: ',' })).toEqual(table)
        const bytes = new TextEncoder().encode(text)
        const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
        expect(await readTable(cuts, { header: false, separator: ',' })).toEqual(table)
      }),
    )
  })

  test('line ends of several kinds, and the lines that rows are in', () => {
    expect([...parseTable('a,b\n1,2\r\n3,4\n').lines]).toEqual([2, 3])
    expect([...parseTable('a,b\r1,2\r"x\r\ny",4\r5,6').lines]).toEqual([2, 3, 5])
    expect(parseTable('a,b\n1\r2,3\n').columns[0]!.values).toEqual(['1\r2'])
    expect(() => parseTable('a,b\n1,2\n"x\n\ny",2\n1,2,3\n')).toThrow('line 6 has 3 fields')
    expect(() => parseTable('a,b', { separator: '' })).toThrow('the separator "" cannot part fields')
    expect(parseTable('a::b\n1::2', { separator: '::' }).columns.map(({ values }) => [...values])).toEqual([[1], [2]])
    expect(parseTable('"a;b",c\n1,2').columns.map(({ name }) => name)).toEqual(['a;b', 'c'])
  })

  test.each<[string, string, string]>([
    ['too few fields', 'a,b\n1,2\n3\n', 'line 3 has 1 fields where the first has 2: 3'],
    ['too many fields', 'a,b\n1,2,3\n', 'line 2 has 3 fields where the first has 2: 1,2,3'],
    ['open quote', 'a,b\n1,"open\n3,4\n', 'line 2: a quoted field is not closed'],
    ['nothing', '', 'the table has no rows'],
    ['a header only', 'a,b\n', 'the table has no rows'],
    ['one name twice', 'a,a\n1,2\n', 'two columns are called a'],
  ])('%s is refused', (_, text, message) => expect(() => parseTable(text)).toThrow(`csv: ${message}`))
})

describe('csv', () => {
  const text = 'size,color,sold,price\n1,red,true,10\n2,blue,false,20\n4,red,true,40\n'

  test('numbers, words and booleans become features; a numeric target stays a number', () => {
    const { data, features } = csv(text, { target: 'price' })
    expect(features).toEqual(['size', 'color=blue', 'color=red', 'sold'])
    expect(String(data)).toBe('Dataset of 3: x (4) f32, y () f32')
    expect([...data].map(({ x, y }) => [...(x as Float32Array), y])).toEqual([
      [1, 0, 1, 1, 10],
      [2, 1, 0, 0, 20],
      [4, 0, 1, 1, 40],
    ])
  })

  test('words, booleans and, when asked, numbers make classes', () => {
    expect(csv(text, { target: 'color' }).data).toMatchObject({
      classes: ['blue', 'red'],
      columns: { y: { data: Int32Array.of(1, 0, 1) } },
    })
    expect(csv(text, { target: 'sold' }).data).toMatchObject({
      classes: ['false', 'true'],
      columns: { y: { data: Int32Array.of(1, 0, 1) } },
    })
    expect(csv(text, { target: 'size', classes: true }).data).toMatchObject({
      classes: ['1', '2', '4'],
      columns: { y: { data: Int32Array.of(0, 1, 2) } },
    })
  })

  test('columns chosen, dropped, as ids; no target', () => {
    expect(csv(text, { features: ['price', 'size'] }).data.columns.x.data).toEqual(Float32Array.of(10, 1, 20, 2, 40, 4))
    const { data, features } = csv(text, { drop: ['price', 'sold'], words: 'ids' })
    expect([features, data.fields]).toEqual([['size', 'color'], ['x']])
    expect(data.columns.x.data).toEqual(Float32Array.of(1, 1, 2, 0, 4, 1))
  })

  test('missing values', () => {
    const holes = 'a,b,y\n1,u,1\n,v,2\n4,?,3\n'
    expect(() => csv(holes, { target: 'y' })).toThrow(
      "column a lacks 1 of 3 values, the first in line 3: choose onMissing: 'drop', 'mean' or 'nan'",
    )
    expect(csv(holes, { target: 'y', onMissing: 'drop' }).data.columns.y.data).toEqual(Float32Array.of(1))
    const mean = csv(holes, { target: 'y', onMissing: 'mean' })
    expect(mean.features).toEqual(['a', 'b=u', 'b=v'])
    expect(mean.data.columns.x.data).toEqual(Float32Array.of(1, 1, 0, 2.5, 0, 1, 4, 0, 0))
    expect(csv(holes, { target: 'y', onMissing: 'nan', words: 'ids' }).data.columns.x.data).toEqual(
      Float32Array.of(1, 0, Number.NaN, 1, 4, Number.NaN),
    )
    expect(() => csv('a,y\n1,\n2,3\n', { target: 'y', onMissing: 'mean' })).toThrow(
      "column y lacks 1 of 2 values, the first in line 2: onMissing: 'drop' leaves such rows out",
    )
    expect(() => csv('a,b\n,1\n2,\n', { onMissing: 'drop' })).toThrow('every row lacks a value')
    expect(() => csv('a,b\n,1\n,2\n', { onMissing: 'mean' })).toThrow('column a has no value at all, so no mean')
  })

  test('in pieces it is the same, and errors come through', async () => {
    const pieces = [text.slice(0, 3), text.slice(3, 20), text.slice(20)]
    expect(await readCsv(pieces, { target: 'price' })).toEqual(csv(text, { target: 'price' }))
    expect(
      await readCsv(
        (async function* () {
          yield* pieces
        })(),
        { words: 'ids' },
      ),
    ).toEqual(csv(text, { words: 'ids' }))
    expect((await readCsv([new TextEncoder().encode(text)], { target: 'color' })).data.classes).toEqual(['blue', 'red'])
    await expect(readCsv(pieces, { target: 'cost' })).rejects.toThrow('there is no column cost')
    await expect(readCsv([])).rejects.toThrow('the table has no rows')
    const broken = (function* (): Generator<string> {
      yield 'a,b\n'
      throw new Error('the line is cut')
    })()
    await expect(readCsv(broken)).rejects.toThrow('the line is cut')
  })

  test('what cannot be is said', () => {
    expect(() => csv(text, { target: 'cost' })).toThrow('there is no column cost: the table has size, color, sold, price')
    expect(() => csv(text, { target: 'price', features: ['price'] })).toThrow('price is the target and a feature')
    expect(() => csv('y\n1\n', { target: 'y' })).toThrow('no features are left')
    const names = `name,y\n${Array.from({ length: 1001 }, (_, i) => `n${i},1`).join('\n')}`
    expect(() => csv(names, { target: 'y' })).toThrow(
      "column name has 1001 different words: that is text, not a feature: leave it out with drop: ['name']",
    )
  })
})
