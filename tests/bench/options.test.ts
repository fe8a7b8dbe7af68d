/** The command line of the bench, and what a wrong one gets. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { optionsOf, root, UsageError } from '../../bench/options.js'
import { findPeers } from '../../bench/peers/index.js'

describe('options', () => {
  test('have defaults and are read', () => {
    const { works, rounds, seconds, json, limit } = optionsOf([])
    expect({ works, rounds, seconds, json, limit }).toEqual({
      works: [],
      rounds: 10,
      seconds: 0.5,
      json: join(root, 'bench/results.json'),
      limit: false,
    })
    const some = optionsOf(['xor', 'mlp', '--rounds', '3', '--threads', '1', '--peers', 'Hebb', '--limit'])
    expect(some).toMatchObject({ works: ['xor', 'mlp'], rounds: 3, threads: 1, peers: 'Hebb', limit: true })
    expect(optionsOf(['--scale']).json).toBe(join(root, 'bench/scale.json'))
  })
  test.each([
    [['--frob'], "Unknown option '--frob': npm run bench -- --help lists what there is"],
    [['--rounds'], "Option '--rounds <value>' argument missing: npm run bench -- --help lists what there is"],
    [['--rounds', '0'], '--rounds 0: a whole number of 1 or more is needed'],
    [['--threads', '1.5'], '--threads 1.5: a whole number of 1 or more is needed'],
    [['--seconds', 'long'], '--seconds long: a number above 0 is needed'],
    [['--json', '/nowhere/x.json'], '--json /nowhere/x.json: there is no folder /nowhere'],
    [['--resume', '--rounds', '3'], '--resume goes on with what was asked before: name nothing else but --json'],
    [['--scale', 'xor'], '--scale has works of its own: name none, and leave --limit and --readme away'],
  ])('%j: says what is wrong', (args, message) => {
    expect(() => optionsOf(args)).toThrow(new UsageError(message))
  })
})

describe('libraries', () => {
  test('are named as printed, case and dashes aside', async () => {
    const checkout = fileURLToPath(new URL('../..', import.meta.url))
    expect((await findPeers(1, { wanted: 'hebb' })).peers.map((peer) => peer.name)).toEqual(['Hebb'])
    const both = await findPeers(1, { wanted: 'hebb', before: checkout })
    expect(both.peers.map(({ name, command }) => [name, command.args.at(-1)])).toEqual([
      ['Hebb', expect.stringMatching(/hebb\.js$/)],
      ['Hebb before', checkout],
    ])
    await expect(findPeers(1, { wanted: 'hebb,keras' })).rejects.toThrow(
      /^--peers: no library is called 'keras': there are Hebb, PyTorch, PyTorch compiled, transformers, llama\.cpp, JAX, /,
    )
  })
  test('that cannot run say why, and are an error when nothing else was asked for', async () => {
    const before = process.env.HEBB_BENCH_PYTHON
    process.env.HEBB_BENCH_PYTHON = '/nowhere/python'
    try {
      const { peers, absent } = await findPeers(1, { wanted: 'Hebb,JAX,pytorch-compiled' })
      expect(peers.map((peer) => peer.name)).toEqual(['Hebb'])
      expect(absent.map(({ name }) => name)).toEqual(['PyTorch compiled', 'JAX'])
      expect(absent[1]!.reason).toBe('spawnSync /nowhere/python ENOENT; HEBB_BENCH_PYTHON names a python that can do: import jax')
      await expect(findPeers(1, { wanted: 'jax' })).rejects.toThrow(/^--peers: JAX cannot run here: spawnSync/)
    } finally {
      if (before === undefined) delete process.env.HEBB_BENCH_PYTHON
      else process.env.HEBB_BENCH_PYTHON = before
    }
  })
})

test('the command ends with 2 and the message alone', () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', 'nothing-like-it'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toMatch(/^no work is called 'nothing-like-it': there are xor, [^\n]*\n$/)
  expect(stdout).toBe('')
})

/** The command with `words`, run to its end. */
function bench(...words: string[]) {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...words], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stderr, stdout }
}

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const short = ['--peers', 'hebb', '--rounds', '1', '--seconds', '0.05']

  test('measures a work and writes its numbers down', { timeout: 120_000 }, () => {
    const json = join(folder, 'numbers.json')
    const { status, stderr, stdout } = bench('xor', ...short, '--limit', '--json', json)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^limit: products \d+ GFLOP\/s, memory [\d.]+ GB\/s$/m)
    const report = JSON.parse(readFileSync(json, 'utf8')) as { limit: object; results: object[] }
    expect(report.limit).toEqual({ flops: expect.any(Number), bytes: expect.any(Number), by: 'Hebb' })
    expect(report.results).toEqual([expect.objectContaining({ work: 'xor', peer: 'Hebb' })])
    expect(readdirSync(folder)).toEqual(['numbers.json'])
  })

  test('that was stopped goes on after the last work it finished', { timeout: 120_000 }, async () => {
    const json = join(folder, 'stopped.json')
    const words = ['xor', 'infer-xor', 'matmul', ...short, '--json', json]
    const child = spawn(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...words], { cwd: root })
    let complaints = ''
    child.stderr.on('data', (text: Buffer) => {
      complaints += text.toString()
    })
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('XOR 2-8-2, N 4')) setTimeout(() => child.kill('SIGINT'), 300)
    })
    const [code] = (await once(child, 'close')) as [number]
    expect({ code, complaints }).toEqual({
      code: 130,
      complaints: '\nstopped: npm run bench -- --resume goes on after the last work that is finished\n',
    })
    expect(readdirSync(folder)).toContain('stopped.unfinished.json')
    const { status, stderr, stdout } = bench('--resume', '--json', json)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).not.toContain('XOR 2-8-2, N 4')
    const report = JSON.parse(readFileSync(json, 'utf8')) as { command: string; results: { work: string }[] }
    expect(report.results.map((result) => result.work)).toEqual(['xor', 'matmul', 'infer-xor-1', 'infer-xor-64'])
    expect(report.command).toBe(`npm run bench -- ${words.join(' ')}`)
    expect(readdirSync(folder)).not.toContain('stopped.unfinished.json')
    expect(bench('--resume', '--json', json)).toEqual({
      status: 2,
      stdout: '',
      stderr: `--resume: there is no ${join(folder, 'stopped.unfinished.json')}: no run for ${json} was stopped\n`,
    })
  })
})
