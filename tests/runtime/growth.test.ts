/** Many shapes in one process: memory and threads stay within bounds. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

interface Growth {
  readonly megabytes: number
  readonly threads: number
  /** megabytes that the store says it keeps */
  readonly kept: number
  /** megabytes left after everything was cleared */
  readonly cleared: number
}

describe.runIf(process.platform === 'linux')('a process', () => {
  const grown = async (work: string): Promise<Growth> => {
    const script = fileURLToPath(new URL('./growth.mjs', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--expose-gc', script, work])
    expect(stderr).toBe('')
    return JSON.parse(stdout) as Growth
  }

  test('that trains on 300 lengths', async () => {
    const { megabytes, threads } = await grown('lengths')
    expect(megabytes).toBeLessThan(350)
    expect(threads).toBeLessThan(9)
  }, 300_000)

  test('that calls a compiled function with 2,000 batch sizes', async () => {
    const { megabytes, threads, kept, cleared } = await grown('batches')
    expect(kept).toBeLessThan(256)
    expect(megabytes).toBeLessThan(450)
    expect(cleared).toBeLessThan(100)
    expect(threads).toBeLessThan(9)
  }, 300_000)

  test('that evaluates 40 times', async () => {
    const { megabytes, threads } = await grown('evaluations')
    expect(megabytes).toBeLessThan(30)
    expect(threads).toBeLessThan(9)
  }, 300_000)
})
