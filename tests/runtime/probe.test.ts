import { expect, test } from 'vitest'
import '../../src/index.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { probeChannelBlock } from '../../src/runtime/ort/probe.js'

test('the block is one there is, and the same every time', async () => {
  const block = await probeChannelBlock(ort)
  expect([0, 8, 16]).toContain(block)
  expect(await probeChannelBlock(ort)).toBe(block)
})

test('a backend that refuses blocked nodes has no blocks', async () => {
  let refused = 0
  const block = await probeChannelBlock({
    async session(model, options) {
      if (Buffer.from(model).includes('com.microsoft.nchwc')) {
        refused++
        throw new Error('no such domain')
      }
      return ort.session(model, options)
    },
  })
  expect(block).toBe(0)
  expect(refused).toBe(2)
})
