/** `run` itself: locks, resuming, the journal to the line, parts that refuse, ranks. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  curvesOf,
  fit,
  LockedError,
  numbersIn,
  type Plain,
  type Run,
  type RunOptions,
  readJournal,
  run,
  type Stateful,
  seriesOf,
  stateful,
  weightsOf,
} from '../../src/index.js'
import { bytesOf, network, settings, task, throughFile } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-runs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

interface Counted {
  readonly kind: 'step'
  readonly step: number
  readonly count: number
}
type Counter = { count: number } & Stateful
/** Counts to `steps`, by a part. */
const counting = (steps: number, options: RunOptions = {}, count: Counter = stateful({ count: 0 })): Run<Counted> =>
  run({ count }, { ...options, settings: { by: 1 } }, async function* (r) {
    while (r.step < steps && (await r.goesOn())) {
      count.count++
      r.step++
      if (r.due) yield r.event({ kind: 'step' as const, count: count.count })
    }
  })

test('two runs with one checkpoint, or one journal, are locked: the second says who has it, and files are free afterwards', async () => {
  for (const options of [{ checkpoint: at('one.safetensors') }, { journal: at('one.jsonl') }]) {
    const first = counting(3, options)
    await first.next()
    const error = await Promise.resolve(counting(3, options)).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(LockedError)
    expect((error as Error).message).toMatch(/^run: .*one\.\w+ is in use by this process/)
    await first
  }
  const options = { ...settings(), checkpoint: at('two.safetensors') }
  const results = await Promise.allSettled([fit(network(), task(), options), fit(network(), task(), options)])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await fit(network(), task(), options)
  expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('resume: true goes on where the checkpoint is there, and begins where it is not', async () => {
  const files = { checkpoint: at('on.safetensors'), journal: at('on.jsonl'), resume: true }
  expect((await counting(3, files))?.count).toBe(3)
  expect((await counting(7, files))?.count).toBe(7)
  expect((await readJournal(files.journal)).map(({ step, count }) => [step, count])).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => [n, n]))
  // finished: nothing is done again
  expect(await counting(7, files)).toBeUndefined()
  expect(() => counting(3, { resume: true })).toThrow('there is none: give { checkpoint: path }')
  await expect(Promise.resolve(counting(3, { resume: at('nowhere.safetensors') }))).rejects.toThrow('there is no such file')
  // a journal that is there belongs to someone
  await expect(Promise.resolve(counting(3, { journal: files.journal }))).rejects.toThrow('already holds the journal of a run')
})

test('an event of the step of the checkpoint, told after it was written, does not stand twice', async () => {
  const files = { checkpoint: { path: at('same.safetensors'), seconds: 1e9 }, journal: at('same.jsonl'), resume: true }
  const body = (dies: boolean): Run<{ kind: string }> => {
    const place = stateful({ done: 0 })
    return run({ place }, files, async function* (r) {
      while (place.done < 4 && (await r.goesOn())) {
        r.step = 1
        place.done++
        if (place.done === 2) await r.save()
        if (place.done === 3 && dies) throw new Error('power cut')
        yield r.event({ kind: String(place.done) })
      }
    })
  }
  await expect(Promise.resolve(body(true))).rejects.toThrow('power cut')
  await body(false)
  expect((await readJournal(files.journal)).map(({ kind }) => kind)).toEqual(['1', '3', '4'])
})

test('a part that refuses its state is named, and no part has changed', async () => {
  const path = at('parts.safetensors')
  await counting(5, { checkpoint: path })
  const count = stateful({ count: 0 })
  const refusing: Stateful = {
    state: () => ({ plain: 1 }),
    check: () => {
      throw new Error('not with me')
    },
    restore: () => {},
  }
  const go = (parts: Record<string, Stateful>, by: Plain = 1): Promise<unknown> =>
    Promise.resolve(run(parts, { resume: path, settings: { by: Number(by) } }, async function* () {}))
  await expect(go({ count }, 2)).rejects.toThrow(/parts\.safetensors is from another run: by was 1, is 2/)
  await expect(go({ count, other: refusing })).rejects.toThrow('has the parts count, this run has count, other')
  await expect(go({ count: refusing })).rejects.toThrow(/does not fit this run: count: not with me/)
  await expect(go({ count: stateful({ count: 'three' }) })).rejects.toThrow('count is 5, not a string')
  expect(count.count).toBe(0)
  expect(() => run({ count: {} as never }, {}, async function* () {})).toThrow('the part count has no state and no check and no restore')
  expect(() => run({ 'a/b': count }, {}, async function* () {})).toThrow('give a name without /')
})

test('state is exact: every number, every text; what is no plain data is refused by its place', async () => {
  const strange = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0.1,
    1e300,
    'nan',
    '-inf',
    '\\nan',
    '',
    '"\u2028',
    null,
    true,
  ]
  const from = stateful({ strange, nested: { a: { b: strange } } as Plain })
  const to = stateful({ strange: [] as Plain, nested: {} as Plain })
  await throughFile(at('exact.safetensors'), from, to)
  expect({ ...to }).toEqual({ ...from })
  expect(Object.is((to.strange as number[])[3], -0)).toBe(true)
  const bad: Stateful = { state: () => ({ plain: { seen: { list: [new Map()] } } as never }), check: () => {}, restore: () => {} }
  await expect(throughFile(at('bad.safetensors'), bad, to)).rejects.toThrow('the state.parts.part.seen.list[0] is a Map')
  expect(existsSync(at('bad.safetensors'))).toBe(false)
})

test('weightsOf saves and restores a model that nobody trains', async () => {
  const [a, b] = [network(), network()]
  await fit(a, task(), settings())
  await throughFile(at('weights.safetensors'), weightsOf(a), weightsOf(b))
  expect(bytesOf(b)).toBe(bytesOf(a))
})

test('a verdict that ends the run on one rank ends it on all, and rank 0 alone writes', async () => {
  const asked: Plain[][] = [[], []]
  // two ranks in one process: gather waits until both have given their value
  const given: Plain[] = []
  let [waiting, all] = [[] as (() => void)[], [] as Plain[]]
  const gather = async (rank: number, value: Plain): Promise<never> => {
    asked[rank]!.push(value)
    given[rank] = value
    if (waiting.length === 0) await new Promise<void>((go) => waiting.push(go))
    else {
      all = [...given]
      for (const go of waiting) go()
      waiting = []
    }
    return all as never
  }
  const world = (rank: number) => ({
    rank,
    size: 2,
    allReduce: () => {},
    barrier: async () => {},
    gather: (value: Plain) => gather(rank, value) as never,
  })
  const stopper = new AbortController()
  const runs = [0, 1].map((rank) =>
    counting(100, { world: world(rank), checkpoint: at(`rank${rank}.safetensors`), ...(rank === 1 && { signal: stopper.signal }) }),
  )
  const last = async (each: Run<Counted>): Promise<number> => {
    let step = 0
    for await (const e of each) {
      step = e.step
      if (step === 5) stopper.abort()
    }
    return step
  }
  const [one, other] = await Promise.all(runs.map(last))
  expect(one).toBe(other)
  expect(one).toBeLessThan(8)
  expect(existsSync(at('rank0.safetensors'))).toBe(true)
  expect(existsSync(at('rank1.safetensors'))).toBe(false)
})

test("fit's journal holds its events as they are, and curves find numbers by their names", async () => {
  const journal = at('fit.jsonl')
  const told: object[] = []
  for await (const e of fit(network(), task(), { ...settings(), every: 1, validation: task(12), journal })) told.push(e)
  const events = await readJournal(journal)
  expect(events).toEqual(told)
  expect(readFileSync(journal, 'utf8').split('\n')).toHaveLength(told.length + 1)
  const epochs = events.filter(({ kind }) => kind === 'epoch')
  expect(numbersIn(epochs[0]!)['validation.loss']).toBe((epochs[0] as never as { validation: { loss: number } }).validation.loss)
  const { curves, epochs: ends } = curvesOf(events, { validation: 'test' })
  expect(curves.map(({ title, series }) => [title, ...series.map(({ name, points }) => `${name} ${points.length}`)])).toEqual([
    ['Loss', `training ${events.length - 3}`, 'test 3'],
  ])
  expect(ends).toEqual(epochs.map(({ step }) => step))
  expect(seriesOf('loss', events, 'loss', 'epoch').points).toHaveLength(3)
})
