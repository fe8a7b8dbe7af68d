import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { machine, Watch } from '../../bench/machine.js'
import { type Peer, runWork } from '../../bench/run.js'
import { geometricMean, powerLaw, quantile, summarize } from '../../bench/stats.js'
import { align, meanRatio, pageTable, type Report, showMeans, showMs, showWork, withTable } from '../../bench/table.js'
import { decode } from '../../bench/works/gpt.js'
import { works, worksNamed, worksOnDemand } from '../../bench/works/index.js'
import { matmul } from '../../bench/works/matmul.js'
import { xor } from '../../bench/works/mlp.js'

describe('statistics', () => {
  test('quantiles lie between neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
    expect(quantile([7], 0.9)).toBe(7)
    expect(() => quantile([], 0.5)).toThrow('quantile of nothing')
    expect(summarize([3, 1, 2])).toEqual({ median: 2, low: 1.5, high: 2.5, count: 3 })
  })
  test('the geometric mean is the same whichever way round ratios are taken', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12)
    expect(geometricMean([0.5, 0.125])).toBeCloseTo(1 / 4, 12)
    expect(geometricMean([0.7])).toBeCloseTo(0.7, 12)
    expect(() => geometricMean([])).toThrow('geometric mean of nothing')
    expect(() => geometricMean([1, 0])).toThrow('geometric mean of 0')
  })
  test('a power law is found exactly, and through noise by least squares', () => {
    const points = [1, 2, 4, 8].map((x) => ({ x, y: 3 * x ** 1.7 }))
    expect(powerLaw(points).slope).toBeCloseTo(1.7, 12)
    expect(powerLaw(points).factor).toBeCloseTo(3, 12)
    // logarithms of y: 0, 1, 0 at 0, 1, 2: flat
    expect(
      powerLaw([
        { x: 1, y: 1 },
        { x: 2, y: 2 },
        { x: 4, y: 1 },
      ]).slope,
    ).toBeCloseTo(0, 12)
    expect(() =>
      powerLaw([
        { x: 2, y: 1 },
        { x: 2, y: 2 },
      ]),
    ).toThrow('a slope needs two different x, these points have x 2, 2')
  })
})

describe('works', () => {
  test('have names of their own and are found by a beginning', () => {
    expect(new Set(works.map((work) => work.name)).size).toBe(works.length)
    expect(worksNamed(['gpt', 'xor']).map((work) => work.name)).toEqual(['xor', 'gpt-small', 'gpt-medium', 'gpt-words'])
    expect(worksNamed([])).toBe(works)
    expect(() => worksNamed(['rnn'])).toThrow(/^no work is called 'rnn': there are xor, .*, gpt-100m, /)
    expect(() => worksNamed([''])).toThrow("no work is called ''")
  })
  test('that are large run only when they are named', () => {
    expect(works.filter((work) => worksOnDemand.includes(work))).toEqual([])
    expect(worksNamed(['gpt-100m', 'memory', 'xor']).map((work) => work.name)).toEqual([
      'xor',
      'gpt-100m',
      'memory-plain',
      'memory-checkpoint',
    ])
  })
  test('are plain data', () => expect(JSON.parse(JSON.stringify([...works, ...worksOnDemand]))).toEqual([...works, ...worksOnDemand]))
})

describe('a run', () => {
  const file = fileURLToPath(new URL('fakePeer.mjs', import.meta.url))
  const peer = (name: string): Peer => ({ name, command: { file: process.execPath, args: [file, name] } })
  test('takes turns, and goes on without those that refuse, die, diverge or do not start', async () => {
    const absent: Peer = { name: 'absent', command: { file: '/nonexistent/python', args: [] } }
    const peers = [peer('works'), peer('refuses'), peer('dies'), peer('diverges'), absent]
    const { results, skips } = await runWork(xor, peers, { threads: 2, rounds: 3, seconds: 0.002, watch: new Watch() })
    expect(results).toEqual([
      {
        ...{ work: 'xor', peer: 'works', version: '1.0 on 2', firstCallMs: 5, peakMb: 64, first: 2, last: 1 / 17 },
        step: { median: 0.5, low: 0.5, high: 0.5, count: 12 },
      },
    ])
    expect(Object.fromEntries(skips.map((skip) => [skip.peer, skip.reason]))).toEqual({
      refuses: 'no such layer',
      dies: 'its process ended with code 3: out of luck',
      diverges: 'its result became null',
      absent: 'spawn /nonexistent/python ENOENT',
    })
  })
})

describe('tables', () => {
  const result = (work: string, peer: string, median: number) => ({
    ...{ work, peer, version: '1', firstCallMs: 10, peakMb: 100, first: 2, last: 1 },
    step: { median, low: median / 2, high: median * 2, count: 9 },
  })
  const report: Report = {
    date: '2026-01-02T03:04:05.000Z',
    command: 'npm run bench',
    machine: { processor: 'Abacus', cores: 2, memoryGb: 4, system: 'linux x64 6', node: 'v20.0.0' },
    threads: 2,
    rounds: 3,
    others: 0,
    works: [xor, matmul],
    peers: ['Hebb', 'PyTorch', 'jax-js'],
    results: [result('xor', 'Hebb', 0.01), result('xor', 'PyTorch', 0.5), result('matmul', 'PyTorch', 10.74)],
    skips: [{ work: 'matmul', peer: 'Hebb', reason: 'too tired\nfar below' }],
  }
  test('a work in the terminal', () => {
    expect(showWork(report, xor)).toMatchInlineSnapshot(`
      "XOR 2-8-2, N 4
                 median ms       quartiles  Hebb takes  first call ms  peak MB           loss
        Hebb         0.010  0.0050 – 0.020                         10      100  2.000 → 1.000
        PyTorch       0.50     0.25 – 1.00       0.02×             10      100  2.000 → 1.000"
    `)
    expect(showWork(report, matmul)).toMatchInlineSnapshot(`
      "matmul 1024³
                 median ms    quartiles  Hebb takes  first call ms  peak MB  GFLOP/s
        PyTorch       10.7  5.37 – 21.5                         10      100      200
        Hebb skipped: too tired"
    `)
  })
  test('the page: columns for those that ran, and how the numbers were made', () => {
    expect(pageTable(report)).toMatchInlineSnapshot(`
      "| median ms a step | Hebb | PyTorch | Hebb / PyTorch |
      |---|---:|---:|---:|
      | XOR 2-8-2, N 4 | 0.010 | 0.50 | 0.02 |
      | matmul 1024³ |  | 10.7 |  |
      | geometric mean of Hebb / each |  | 0.02 of 1 | 0.02 |

      Training steps in fp32 with Adam (transformers: AdamW), forward, backward and update, the loss read every step; convolutions, the
      product, updates, inference and tokens alone. "x of n" is over the n works both libraries did. \`npm run bench\` on 2026-01-02, Abacus, 2 of 2 threads, linux x64 6, Node 20.0.0; Hebb 1, PyTorch 1."
    `)
    const medium = { ...xor, name: 'mlp-medium', title: 'MLP' }
    const more = { ...report, works: [...report.works, medium], results: [...report.results, result('mlp-medium', 'Hebb', 2)] }
    expect(pageTable(more, { short: true })).toContain('|---|---:|---:|---:|\n| MLP | 2.00 |  |  |\n| geometric mean of Hebb / each')
    const markers = 'a\n<!-- bench: made by npm run bench -- --readme -->\nold\n<!-- /bench -->\nb'
    expect(withTable('README.md', markers, 'new')).toBe('a\n<!-- bench: made by npm run bench -- --readme -->\nnew\n<!-- /bench -->\nb')
    expect(() => withTable('README.md', 'a', 'new')).toThrow('README.md has no place for the numbers')
  })
  test('a token: how many a second', () => {
    const [work] = decode
    const both = { ...report, works: [work!], results: [result(work!.name, 'Hebb', 0.5), result(work!.name, 'PyTorch', 2)] }
    expect(showWork(both, work!)).toMatchInlineSnapshot(`
      "GPT 0.8 M: one token at T 1
                 median ms    quartiles  Hebb takes  first call ms  peak MB  tokens/s
        Hebb          0.50  0.25 – 1.00                         10      100      2000
        PyTorch       2.00  1.00 – 4.00       0.25×             10      100       500"
    `)
  })
  test('means: over the works that both did', () => {
    const results = [...report.results, result('matmul', 'Hebb', 10.74), result('xor', 'jax-js', 0.005)]
    expect(showMeans({ ...report, results })).toEqual([
      'Hebb / PyTorch: 0.14, geometric mean over 2 works',
      'Hebb / jax-js: 2.00, geometric mean over 1 work',
    ])
    expect(meanRatio(report, 'jax-js')).toBeUndefined()
    expect(showMeans({ ...report, results: [] })).toEqual([])
  })
  test('numbers keep three digits, rows line up', () => {
    expect([1234, 56.78, 1.234, 0.5, 0.01234].map(showMs)).toEqual(['1234', '56.8', '1.23', '0.50', '0.012'])
    expect(
      align([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toEqual(['a    bb', 'ccc   d'])
  })
})

test('the machine is described, and what others use is a share', () => {
  expect(machine().cores).toBeGreaterThan(0)
  const others = new Watch().others()
  if (others !== undefined) expect(others).toBeLessThanOrEqual(1)
})
