import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { folderOf } from './house.js'

/** Runs .ci/run with an npm that says what it was asked for, and does `moods` for some of it. */
function ci(moods: Readonly<Record<string, string>>): { status: number | null; lines: string[] } {
  const cases = Object.entries(moods).map(([asked, mood]) => `'${asked}') ${mood} ;;`)
  const root = folderOf({ 'bin/npm': `#!/usr/bin/env bash\necho "npm $*"\ncase "$*" in\n${cases.join('\n')}\nesac\n` })
  mkdirSync(join(root, '.ci'))
  copyFileSync(fileURLToPath(new URL('../../.ci/run', import.meta.url)), join(root, '.ci/run'))
  chmodSync(join(root, 'bin/npm'), 0o755)
  const run = spawnSync('bash', [join(root, '.ci/run')], {
    encoding: 'utf8',
    env: { PATH: `${join(root, 'bin')}:${process.env.PATH}`, TMPDIR: root },
  })
  return { status: run.status, lines: run.stdout.trim().split('\n') }
}

describe('.ci/run', () => {
  test('does every step and closes with the count of the tests', () => {
    const { status, lines } = ci({ test: "echo '12 passed, 0 failed, 3 skipped'", start: 'echo 1 passed, 0 failed' })
    expect(status).toBe(0)
    expect(lines.at(-1)).toBe('12 passed, 0 failed, 3 skipped')
    expect(lines.filter((line) => line.startsWith('npm '))).toEqual([
      ...['npm ci', 'npm test', 'npm run check', 'npm run package', 'npm start -- --json'],
    ])
  })
  test('a failing test is counted once and ends the run', () => {
    const { status, lines } = ci({ test: "echo '11 passed, 1 failed'; exit 1" })
    expect(status).toBe(1)
    expect(lines.slice(-2)).toEqual(['ci: failed at: npm test', '11 passed, 1 failed'])
    expect(lines).not.toContain('npm run check')
  })
  test.each([
    ['run check', '12 passed, 1 failed'],
    ['run package', '12 passed, 1 failed'],
  ])('npm %s going wrong is a failure beside the tests', (step, closing) => {
    const { status, lines } = ci({ test: "echo '12 passed, 0 failed'", [step]: 'exit 7' })
    expect(status).toBe(7)
    expect(lines.slice(-2)).toEqual([`ci: failed at: npm ${step}`, closing])
  })
})
