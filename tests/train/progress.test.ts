import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { type ProgressOptions, progress } from '../../src/train/progress.js'
import { formatDuration, formatField, progressLine } from '../../src/train/progressLine.js'

/** Escape characters made visible. */
const shown = (text: string): string => text.replaceAll('\x1b', '␛')

/** A stream that remembers, and a clock that is set. */
function stage(options: ProgressOptions & { tty?: boolean; columns?: number } = {}) {
  const written: string[] = []
  const clock = { ms: 0 }
  const { tty = false, columns = 80, ...rest } = options
  const stream = { write: (text: string) => written.push(text), isTTY: tty, columns }
  return { written, clock, stream, bar: progress(stream, { now: () => clock.ms, color: false, ...rest }) }
}

describe('the line', () => {
  const parts = {
    label: 'epoch 1/3',
    done: 30,
    total: 60,
    fields: { loss: 0.0412, accuracy: 0.98711, 'img/s': 12345.6 },
    time: '1:05 left',
  }

  test('whole, and what goes first when it is narrow', () => {
    const at = (width: number): string => progressLine({ ...parts, width })
    expect([100, 80, 75, 69, 50, 35, 24, 12, 3].map(at)).toEqual([
      'epoch 1/3  ━━━━━━━━━━━━━─────────────  50 %  loss 0.04120  accuracy 98.71 %  12,346 img/s  1:05 left',
      'epoch 1/3  ━━━───  50 %  loss 0.04120  accuracy 98.71 %  12,346 img/s  1:05 left',
      'epoch 1/3  50 %  loss 0.04120  accuracy 98.71 %  12,346 img/s  1:05 left',
      'epoch 1/3  ━━━━╸────  50 %  loss 0.04120  accuracy 98.71 %  1:05 left',
      'epoch 1/3  ━━━━────  50 %  loss 0.04120  1:05 left',
      'epoch 1/3  50 %  loss 0.04120',
      'epoch 1/3  ━━━╸───  50 %',
      'epoch 1/3  …',
      'ep…',
    ])
  })

  test('never wider than asked for, whatever stands in it', () => {
    const field = fc.oneof(fc.double(), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(
        fc.record({
          label: fc.string({ unit: 'grapheme' }),
          done: fc.double({ noNaN: true }),
          total: fc.integer({ min: 0, max: 1000 }),
          fields: fc.dictionary(fc.string({ unit: 'binary' }), field, { maxKeys: 5 }),
          time: fc.constantFrom('', '1:05 left'),
          width: fc.integer({ min: 1, max: 120 }),
          color: fc.boolean(),
        }),
        (any) => {
          const line = progressLine(any)
          expect(stringWidth(line)).toBeLessThanOrEqual(any.width)
          expect(shown(line).replaceAll(/␛\[(36|2|0)m/g, '')).not.toMatch(/\p{Cc}/u)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('fields as they are read best', () => {
    const fields: [string, number | string, string][] = [
      ['loss', 2.12345, 'loss 2.123'],
      ['loss', 0.5, 'loss 0.5000'],
      ['loss', 1.5e-7, 'loss 1.5e-7'],
      ['loss', Number.NaN, 'loss NaN'],
      ['validation accuracy', 1, 'validation accuracy 100.00 %'],
      ['img/s', 1234567.8, '1,234,568 img/s'],
      ['steps/s', 1.2345, '1.23 steps/s'],
      ['lr', 0.001, 'lr 0.001'],
      ['step', 12000, 'step 12,000'],
      ['best', 'epoch 3', 'best epoch 3'],
    ]
    expect(fields.map(([name, value]) => formatField(name, value))).toEqual(fields.map(([, , text]) => text))
    expect([0, 999, 59_600, 725_000, 3_753_000, 360_000_000].map(formatDuration)).toEqual([
      '0:00',
      '0:01',
      '1:00',
      '12:05',
      '1:02:33',
      '100:00:00',
    ])
  })
})

describe('in a pipe', () => {
  test('a line every 10 %, or every 10 seconds where that is sooner, and at milestones', () => {
    const { written, clock, bar } = stage({ total: 1000, label: 'epoch 1/2' })
    for (let done = 0; done <= 500; done++) {
      clock.ms += 10
      bar.update({ done, fields: { loss: 1 } })
    }
    expect(written).toHaveLength(5)
    expect(written[4]).toBe('epoch 1/2  50 %  loss 1  0:05 left\n')
    for (let done = 501; done < 520; done++) {
      clock.ms += 3000
      bar.update({ done })
    }
    expect(written).toHaveLength(5 + 4)
    bar.update({ done: 520, milestone: true, label: 'epoch 2/2' })
    expect(written.at(-1)).toMatch(/^epoch 2\/2 {2}52 % {2}\d+:\d\d left\n$/)
    bar.note('saved\x1b[2J')
    expect(written.at(-1)).toBe('saved [2J\n')
    const before = written.length
    bar.done()
    bar.done()
    bar.update({ done: 900 })
    expect(written).toHaveLength(before)
    expect(shown(written.join(''))).not.toMatch(/[␛\r]/)
  })

  test('the end is always said', () => {
    const { written, clock, bar } = stage({ total: 100 })
    clock.ms = 2000
    bar.update({ done: 99 })
    bar.update({ done: 100 })
    bar.done()
    expect(written).toEqual(['100 %  in 0:02\n'])
    const stopped = stage({ total: 100, label: 'a' })
    stopped.bar.update({ done: 5 })
    stopped.bar.done()
    expect(stopped.written).toEqual(['a  5 %  stopped after 0:00\n'])
    const silent = stage({ total: 100 })
    silent.bar.done()
    expect(silent.written).toEqual([])
  })

  test('a run that resumes does not count what was done before', () => {
    const { written, clock, bar } = stage({ total: 1000 })
    bar.update({ done: 500 })
    clock.ms = 10_000
    bar.update({ done: 600 })
    expect(written).toEqual(['60 %  0:40 left\n'])
  })

  test('without a total it counts', () => {
    const { written, clock, bar } = stage()
    clock.ms = 10_000
    bar.update({ done: 12345, fields: { loss: 0.5 } })
    expect(written).toEqual(['12,345  loss 0.5000\n'])
  })
})

describe('on a terminal', () => {
  test('at most ten drawings a second, each over the last, cursor hidden and given back', () => {
    const { written, clock, bar } = stage({ total: 2000, tty: true, columns: 60 })
    for (let done = 1; done <= 2000; done++) {
      clock.ms += 1
      bar.update({ done, fields: { loss: 0.5 } })
    }
    expect(written.length).toBeLessThanOrEqual(21)
    expect(written.length).toBeGreaterThanOrEqual(19)
    for (const text of written) expect(shown(text)).toMatch(/^␛\[\?25l\r[^\n\r]*␛\[K$/)
    bar.done()
    expect(shown(written.at(-2)!)).toMatch(/\r━+ {2}100 % {2}loss 0\.5000 {2}in 0:02␛\[K\n$/)
    expect(written.at(-1)).toBe('\x1b[?25h')
  })

  test('follows the terminal when it is made narrower', () => {
    const { written, clock, stream, bar } = stage({ total: 10, tty: true, columns: 100, label: 'epoch' })
    bar.update({ done: 5 })
    stream.columns = 20
    clock.ms = 100
    bar.update({ done: 6 })
    const widths = written.map((text) => stringWidth(text.replace('\r', '')))
    expect(widths[0]).toBeGreaterThan(40)
    expect(widths[1]).toBeLessThan(20)
  })

  test('milestones and notes stay', () => {
    const { written, bar } = stage({ total: 10, tty: true })
    bar.update({ done: 5, milestone: true })
    bar.update({ done: 6 })
    bar.note('saved')
    bar.done()
    const lines = shown(written.join('')).split('\n')
    expect(
      lines.map((line) =>
        line
          .split('\r')
          .at(-1)!
          .replaceAll(/␛\[[?\w]+|[━╸─]+ */g, '')
          .trim(),
      ),
    ).toEqual(['50 %', 'saved', '60 %  stopped after 0:00', ''])
  })

  test('colours unless NO_COLOR says no', () => {
    const colored = stage({ total: 10, tty: true, color: true })
    colored.bar.update({ done: 5 })
    expect(colored.written[0]).toContain('\x1b[36m')
    const written: string[] = []
    progress({ write: (text) => written.push(text), isTTY: true }, { total: 10 }).update({ done: 5 }) // the tests set NO_COLOR
    expect(process.env.NO_COLOR).toBeTruthy()
    expect(shown(written[0]!)).not.toMatch(/␛\[\d+m/)
  })

  test('listens to the process only while it runs', () => {
    const count = (): number[] => ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name))
    const before = count()
    const { bar } = stage({ total: 10, tty: true })
    expect(count()).toEqual(before.map((n) => n + 1))
    bar.done()
    expect(count()).toEqual(before)
    stage({ total: 10 })
    expect(count()).toEqual(before)
  })
})

describe('a process that ends in the middle', () => {
  const child = fileURLToPath(new URL('./walker.ts', import.meta.url))
  const run = (how: string) => spawnSync(process.execPath, ['--import', 'tsx', child, how], { encoding: 'utf8', timeout: 30_000 })

  test.each([
    ['exit', 3, null],
    ['throw', 1, null],
    ['SIGINT', null, 'SIGINT'],
    ['SIGTERM', null, 'SIGTERM'],
    ['SIGINT with a listener', 7, null],
  ])('%s: the cursor comes back, the end is as it would have been, stdout stays empty', (how, status, signal) => {
    const { stdout, stderr, ...end } = run(how)
    expect([end.status, end.signal]).toEqual([status, signal])
    expect(stdout).toBe('')
    expect(stderr).toContain('\x1b[?25l')
    expect(stderr.lastIndexOf('\x1b[?25h')).toBeGreaterThan(stderr.lastIndexOf('\x1b[?25l'))
  })

  test('on a real terminal', ({ skip }) => {
    try {
      execFileSync('script', ['--version'], { stdio: 'pipe' })
    } catch {
      return skip('no `script` command to make a terminal with')
    }
    const command = `${process.execPath} --import tsx ${child} real`
    const text = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } })
    expect(text).toContain('\x1b[?25l\r')
    expect(shown(text)).toMatch(/100 %.*in 0:00␛\[K\r\n␛\[\?25h/)
  })
})
