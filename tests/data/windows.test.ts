import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batches } from '../../src/data/batches.js'
import { windows } from '../../src/data/prepare/windows.js'
import { characters } from '../../src/tokenize/characters.js'

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
    const tokenizer = characters(text)
    expect([text.length, tokenizer.size]).toEqual([1_115_394, 65])
    const ids = tokenizer.encode(text)
    const cut = Math.floor(0.9 * ids.length)
    expect([cut, ids.length - cut]).toEqual([1_003_854, 111_540])
    const train = windows(ids.subarray(0, cut), 64)
    const [batch] = batches(train, 12, { seed: 1 })
    expect([batch!.x.shape, batch!.x.dtype]).toEqual([[12, 64], 'i32'])
    const [x, y] = [batch!.x.value as Int32Array, batch!.y.value as Int32Array]
    for (let i = 0; i < 12; i++) {
      const start = batch!.indices[i]!
      expect(tokenizer.decode(x.subarray(64 * i, 64 * i + 64))).toBe(text.slice(start, start + 64))
      expect(tokenizer.decode(y.subarray(64 * i, 64 * i + 64))).toBe(text.slice(start + 1, start + 65))
    }
  })
})
