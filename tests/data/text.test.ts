import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batches } from '../../src/data/batches.js'
import { vocabularyFrom, vocabularyOf, windows } from '../../src/data/text.js'

describe('vocabulary', () => {
  test('sorted characters, there and back, also beyond the basic plane', () => {
    const vocabulary = vocabularyOf('hello 🙂é')
    expect(vocabulary.characters).toEqual([' ', 'e', 'h', 'l', 'o', 'é', '🙂'])
    expect(vocabulary.encode('🙂 hole')).toEqual(Int32Array.of(6, 0, 2, 4, 3, 1))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const v = vocabularyOf(text)
        expect(v.decode(v.encode(text))).toBe(text)
        expect(vocabularyFrom(v.characters).encode(text)).toEqual(v.encode(text))
      }),
    )
    expect(vocabularyOf('ab', { extra: '\n' }).size).toBe(3)
  })

  test('what cannot be is said', () => {
    expect(() => vocabularyOf('')).toThrow('the text is empty')
    expect(() => vocabularyOf('ab').encode('abc')).toThrow('"c" at character 2 is not among the 2 of the vocabulary')
    expect(() => vocabularyOf('ab').decode([0, 2])).toThrow('id 2 at place 1 is not in 0 … 1')
    expect(() => vocabularyFrom(['a', 'a'])).toThrow('twice')
    expect(() => vocabularyFrom(['ab'])).toThrow('"ab" is not one character')
  })
})

describe('windows', () => {
  test('y is x one place later, for every window, without copies', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (length, stride, more) => {
          const ids = Int32Array.from({ length: length + more }, (_, i) => 3 * i)
          const set = windows(ids, length, { stride })
          expect(set.length).toBe(Math.floor((ids.length - 1 - length) / stride) + 1)
          for (let i = 0; i < set.length; i++) {
            const { x, y } = set.example(i)
            expect(x).toEqual(ids.slice(i * stride, i * stride + length))
            expect(y).toEqual(ids.slice(i * stride + 1, i * stride + 1 + length))
          }
          expect(set.columns.x.data.buffer).toBe(ids.buffer)
        },
      ),
    )
    expect(() => windows(new Int32Array(4), 4)).toThrow('4 ids hold no window of 4 and the id after it')
    expect(() => windows(new Int32Array(9), 0)).toThrow('length 0')
    expect(() => windows(new Int32Array(9), 2, { stride: 0 })).toThrow('stride 0')
  })

  test('Shakespeare, as nanoGPT divides it', (context) => {
    const shared = process.env.HEBB_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))
    const path = join(shared, 'data', 'tinyshakespeare.txt')
    if (!existsSync(path)) context.skip(`${path} is not here: set HEBB_SHARED to the folder of reference numbers`)
    const text = readFileSync(path, 'utf8')
    const vocabulary = vocabularyOf(text)
    expect([text.length, vocabulary.size]).toEqual([1_115_394, 65])
    const ids = vocabulary.encode(text)
    const cut = Math.floor(0.9 * ids.length)
    expect([cut, ids.length - cut]).toEqual([1_003_854, 111_540])
    const train = windows(ids.subarray(0, cut), 64)
    const [batch] = batches(train, 12, { seed: 1 })
    expect([batch!.x.shape, batch!.x.dtype]).toEqual([[12, 64], 'i32'])
    const [x, y] = [batch!.x.value as Int32Array, batch!.y.value as Int32Array]
    for (let i = 0; i < 12; i++) {
      const start = batch!.indices[i]!
      expect(vocabulary.decode(x.subarray(64 * i, 64 * i + 64))).toBe(text.slice(start, start + 64))
      expect(vocabulary.decode(y.subarray(64 * i, 64 * i + 64))).toBe(text.slice(start + 1, start + 65))
    }
  })
})
