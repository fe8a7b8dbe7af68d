import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseR, tableOfR } from '../../src/data/formats/r-data.js'
import { swordVerses } from '../../src/data/formats/sword.js'

describe('SWORD texts', () => {
  const entries = [
    '',
    '<div osisID="Gen" sID="g" type="book"/>',
    '<title>The first</title><chapter n="1" osisID="Gen.1" sID="Gen.1"/>',
    '<w lemma="x">God</w><note>a <b>note</b></note><w>said</w><note>n</note>, “<w>Light</w>” &amp; so',
    '',
    'third <chapter eID="Gen.1"/><div eID="g" type="book"/> a glossary',
    '<chapter n="2" osisID="Gen.2" sID="Gen.2"/>',
    'next',
  ].map((text) => Buffer.from(text))
  const packed = deflateSync(Buffer.concat(entries))
  const blocks = Buffer.alloc(12)
  blocks.writeUInt32LE(packed.length, 4)
  blocks.writeUInt32LE(Buffer.concat(entries).length, 8)
  const verses = Buffer.alloc(10 * entries.length)
  let start = 0
  entries.forEach((entry, i) => {
    verses.writeUInt32LE(start, 10 * i + 4)
    verses.writeUInt16LE(entry.length, 10 * i + 8)
    start += entry.length
  })

  test('verses by reference, without notes, titles and what follows an end', () => {
    expect([...swordVerses({ blocks, verses, texts: packed })]).toEqual([
      ['Gen.1.1', 'God said, “Light” & so'],
      ['Gen.1.3', 'third'],
      ['Gen.2.1', 'next'],
    ])
  })

  test('damage is said', () => {
    const texts = Buffer.from(packed)
    expect(() => swordVerses({ blocks: blocks.subarray(1), verses, texts })).toThrow('an index is cut short')
    expect(() => swordVerses({ blocks, verses, texts: texts.subarray(5) })).toThrow('block 0 ends beyond the file')
    texts.fill(7, 4, 12)
    expect(() => swordVerses({ blocks, verses, texts })).toThrow(/block 0 (is no whole zlib stream|unpacks to)/)
    expect(() => swordVerses({ blocks: new Uint8Array(0), verses, texts })).toThrow('there is no block 0')
  })
})

describe('R data', () => {
  const int = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length)
    values.forEach((value, i) => void bytes.writeInt32BE(value, 4 * i))
    return bytes
  }
  const double = (value: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return bytes
  }
  const text = (value: string): Buffer => Buffer.concat([int(0x40009, Buffer.byteLength(value)), Buffer.from(value)])
  const symbol = (name: string): Buffer => Buffer.concat([int(1), text(name)])
  const strings = (...values: string[]): Buffer => Buffer.concat([int(16, values.length), ...values.map(text)])
  const pair = (tag: Buffer, value: Buffer): Buffer => Buffer.concat([int(0x402), tag, value])
  const end = int(254)
  const header = Buffer.concat([Buffer.from('X\n'), int(3, 0x40000, 0x30500, 5), Buffer.from('UTF-8')])
  const factor = Buffer.concat([int(13 | 0x200, 3, 2, 1, -(2 ** 31)), pair(symbol('levels'), strings('no', 'yes')), end])
  const numbers = Buffer.concat([int(14, 3), double(1.5), double(-2), double(1e300)])
  const words = Buffer.concat([int(16, 3), text('é'), int(9, -1), text('')])
  const table = Buffer.concat([int(19 | 0x200, 3), factor, numbers, words, pair(symbol('names'), strings('f', 'n', 'w')), end])

  test('a table with a factor, numbers and strings; missing values', () => {
    const read = tableOfR(parseR(Buffer.concat([header, table])))
    expect([...read]).toEqual([
      ['f', ['yes', 'no', undefined]],
      ['n', [1.5, -2, 1e300]],
      ['w', ['é', undefined, '']],
    ])
  })

  test('saved by name, references to symbols, compact sequences', () => {
    const compact = Buffer.concat([int(238), int(2), symbol('compact_intseq'), end, int(14, 3), double(3), double(1), double(2), end])
    // the second tag refers to the first
    const saved = Buffer.concat([Buffer.from('RDX3\n'), header, pair(symbol('a'), table), pair(int(0x1ff), compact), end])
    const { tags, values } = parseR(saved)
    expect(tags).toEqual(['a', 'a'])
    expect(values[1]).toMatchObject({ kind: 'numbers', values: [1, 3, 5] })
  })

  test('what is no R data, or not whole, is refused', () => {
    expect(() => parseR(Buffer.from('A\n'))).toThrow('no serialised R object')
    expect(() => parseR(Buffer.concat([header, int(4)]))).toThrow('an item of type 4')
    expect(() => parseR(Buffer.concat([header, int(16, 2 ** 30)]))).toThrow('within an object')
    expect(() => tableOfR(parseR(Buffer.concat([header, numbers])))).toThrow('no table')
    const whole = Buffer.concat([header, table])
    for (let n = 2; n < whole.length; n++) expect(() => parseR(whole.subarray(0, n)), `${n} bytes`).toThrow(/^r: /)
    expect(() => parseR(Buffer.concat([header, ...new Array(300).fill(int(19, 1))]))).toThrow('nested more than 200 deep')
  })
})
