import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const run = (tokens: number): { peakMb: number; written: number } =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('longPrompt.ts', import.meta.url)), `${tokens}`], {
      encoding: 'utf8',
    }),
  )

test('a prompt of 8,000 tokens is read in pieces: memory grows by keys and values, not by every pair of tokens', {
  timeout: 120_000,
}, () => {
  const [short, long] = [run(250), run(8000)]
  expect([short.written, long.written]).toEqual([4, 4])
  // keys and values are 4 MB; scores of all pairs would be 2 GB
  expect(long.peakMb - short.peakMb).toBeLessThan(150)
})
