/** The command line of the bench, and what a wrong one gets. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
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
    [['--scale', 'xor'], '--scale has works of its own: name none, and leave --limit and --readme away'],
  ])('%j: says what is wrong', (args, message) => {
    expect(() => optionsOf(args)).toThrow(new UsageError(message))
  })
})

describe('libraries', () => {
  test('are named as printed, case and dashes aside', () => {
    expect(findPeers(1, 'hebb').peers.map((peer) => peer.name)).toEqual(['Hebb'])
    expect(() => findPeers(1, 'hebb,keras')).toThrow(
      /^--peers: no library is called 'keras': there are Hebb, PyTorch, PyTorch compiled, JAX, /,
    )
  })
  test('that cannot run say why, and are an error when nothing else was asked for', () => {
    const before = process.env.HEBB_BENCH_PYTHON
    process.env.HEBB_BENCH_PYTHON = '/nowhere/python'
    try {
      const { peers, absent } = findPeers(1, 'Hebb,JAX,pytorch-compiled')
      expect(peers.map((peer) => peer.name)).toEqual(['Hebb'])
      expect(absent.map(({ name }) => name)).toEqual(['PyTorch compiled', 'JAX'])
      expect(absent[1]!.reason).toBe('spawnSync /nowhere/python ENOENT; HEBB_BENCH_PYTHON names a python that can do: import jax')
      expect(() => findPeers(1, 'jax')).toThrow(/^--peers: JAX cannot run here: spawnSync/)
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

test('the command measures a work and writes its numbers down', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
  const json = join(folder, 'numbers.json')
  try {
    const words = ['xor', '--peers', 'hebb', '--rounds', '1', '--seconds', '0.05', '--limit', '--json', json]
    const { status, stderr, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...words], {
      cwd: root,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^limit: products \d+ GFLOP\/s, memory [\d.]+ GB\/s$/m)
    const report = JSON.parse(readFileSync(json, 'utf8')) as { limit: object; results: object[] }
    expect(report.limit).toEqual({ flops: expect.any(Number), bytes: expect.any(Number), by: 'Hebb' })
    expect(report.results).toEqual([expect.objectContaining({ work: 'xor', peer: 'Hebb' })])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
