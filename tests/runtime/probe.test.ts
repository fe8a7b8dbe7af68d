import { expect, test } from 'vitest'
import '../../src/index.js'
import type { Backend } from '../../src/runtime/backend.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { probeChannelBlock } from '../../src/runtime/ort/probe.js'

test('the block is one there is, and the same every time', () => {
  const block = probeChannelBlock(ort)
  expect([0, 8, 16]).toContain(block)
  expect(probeChannelBlock(ort)).toBe(block)
})

test('a backend that refuses blocked nodes has no blocks', () => {
  let refused = 0
  const strict: Backend = {
    ...ort,
    name: 'strict',
    session(model, options) {
      if (typeof model !== 'string' && Buffer.from(model).includes('com.microsoft.nchwc')) {
        refused++
        throw new Error('no such domain')
      }
      return ort.session(model, options)
    },
  }
  expect(probeChannelBlock(strict)).toBe(0)
  expect(refused).toBe(2)
})
