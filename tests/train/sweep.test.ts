/** Sweeps: which trials are made, how they are ranked, that a killed one goes on, that other processes do the work. */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  gridSearch,
  halving,
  type Job,
  type Plan,
  processes,
  randomSearch,
  type Space,
  type SweepOptions,
  sweep,
  type Trial,
  type TrialResult,
} from '../../src/index.js'
import { ranked, sweepSection } from '../../src/train/index.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-sweep-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = (name: string): string => join(folder, name)

async function all(trial: Trial, space: Space, options: SweepOptions = {}): Promise<TrialResult[]> {
  const found: TrialResult[] = []
  for await (const t of sweep(trial, space, options)) found.push(t)
  return found
}
const bowl: Trial = async ({ x, y = 0 }) => (Number(x) - 3) ** 2 + (Number(y) + 1) ** 2

/** All rounds of a plan, with scores by `score`. */
function rounds(plan: Plan, space: Space, score: (job: Job) => number, seed = 0): (readonly Job[])[] {
  const steps = plan(space, seed)
  const seen: (readonly Job[])[] = []
  for (let next = steps.next([]); !next.done; next = steps.next(next.value.map(score))) seen.push(next.value)
  return seen
}

describe('plans', () => {
  test('a grid makes every combination once', () => {
    const [jobs] = rounds(gridSearch(), { a: [1, 2], b: ['x', 'y', 'z'], c: [true] }, () => 0)
    expect(jobs!.map(({ settings }) => Object.values(settings).join(' '))).toEqual(
      ['1 x true', '1 y true', '1 z true', '2 x true', '2 y true', '2 z true'], // biome-ignore format: one line
    )
  })

  test('random trials stay within their ranges, and more trials keep the earlier ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 30 }), (seed, n) => {
        const space: Space = { lr: { from: 1e-5, to: 1e-1, scale: 'log' }, width: { from: 4, to: 7, whole: true }, kind: ['a', 'b'] }
        const draw = (trials: number): readonly Job[] => rounds(randomSearch({ trials }), space, () => 0, seed)[0]!
        const jobs = draw(n)
        for (const { settings } of jobs) {
          expect(settings.lr).toBeGreaterThanOrEqual(1e-5)
          expect(settings.lr).toBeLessThanOrEqual(1e-1)
          expect([4, 5, 6, 7]).toContain(settings.width)
          expect(['a', 'b']).toContain(settings.kind)
        }
        expect(draw(n + 5).slice(0, n)).toEqual(jobs)
      }),
    )
  })

  test('a logarithmic range has as many trials in every power of ten', () => {
    const [jobs] = rounds(randomSearch({ trials: 4000 }), { lr: { from: 1e-4, to: 1, scale: 'log' } }, () => 0)
    const decades = [0, 0, 0, 0]
    for (const { settings } of jobs!) decades[Math.min(3, Math.floor(Math.log10(Number(settings.lr)) + 4))]!++
    // a share of ¼ of 4000 has a deviation of 27
    for (const n of decades) expect(Math.abs(n - 1000)).toBeLessThan(140)
  })

  test('halving: 27, 9, 3, 1 trials with 1, 3, 9, 27 to spend, and the best of each round goes on', () => {
    const score = ({ settings, budget }: Job): number => Number(settings.x) / budget!
    const seen = rounds(halving({ least: 1, most: 27 }), { x: Array.from({ length: 27 }, (_, i) => (i * 7) % 27) }, score)
    expect(seen.map((jobs) => jobs.length)).toEqual([27, 9, 3, 1])
    expect(seen.map((jobs) => jobs[0]!.budget)).toEqual([1, 3, 9, 27])
    expect(seen[1]!.map(({ settings }) => settings.x)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(seen[3]![0]!.settings.x).toBe(0)
  })

  test('halving never takes a failed trial further while others live', () => {
    const seen = rounds(halving({ least: 1, most: 3 }), { x: [0, 1, 2, 3, 4, 5] }, ({ settings }) =>
      Number(settings.x) < 4 ? Number.NaN : 1,
    )
    expect(seen[1]!.map(({ settings }) => settings.x)).toEqual([4, 5])
  })

  test.each([
    [() => halving({ least: 0, most: 3 }), 'budget from 0 to 3'],
    [() => halving({ least: 1, most: 3, factor: 1 }), 'factor 1'],
    [() => rounds(gridSearch(), { lr: { from: 0, to: 1 } }, () => 0), 'lr is a range'],
    [() => rounds(gridSearch(), { lr: [] }, () => 0), 'lr has no values'],
    [() => rounds(randomSearch({ trials: 2 }), { lr: { from: 0, to: 1, scale: 'log' } }, () => 0), 'no logarithm'],
    [() => rounds(randomSearch({ trials: 0 }), { lr: [1] }, () => 0), '0 trials'],
  ])('%s says why not', (act, why) => {
    expect(act).toThrow(why)
  })
})

describe('sweep', () => {
  test('finds the bottom of a bowl; ranking by goal', async () => {
    const trials = await all(bowl, { x: [1, 2, 3, 4], y: [-2, -1, 0] })
    expect(trials).toHaveLength(12)
    expect(ranked(trials)[0]).toMatchObject({ settings: { x: 3, y: -1 }, score: 0, name: 'x=3,y=-1' })
    expect(ranked(trials, 'most')[0]).toMatchObject({ settings: { x: 1, y: -2 }, score: 5 })
    expect(JSON.stringify(sweepSection(trials, { score: 'height' }))).toContain('height by x')
  })

  test('halving with goal most lets the highest go on', async () => {
    const trials = await all(
      async ({ x }, { budget }) => Number(x) * budget!,
      { x: [1, 2, 3] },
      { plan: halving({ least: 1, most: 3 }), goal: 'most' },
    )
    expect(trials.map(({ name, round }) => `${round} ${name}`)).toEqual([
      '0 x=1,budget=1',
      '0 x=2,budget=1',
      '0 x=3,budget=1',
      '1 x=3,budget=3',
    ])
    expect(ranked(trials, 'most')[0]!.score).toBe(9)
  })

  test('a trial that throws, or gives no number, is told and ranks last', async () => {
    const trials = await all(
      async ({ x }) => {
        if (x === 1) throw new Error('not this one')
        return x === 2 ? ({ score: 'high' } as never) : 5
      },
      { x: [1, 2, 3] },
    )
    expect(trials.map(({ error }) => error)).toEqual(['not this one', expect.stringContaining('gave no score'), undefined])
    expect(ranked(trials)[0]!.settings.x).toBe(3)
  })

  test('never more trials at a time than workers', async () => {
    let [now, most] = [0, 0]
    const busy: Trial = async ({ x }) => {
      most = Math.max(most, ++now)
      await new Promise((done) => setTimeout(done, 5))
      now--
      return Number(x)
    }
    await all(busy, { x: [1, 2, 3, 4, 5, 6, 7] }, { workers: 3 })
    expect(most).toBe(3)
  })

  test('a journal is gone on with; that of another sweep is not', async () => {
    const journal = path('again.jsonl')
    const calls: number[] = []
    const noted: Trial = async ({ x }) => {
      calls.push(Number(x))
      return Number(x)
    }
    const first = await all(noted, { x: [1, 2, 3] }, { journal })
    const second = await all(noted, { x: [1, 2, 3] }, { journal })
    expect(calls).toEqual([1, 2, 3])
    expect(second.map(({ score, earlier }) => [score, earlier])).toEqual(first.map(({ score }) => [score, true]))
    await expect(all(noted, { x: [1, 2, 4] }, { journal })).rejects.toThrow('belongs to another sweep')
    await expect(all(noted, { x: [1, 2, 3] }, { journal, seed: 1 })).rejects.toThrow('belongs to another sweep')
  })

  test('a line cut by a crash is made again; a failed trial too', async () => {
    const journal = path('torn.jsonl')
    let fails = true
    const shaky: Trial = async ({ x }) => {
      if (fails && x === 2) throw new Error('today not')
      return Number(x)
    }
    await all(shaky, { x: [1, 2] }, { journal })
    appendFileSync(journal, '{"step":9,"kind":"tri')
    fails = false
    const trials = await all(shaky, { x: [1, 2] }, { journal })
    expect(trials.map(({ score, earlier }) => [score, earlier])).toEqual([
      [1, true],
      [2, false],
    ])
    expect((await all(shaky, { x: [1, 2] }, { journal })).every(({ earlier }) => earlier)).toBe(true)
  })

  test('stopping ends it after what is under way, which is not kept', async () => {
    const controller = new AbortController()
    const journal = path('stopped.jsonl')
    const trials = await all(
      async ({ x }) => {
        if (x === 2) controller.abort()
        return Number(x)
      },
      { x: [1, 2, 3] },
      { signal: controller.signal, journal },
    )
    expect(trials.map(({ score }) => score)).toEqual([1])
    expect((await all(bowl, { x: [1, 2, 3] }, { journal })).map(({ earlier }) => earlier)).toEqual([true, false, false])
  })
})

describe('processes', () => {
  const module = new URL('./sweepTrial.ts', import.meta.url)
  const node = ['--import', 'tsx']

  test('two processes share the trials; one that dies or throws fails its trial only', { timeout: 60_000 }, async () => {
    const { trial, close } = processes(module, { node })
    try {
      const trials = await all(trial, { x: [0, 3, 5, 13, 4, 2], dies: [5], wait: [100] }, { workers: 2 })
      const pids = new Set(trials.flatMap(({ numbers }) => (typeof numbers.pid === 'number' ? [numbers.pid] : [])))
      expect(pids.size).toBeGreaterThanOrEqual(2)
      expect(pids).not.toContain(process.pid)
      const by = new Map(trials.map((t) => [t.settings.x, t]))
      expect(by.get(5)!.error).toContain('its process ended (code 7)')
      expect(by.get(13)!.error).toBe('thirteen')
      expect([0, 3, 4, 2].map((x) => by.get(x)!.score)).toEqual([10, 1, 2, 2])
    } finally {
      close()
    }
  })

  test('killed with kill -9, it goes on: nothing finished is made again, no process stays behind', { timeout: 120_000 }, async () => {
    const [journal, log] = [path('killed.jsonl'), path('killed.log')]
    const runner = fileURLToPath(new URL('./sweepRunner.ts', import.meta.url))
    const start = (): ChildProcess =>
      spawn(process.execPath, ['--import', 'tsx', runner, journal, log], { stdio: ['ignore', 'pipe', 'inherit'] })
    const first = start()
    const lines = await new Promise<string[]>((resolve) => {
      let out = ''
      first.stdout!.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out.split('\n').length > 4) first.kill('SIGKILL')
      })
      first.on('close', () => resolve(out.trim().split('\n')))
    })
    expect(lines.length).toBeGreaterThanOrEqual(4)
    expect(lines.length).toBeLessThan(12)
    const workers = [...new Set(readFileSync(log, 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[0])))] // biome-ignore format: one line
    await expect.poll(() => workers.filter(alive), { timeout: 20_000 }).toEqual([])

    const finished = readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"kind":"trial"')).length
    const second = start()
    const again = await new Promise<string[]>((resolve) => {
      let out = ''
      second.stdout!.on('data', (chunk: Buffer) => {
        out += chunk.toString()
      })
      second.on('close', () => resolve(out.trim().split('\n')))
    })
    expect(again).toHaveLength(12)
    expect(again.filter((line) => line.startsWith('read'))).toHaveLength(finished)
    expect(finished).toBeGreaterThanOrEqual(lines.length)
    const scores = Object.fromEntries(again.map((line) => [/x=\d,y=\w/.exec(line)![0], Number(line.split(' ').at(-1))]))
    for (const x of [0, 1, 2, 3, 4, 5]) for (const y of ['a', 'b']) expect(scores[`x=${x},y=${y}`]).toBe((x - 3) ** 2 + (y === 'b' ? 0 : 1))
    const made = readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split(' ')[1]) // biome-ignore format: one line
    // at most the two that were under way when it died were begun twice
    expect(made.length - new Set(made).size).toBeLessThanOrEqual(2)
    expect(existsSync(journal)).toBe(true)
  })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
