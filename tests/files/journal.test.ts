import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JournalEvent, openJournal, readJournal } from '../../src/files/journal.js'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-journal-'))
  path = join(folder, 'metrics.jsonl')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing thrown',
    (e: Error) => e.message,
  )

/** A journal of the given steps, closed. */
async function journalOf(...steps: number[]): Promise<void> {
  const journal = await openJournal(path)
  for (const step of steps) journal.write({ step, loss: 1 / step })
  journal.close()
}
const stepsIn = async (): Promise<number[]> => (await readJournal(path)).map((event) => event.step)

describe('writing and reading', () => {
  test('one line an event, at once, numbers of every kind', async () => {
    const journal = await openJournal(path)
    journal.write({ step: 1, loss: Number.NaN, norm: Number.POSITIVE_INFINITY, deep: { low: [Number.NEGATIVE_INFINITY, -0, 1e-300] } })
    const line = '{"step":1,"loss":"nan","norm":"inf","deep":{"low":["-inf",0,1e-300]}}\n'
    expect(await readFile(path, 'utf8')).toBe(line)
    journal.write({ step: 1, name: 'grün\n"x"', absent: undefined, none: null })
    expect(await readFile(path, 'utf8')).toBe(`${line}{"step":1,"name":"grün\\n\\"x\\"","none":null}\n`)
    expect(await readJournal(path)).toEqual([
      { step: 1, loss: Number.NaN, norm: Number.POSITIVE_INFINITY, deep: { low: [Number.NEGATIVE_INFINITY, 0, 1e-300] } },
      { step: 1, name: 'grün\n"x"', none: null },
    ])
    journal.sync()
    journal.close()
  })

  test('any events come back', async () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null))
    const words = ['nan', 'inf', '-inf']
    const event = fc.record({ a: value, b: fc.array(value, { maxLength: 3 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 8 }), async (events) => {
        const journal = await openJournal(path, { overwrite: true })
        events.forEach((e, step) => {
          journal.write({ ...e, step })
        })
        journal.close()
        const zero = (x: unknown): unknown =>
          Object.is(x, -0) ? 0 : typeof x === 'string' && words.includes(x) ? Number(x.replace('inf', 'Infinity')) : x
        expect(await readJournal(path)).toEqual(events.map(({ a, b }, step) => ({ a: zero(a), b: b.map(zero), step })))
      }),
      { numRuns: 50 },
    )
  })

  test('an earlier journal is not lost by accident', async () => {
    await journalOf(1, 2)
    expect(await failure(openJournal(path))).toBe(
      `${path} already holds the journal of a run. Resume it, overwrite it, or choose another name.`,
    )
    expect(await stepsIn()).toEqual([1, 2])
    const journal = await openJournal(path, { overwrite: true })
    journal.close()
    expect(await stepsIn()).toEqual([])
  })

  test('steps do not go back, and are numbers', async () => {
    const journal = await openJournal(path)
    journal.write({ step: 3 })
    expect(() => journal.write({ step: 2 })).toThrow(`${path}: an event of step 2 cannot follow one of step 3`)
    expect(() => journal.write({ step: Number.NaN })).toThrow('an event of step NaN cannot follow')
    journal.close()
  })

  test('no folder, no file, a line that is no event', async () => {
    const lost = join(folder, 'none', 'metrics.jsonl')
    expect(await failure(openJournal(lost))).toBe(`cannot write ${lost}: its folder does not exist (ENOENT). Create the folder first.`)
    expect(await failure(readJournal(path))).toBe(`cannot read ${path}: there is no such file (ENOENT). Check the path.`)
    await writeFile(path, '{"step":1}\n{"step":\n{"step":3}\n')
    expect(await failure(readJournal(path))).toBe(
      `cannot read ${path}: line 2 is no event: "{\\"step\\":". Remove the line, or start a new journal.`,
    )
    await writeFile(path, '{"loss":1}\n')
    expect(await failure(readJournal(path))).toContain('line 1 is no event')
  })
})

describe('resuming', () => {
  test.each([
    [2, [1, 2, 2, 9]],
    [0, [9]],
    [7, [1, 2, 2, 3, 5, 9]],
  ])('from step %i keeps what was before it', async (resume, expected) => {
    await journalOf(1, 2, 2, 3, 5)
    const journal = await openJournal(path, { resume })
    journal.write({ step: 9 })
    journal.close()
    expect(await stepsIn()).toEqual(expected)
  })

  test('a journal cut at any byte loads, and goes on whole', async () => {
    await journalOf(1, 2, 3)
    const text = await readFile(path)
    const ends = [...text].flatMap((byte, i) => (byte === 10 ? [i + 1] : []))
    for (let cut = 0; cut <= text.length; cut++) {
      await writeFile(path, text.subarray(0, cut))
      const whole = ends.filter((end) => end <= cut).map((_, i) => i + 1)
      expect(await stepsIn()).toEqual(whole)
      const journal = await openJournal(path, { resume: 99 })
      journal.write({ step: 99 })
      journal.close()
      expect(await stepsIn()).toEqual([...whole, 99])
    }
  })

  test('zeros that a crash of the machine left at the end are cut off', async () => {
    await journalOf(1, 2)
    const length = (await readFile(path)).length
    await truncate(path, length + 500)
    expect(await stepsIn()).toEqual([1, 2])
    await appendFile(path, '\n')
    expect(await stepsIn()).toEqual([1, 2])
    ;(await openJournal(path, { resume: 2 })).close()
    expect((await readFile(path)).length).toBe(length)
  })

  test.each([
    ['a line broken off', '{"step":3,"lo\n', 9, [1, 2]],
    ['several', 'x\n\0\0\n{"loss":1}\n', 9, [1, 2]],
    ['and one without its end', 'x\n{"step":', 9, [1, 2]],
    ['and later steps', '{"st\n{"step":7}\n{"step":8}\n', 6, [1, 2]],
  ])('broken lines at the end are mended: %s', async (_, end, resume, expected) => {
    await journalOf(1, 2)
    await appendFile(path, end)
    const journal = await openJournal(path, { resume })
    journal.write({ step: 9 })
    journal.close()
    expect(await stepsIn()).toEqual([...expected, 9])
  })

  test('a broken line before good ones is told, not cut off with them', async () => {
    await journalOf(1, 2)
    await appendFile(path, '{"step":3\n{"step":4}\n')
    expect(await failure(openJournal(path, { resume: 4 }))).toContain('line 3 is no event')
    expect(await readFile(path, 'utf8')).toContain('{"step":4}\n')
  })

  test('of two that write to one journal the second is told, and no line is lost', async () => {
    await journalOf(1)
    const [a, b] = [await openJournal(path, { resume: 1 }), await openJournal(path, { resume: 1 })]
    a.write({ step: 2 })
    expect(() => b.write({ step: 2 })).toThrow(/another process writes to it\. Give each run a file of its own\.$/)
    a.write({ step: 3 })
    a.close()
    b.close()
    expect(await stepsIn()).toEqual([1, 2, 3])
  })

  test('without an earlier file it begins', async () => {
    const journal = await openJournal(path, { resume: 5 })
    journal.write({ step: 6 })
    journal.close()
    expect(await stepsIn()).toEqual([6])
  })
})

test('kill -9: every line written is there, none is torn', async () => {
  const child = fileURLToPath(new URL('./scribe.ts', import.meta.url))
  for (let round = 0; round < 3; round++) {
    const scribe = spawn(process.execPath, ['--import', 'tsx', child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    scribe.stdout.on('data', (text) => {
      said += text
    })
    await once(scribe.stdout, 'data')
    await new Promise((done) => setTimeout(done, Math.random() * 60))
    const gone = once(scribe, 'close')
    scribe.kill('SIGKILL')
    await gone
    const events: JournalEvent[] = await readJournal(path)
    const claimed = Number(said.split('\n').at(-2)) // what follows the last newline may be cut
    expect(events.length).toBeGreaterThanOrEqual(claimed)
    expect(events.map((e) => e.step)).toEqual(events.map((_, i) => i))
  }
})
