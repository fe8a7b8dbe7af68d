/** Time in proportion to length: each text here takes hours where every sign is looked at again for every other one, and a second where it is not. */
import { deflateSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parseMail } from '../../src/data/formats/mail.js'
import { parseR } from '../../src/data/formats/r-data.js'
import { swordVerses } from '../../src/data/formats/sword.js'
import { csv, padSequences, readCsv } from '../../src/data/index.js'
import { parseTable } from '../../src/data/table.js'
import { greatest, least } from '../../src/tensor/extremes.js'
import { bpe, splitWords } from '../../src/tokenize/bpe.js'

const many = 1_000_000

describe('a table', () => {
  test.each([
    ['digits and a letter', `${'1'.repeat(many)}x`],
    ['digits with a point', `${'1'.repeat(many)}.${'1'.repeat(many)}x`],
    ['signs', '+'.repeat(many)],
    ['points', '.'.repeat(many)],
    ['blanks', `a${' '.repeat(many)}b`],
    ['carriage returns', `a${'\r'.repeat(many)}b`],
    ['quotes within', `a${'"'.repeat(many)}`],
    ['quotes doubled', `"${'""'.repeat(many)}"`],
  ])(
    'a field of %s',
    (_, field) => {
      const table = parseTable(`a,b\n1,2\n${field},3\n`)
      expect([table.length, table.columns.map(({ kind }) => kind)]).toEqual([2, ['words', 'numbers']])
    },
    60_000,
  )

  test('a quoted field that comes in a million pieces, and one that never ends', async () => {
    function* pieces(end: string): Generator<string> {
      yield 'a,b\n1,"'
      for (let i = 0; i < many; i++) yield 'x\n'
      yield end
    }
    await expect(readCsv(pieces('",2\n'), { header: false })).rejects.toThrow('line 2 has 3 fields')
    await expect(readCsv(pieces(''), { header: false })).rejects.toThrow('line 2: a quoted field is not closed')
    const lines = (await readCsv(pieces('"\n3,z'), { features: ['a'] })).data.columns.x.data
    expect([...lines]).toEqual([1, 3])
  }, 60_000)

  test.each(['error', 'drop', 'mean', 'nan'] as const)(
    '200,000 missing values: %s',
    (onMissing) => {
      const text = `a,b\n${'NA,1\n'.repeat(200_000)}5,2\n`
      if (onMissing === 'error') expect(() => csv(text)).toThrow('column a lacks 200000 of 200001 values, the first in line 2')
      else expect(csv(text, { onMissing }).data.length).toBe(onMissing === 'drop' ? 1 : 200_001)
    },
    60_000,
  )

  test('the loop turns while it is read, the more often the longer it is', async () => {
    // every look at the clock finds that it is time for a turn
    let now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 5))
    onTestFinished(() => void vi.restoreAllMocks())
    const turnsFor = async (rows: number): Promise<number> => {
      const text = `a,b,c\n${'1,word,2.5\n'.repeat(rows)}`
      let turns = 0
      let reading = true
      const turn = (): void => {
        turns++
        if (reading) setImmediate(turn)
      }
      setImmediate(turn)
      const { data } = await readCsv([text], { target: 'c' })
      reading = false
      expect(data.length).toBe(rows)
      return turns
    }
    // 11 bytes a row, and at least one turn for each 32 KiB
    expect(await turnsFor(20_000)).toBeGreaterThan(7)
    expect(await turnsFor(200_000)).toBeGreaterThan(70)
  }, 60_000)
})

describe('a mail', () => {
  const html = 'Content-Type: text/html\n\n'
  test.each([
    ['comments without an end', `${html}${'<!--'.repeat(many)}`],
    ['tags without an end', `${html}${'<a'.repeat(many)}`],
    ['line breaks without an end', `${html}${'<br '.repeat(many)}`],
    ['scripts without an end', `${html}${'<script><style><title>'.repeat(many / 10)}`],
    ['script ends without an end', `${html}<script>${'</script '.repeat(many)}`],
    ['soft line breaks that are none', `Content-Transfer-Encoding: quoted-printable\n\n${' '.repeat(many)}x${'= '.repeat(many)}`],
    ['a parameter without a value', `Content-Type: multipart/mixed; ${'a'.repeat(many)}${' '.repeat(many)}\n\nx`],
    ['signs of equality', `Content-Type: multipart/mixed; ${'a= '.repeat(many)}\n\nx`],
    ['encoded words without an end', `Subject: ${'=?a?q?'.repeat(many / 4)}\n\nx`],
    ['parts', `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(many / 10)}`],
  ])('%s', (_, raw) => expect(typeof parseMail(raw).body).toBe('string'), 60_000)
})

describe('R data that claims more than it has', () => {
  const be = (...values: number[]): number[] => values.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255])
  const text = (word: string): number[] => [...be(9, word.length), ...new TextEncoder().encode(word)]
  const real = (...values: number[]): number[] => [
    ...be(14, values.length),
    ...new Uint8Array(new Uint8Array(new Float64Array(values).buffer).toReversed()),
  ]
  const file = (...bytes: number[]): Uint8Array =>
    Uint8Array.from([0x58, 0x0a, ...be(3, 0, 0, 5), ...new TextEncoder().encode('UTF-8'), ...bytes])
  /** n numbers from 1 on, of which only the ends are written */
  const sequence = (n: number): number[] => [
    ...be(238),
    ...[...be(2), ...be(1), ...text('compact_intseq'), ...be(254)],
    ...[...be(14, 3), ...[n, 1, 1].flatMap((v) => real(v).slice(8))],
    ...be(254),
  ]

  test('a sequence without bytes', () => {
    expect(parseR(file(...sequence(5))).values).toEqual([1, 2, 3, 4, 5])
    expect(() => parseR(file(...sequence(1e8)))).toThrow('r: sequences of 100000000 numbers, which have no bytes in the file')
    for (const n of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => parseR(file(...sequence(n)))).toThrow(/damaged|no bytes/)
    const several = [...be(19, 20), ...Array.from({ length: 20 }, () => sequence(1e6)).flat()]
    expect(() => parseR(file(...several))).toThrow('r: sequences of 17000000 numbers')
  })

  test.each([10, 13, 14, 16, 19])('a vector of type %i of 10⁸ elements', (type) => {
    expect(() => parseR(file(...be(type, 1e8), ...Array(1000).fill(0)))).toThrow(/^r: ends after \d+ bytes, within an object$/)
  })
})

describe('a Bible', () => {
  function testament(entries: readonly string[]): Parameters<typeof swordVerses>[0] {
    const texts = entries.map((entry) => Buffer.from(entry))
    const all = Buffer.concat(texts)
    const packed = deflateSync(all)
    const blocks = Buffer.alloc(12)
    blocks.writeUInt32LE(packed.length, 4)
    blocks.writeUInt32LE(all.length, 8)
    const verses = Buffer.alloc(10 * texts.length)
    let at = 0
    for (const [i, { length }] of texts.entries()) {
      verses.writeUInt32LE(at, 10 * i + 4)
      verses.writeUInt16LE(length, 10 * i + 8)
      at += length
    }
    return { blocks, verses, texts: packed }
  }
  const chapter = '<chapter osisID="Gen.1" sID="a"/>'
  test.each(['<chapter ', '<chapter osisID="a" ', '<div type="book" ', '<note ', '<title>', '>', '<', '<note a="'])(
    'verses of %j',
    (sign) => {
      const verses = Array.from({ length: 20 }, () => sign.repeat(Math.floor(65_000 / sign.length)))
      expect(swordVerses(testament([chapter, ...verses])).size).toBeLessThanOrEqual(20)
    },
    60_000,
  )

  test('a hundred thousand verses of the same text', () => {
    const files = testament([chapter, 'x'.repeat(65_000)])
    const again = Buffer.concat([files.verses, ...Array.from({ length: 100_000 }, () => files.verses.subarray(10))])
    expect(() => swordVerses({ ...files, verses: again })).toThrow('its verses share their text: the index is damaged')
  }, 60_000)
})

test('two hundred thousand sequences', () => {
  const { ids } = padSequences(Array.from({ length: 200_000 }, (_, i) => [i]))
  expect(ids.shape).toEqual([200_000, 1])
}, 60_000)

test('words of a tokenizer: blanks without a word behind them, and a word of two hundred thousand letters', () => {
  expect(splitWords(`a${' '.repeat(many)}`)).toEqual(['▁a'])
  const tokenizer = bpe(['ab ab'], { size: 8, of: 'characters' })
  expect(tokenizer.encode('ab'.repeat(200_000)).length).toBe(200_001)
  const bytes = bpe(['ab ab'], { size: 261 })
  for (const text of ['ab'.repeat(200_000), ' '.repeat(many), `${'\n '.repeat(many)}x`]) expect(bytes.decode(bytes.encode(text))).toBe(text)
}, 60_000)

test('the ends of two million numbers', () => {
  const numbers = new Float64Array(2_000_000).map((_, i) => Math.sin(i))
  expect([least(numbers), greatest(numbers)]).toEqual([expect.closeTo(-1, 6), expect.closeTo(1, 6)])
  expect([least([]), greatest([]), least([3], 1), greatest([3], 5), least([Number.NaN, 1])]).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1,
    5,
    Number.NaN,
  ])
})
