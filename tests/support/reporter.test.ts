import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('a run ends with reasons and the plain closing line; a file that does not load is a failure', () => {
  // inside the checkout, so that `vitest` resolves
  const folder = mkdtempSync(join(root, 'node_modules/.reporter-'))
  try {
    writeFileSync(
      join(folder, 'mixed.test.ts'),
      `import { expect, test } from 'vitest'
       test('good', () => {}); test('bad', () => { expect(1).toBe(2) }); test('away', ({ skip }) => skip('no such file'))`,
    )
    writeFileSync(join(folder, 'broken.test.ts'), `import './absent.js'`)
    const config = join(folder, 'vitest.config.mjs')
    writeFileSync(
      config,
      `export default { test: { include: ['*.test.ts'], reporters: [${JSON.stringify(join(root, 'tests/support/reporter.ts'))}] } }`,
    )
    const run = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--config', config], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('skipped: away: no such file')
    expect(run.stdout.trim().split('\n').at(-1)).toBe('1 passed, 2 failed, 1 skipped')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
