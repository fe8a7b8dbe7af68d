import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

describe('whole processes', () => {
  const run = (mode: string, ...flags: string[]) =>
    promisify(execFile)(process.execPath, [...flags, fileURLToPath(new URL('./ort-process.mjs', import.meta.url)), mode])

  test('memory stays: 20,000 runs, 1,000 bindings and 60 sessions, released or dropped', async () => {
    const { stdout } = await run('growth', '--expose-gc')
    const grown = JSON.parse(stdout) as Record<string, number>
    expect(Object.keys(grown)).toEqual(['runs', 'released', 'dropped', 'sessions'])
    for (const [what, megabytes] of Object.entries(grown)) expect(megabytes, what).toBeLessThan(5)
  })

  test('an exit during a run is clean, and nothing is said on stderr', async () => {
    await expect(run('exit')).rejects.toMatchObject({ code: 3, stderr: '', stdout: 'running\n' })
  })

  test('worker threads use it, alone and at once, and may be stopped during a run', async () => {
    const { stdout, stderr } = await run('workers')
    expect(stderr).toBe('')
    expect(stdout).toBe('worker 0 done, worker 1 stopped, main done\n')
  })
})
