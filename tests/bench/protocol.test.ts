/** What the bench and a library's process say to each other, with children in Node and in Python that hold no library. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from '../../bench/options.js'
import { type Command, PeerProcess } from '../../bench/peers/process.js'
import { xor } from '../../bench/works/mlp.js'

const folder = mkdtempSync(join(tmpdir(), 'peer-'))
const inFolder = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const node: Command = {
  file: process.execPath,
  args: [
    ...['--import', 'tsx'],
    inFolder(
      'library.mts',
      `import { serve, turns } from ${JSON.stringify(join(root, 'bench/peers/serve.ts'))}
await serve(async () => ({
  version: '7',
  begin(work, threads) {
    console.log('a library that talks')
    if (work.batch === 5) throw new Error('not written for 5')
    const next = turns([threads, 10, 20])
    return () => next()
  },
}))`,
    ),
  ],
}
const python: Command = {
  file: 'python3',
  args: [
    inFolder(
      'library.py',
      `import sys
sys.path.insert(0, ${JSON.stringify(join(root, 'bench/peers/python'))})
from serve import serve, turns

def load(threads):
    def begin(work):
        print("a library that talks")
        if work["batch"] == 5:
            raise NotImplementedError("not written for 5")
        return turns([threads, 10, 20])
    return "7", begin

serve(load)`,
    ),
  ],
}
const hasPython = spawnSync('python3', ['-c', '']).status === 0
const open: PeerProcess[] = []
const start = (command: Command): PeerProcess => {
  const child = new PeerProcess(command)
  open.push(child)
  return child
}
afterAll(() => {
  for (const child of open) child.close()
})

describe.each([
  ['Node', node, true],
  ['Python', python, hasPython],
] as const)('a child in %s', (name, command, there) => {
  test.runIf(there)('sets up, steps and tells its memory, whatever the library prints', async () => {
    const child = start(command)
    const ready = await child.ask({ do: 'setup', work: xor, threads: 3 })
    expect(ready).toEqual({ version: '7', firstCallMs: expect.any(Number), value: 3 })
    const { ms, value } = await child.ask({ do: 'step', n: 5 })
    expect(ms).toHaveLength(5)
    expect(ms.every((time) => time >= 0)).toBe(true)
    expect(value).toBe(20)
    expect((await child.ask({ do: 'memory' })).peakMb).toBeGreaterThan(1)
  })
  test.runIf(there)('refuses in its own words, and lives on', async () => {
    const child = start(command)
    await expect(child.ask({ do: 'setup', work: { ...xor, batch: 5 }, threads: 1 })).rejects.toThrow(/^not written for 5$/)
    expect((await child.ask({ do: 'setup', work: xor, threads: 1 })).value).toBe(1)
  })
  test.skipIf(there)(`${name} is not here`, ({ skip }) => skip('no python3'))
})

test('an answer that is none, silence and an end are told apart', async () => {
  const saying = (script: string): PeerProcess => start({ file: process.execPath, args: ['-e', script] })
  await expect(saying('console.log("Segmentation fault")').ask({ do: 'memory' })).rejects.toThrow(
    'its answer is no JSON: Segmentation fault',
  )
  await expect(saying('setTimeout(() => {}, 1e5)').ask({ do: 'memory' }, 0.2)).rejects.toThrow('no answer in 0.2 s')
  await expect(saying('process.exit(4)').ask({ do: 'memory' })).rejects.toThrow('its process ended with code 4')
})
