import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type DocumentPiece,
  dividedTexts,
  openTokens,
  piecesOf,
  textFiles,
  textPieces,
  tokenBatches,
  tokensOf,
  writeTokens,
} from '../../src/data/index.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-tokens-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}
/** Everything a source gives. */
async function gathered<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of source) found.push(one)
  return found
}
const all = async (path: string): Promise<DocumentPiece[]> => gathered(textPieces(await textFiles(path)))
const documents = (pieces: readonly DocumentPiece[]): string[] => {
  const texts: string[] = []
  for (const { document, text } of pieces) texts[document] = (texts[document] ?? '') + text
  return texts
}
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  )

describe('texts of files', () => {
  test('a long file comes in pieces that make it up, cut between words', async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `wörd${i}${i % 9 === 8 ? '\n' : ' '}`).join('')
    const pieces = await all(file('long/a.txt', text))
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.every(({ text: { length } }) => length < 1 << 18)).toBe(true)
    expect(documents(pieces)).toEqual([text])
    for (const { text } of pieces.slice(1)) expect(text).toMatch(/^(wörd| wörd)/)
    expect(pieces.map(({ last }) => last)).toEqual(pieces.map((_, i) => i === pieces.length - 1))
    for (const [i, { from }] of pieces.entries()) expect(from).toBe(i === 0 ? 0 : pieces[i - 1]!.to)
  })

  test('a text without blanks, and with characters of two units at every cut, stays whole', async () => {
    const text = '🜁'.repeat(100_000)
    expect(documents(await all(file('signs/a.txt', text)))).toEqual([text])
    expect(documents([...piecesOf(text, 0)])).toEqual([text])
    expect([...piecesOf('', 3)]).toEqual([{ text: '', document: 3, last: true, from: 0, to: 0 }])
  })

  test('a folder: its text files in order, lines of .jsonl as documents, others left out', async () => {
    file('mixed/b.txt', 'second')
    file('mixed/a.md', 'first')
    file('mixed/deep/c.jsonl', '{"text":"third","more":1}\n\n{"text":"fourth"}')
    file('mixed/d.bin', Uint8Array.of(0, 1, 2))
    file('mixed/empty.txt', '')
    expect(documents(await all(join(folder, 'mixed')))).toEqual(['first', 'second', 'third', 'fourth'])
  })

  test('what is no text says so, with file and place', async () => {
    mkdirSync(join(folder, 'none'))
    expect(await failure(all(file('empty.txt', '')))).toMatch(/empty\.txt is empty: there is nothing to learn from/)
    expect(await failure(all(join(folder, 'none')))).toMatch(/none holds no text: give a folder with files \.txt/)
    expect(await failure(all(file('a.bin', Uint8Array.of(255, 254, 253))))).toMatch(
      /a\.bin: it is no text in UTF-8: look at its bytes from 0 on/,
    )
    expect(await failure(all(file('zeros.txt', new Uint8Array(100))))).toMatch(/zeros\.txt: it is no text/)
    expect(await failure(all(file('bad.jsonl', '{"text":"a"}\n{"text":')))).toMatch(/bad\.jsonl, line 2: it is no JSON/)
    expect(await failure(all(file('bad.jsonl', '{"text":"a"}\n\n[1]')))).toMatch(/bad\.jsonl, line 3: it has no field text/)
    expect(await failure(all(join(folder, 'missing.txt')))).toMatch(/there is no such file/)
  })
})

describe('held-out texts', () => {
  test('with many documents every twentieth, whole', async () => {
    const pieces = Array.from({ length: 45 }, (_, document) => [...piecesOf(`text ${document}`, document)]).flat()
    const held = await gathered(dividedTexts(pieces, 'validation', 'documents'))
    expect(held.map(({ document }) => document)).toEqual([19, 39])
    expect(await gathered(dividedTexts(pieces, 'train', 'documents'))).toHaveLength(43)
  })
  test('with few the last tenth of each, and nothing is lost', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `word${i}`).join(' ')
    const [train, held] = await Promise.all(
      (['train', 'validation'] as const).map((part) => gathered(dividedTexts(piecesOf(text, 0), part, 'ends'))),
    )
    expect(documents([...train!, ...held!])).toEqual([text])
    expect(documents(held!)[0]!.length / text.length).toBeCloseTo(0.1, 3)
    expect([train!.at(-1)!.last, held!.at(-1)!.last]).toEqual([true, true])
  })
})

describe('tokens in a file', () => {
  test.each([
    [65_536, 2],
    [65_537, 4],
  ])('a vocabulary of %i takes %i bytes each', async (vocabulary, width) => {
    const path = join(folder, `${vocabulary}.bin`)
    const ids = Int32Array.of(0, 1, 65_535, 7, vocabulary - 1)
    expect(await writeTokens(path, [ids.subarray(0, 2), ids.subarray(2)], { vocabulary })).toBe(5)
    const raw = new Uint8Array(readFileSync(path)).slice().buffer
    expect([...(width === 2 ? new Uint16Array(raw) : new Uint32Array(raw))]).toEqual([...ids])
    const tokens = await openTokens(path, { vocabulary })
    expect([tokens.length, ...(await tokens.read(1, 3))]).toEqual([5, 1, 65_535, 7])
    await tokens.close()
  })
  test('ids outside the vocabulary and torn files are refused, and nothing is left', async () => {
    const path = join(folder, 'torn.bin')
    expect(await failure(writeTokens(path, [Int32Array.of(1, 9)], { vocabulary: 9 }))).toMatch(/id 9 is not in 0 … 8/)
    expect(await failure(openTokens(path, { vocabulary: 9 }))).toMatch(/there is no such file/)
    writeFileSync(path, Uint8Array.of(1, 2, 3))
    expect(await failure(openTokens(path, { vocabulary: 9 }))).toMatch(/3 bytes are no whole number of ids of 2 bytes/)
  })
})

describe('windows of tokens', () => {
  const tokens = tokensOf(Int32Array.from({ length: 1003 }, (_, i) => i))
  test('an epoch goes through all of them once, y one place behind x', async () => {
    const feed = tokenBatches(tokens, 10, 7, { seed: 3 })
    expect(feed.perEpoch).toBe(14)
    for (const epoch of [0, 1, 5]) {
      const starts: number[] = []
      for (let b = 0; b < 14; b++) {
        const { x, y } = await feed.batch(epoch * 14 + b)
        const [xs, ys] = [await x.data(), await y.data()]
        expect([...ys]).toEqual([...xs].map((id) => Number(id) + 1))
        for (let n = 0; n < 7; n++) starts.push(Number(xs[10 * n]))
      }
      const first = Math.min(...starts)
      expect(first).toBeLessThan(20)
      expect(new Set(starts).size).toBe(98)
      expect(starts.every((start) => (start - first) % 10 === 0)).toBe(true)
      expect(starts).not.toEqual([...starts].sort((a, b) => a - b))
    }
  })
  test('a batch is f(seed, number)', async () => {
    const one = async (seed: number, number: number): Promise<number[]> =>
      [...(await (await tokenBatches(tokens, 10, 4, { seed }).batch(number)).x.data())].map(Number)
    expect(await one(1, 30)).toEqual(await one(1, 30))
    expect(await one(1, 30)).not.toEqual(await one(2, 30))
    expect(await one(1, 30)).not.toEqual(await one(1, 31))
  })
  test('few windows fill a batch several times; too few are refused', async () => {
    expect((await tokenBatches(tokensOf(new Int32Array(20)), 10, 4).batch(0)).x.shape).toEqual([4, 10])
    expect(() => tokenBatches(tokensOf(new Int32Array(19)), 10, 4)).toThrow('19 tokens hold no two windows of 10')
    expect(() => tokenBatches(tokens, 0, 4)).toThrow('length 0')
  })
})
