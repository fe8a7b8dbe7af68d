import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const run = (kind: string): { peakMb: number; first: number; last: number } =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('recomputeMemory.ts', import.meta.url)), kind], {
      encoding: 'utf8',
    }),
  )

test('recompute saves memory: of 12 blocks the values of one are kept at a time', { timeout: 120_000 }, () => {
  const [plain, saved] = [run('plain'), run('recompute')]
  expect([saved.first, saved.last]).toEqual([plain.first, plain.last])
  // 12 blocks keep five arrays of 4 MB each; with checkpoints what goes between them, and one block's five
  expect(plain.peakMb - saved.peakMb).toBeGreaterThan(60)
})
