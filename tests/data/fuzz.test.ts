/** Damaged files of every format in a process of its own: a message of ours or what is there, never a crash, a hang or a full memory. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('300 damaged files of each of ten formats', { timeout: 240_000 }, () => {
  const script = fileURLToPath(new URL('fuzzed.ts', import.meta.url))
  const said = execFileSync(process.execPath, ['--import', 'tsx', script, '300', '7'], { encoding: 'utf8', timeout: 200_000 })
  const { refused, megabytes } = JSON.parse(said) as { refused: Readonly<Record<string, number>>; megabytes: number }
  // forgiving formats take what comes; the others must notice most damage
  for (const format of ['safetensors', 'state', 'r', 'idx', 'gzip', 'sword', 'tar', 'journal'])
    expect(refused[format], format).toBeGreaterThan(50)
  expect(megabytes).toBeLessThan(1000)
})
