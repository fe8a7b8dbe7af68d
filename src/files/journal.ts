/**
 * The journal of a run: one JSON object per line (JSONL), appended as things happen. Each line is with the system when
 * `write` returns, so a killed run loses none of it; a line cut by a crash of the machine is recognised and left out.
 *
 * NaN and infinities, which JSON has no numbers for, are written as "nan", "inf" and "-inf" and read back as numbers.
 */
import { HebbError } from '../tensor/errors.js'
import { FileError } from './fileError.js'
import { openAppend, readBytes } from './files.js'

/** What a journal holds: JSON, with every number of JavaScript. Fields that are undefined are left out. */
export type JournalValue =
  | null
  | boolean
  | number
  | string
  | readonly JournalValue[]
  | { readonly [field: string]: JournalValue | undefined }

/** One line: what happened at a step. Steps never go back within a journal. */
export interface JournalEvent {
  /** training steps done when it happened */
  readonly step: number
  readonly [field: string]: JournalValue | undefined
}

/** A journal open for writing. */
export interface Journal {
  /** how many it holds */
  readonly lines: number
  /** appends one line. @throws FileError when it cannot be written (the lines before stay), HebbError when the step went back */
  write(event: JournalEvent): void
  /** waits until the disk has every line; worth it at checkpoints */
  sync(): void
  close(): void
}

/** What becomes of a journal that is there already. */
export interface JournalOptions {
  /**
   * Go on with the journal that is there, from this step: lines of later steps and broken lines at the end are removed.
   * Events that belong to a checkpoint's step are kept, so write them before the checkpoint.
   */
  readonly resume?: number | undefined
  /** with `resume`: keep no more lines than so many, for who counted them at the checkpoint */
  readonly lines?: number | undefined
  /** replace a journal that is there; default false */
  readonly overwrite?: boolean | undefined
}

/**
 * Opens a journal for writing: a new one, or with `resume` the earlier one from a given step.
 *
 * @throws FileError when a journal is there already and neither option is given, or when it cannot be read or written
 * @example
 * const journal = await openJournal('runs/a/metrics.jsonl')
 * journal.write({ step: 1, loss: 2.3, lr: 1e-3 })
 */
export async function openJournal(path: string, options: JournalOptions = {}): Promise<Journal> {
  const { resume, lines = Number.POSITIVE_INFINITY, overwrite = false } = options
  const earlier = await readBytes(path).catch(absent)
  if (earlier && earlier.length > 0 && resume === undefined && !overwrite)
    throw new FileError(`${path} already holds the journal of a run. Resume it, overwrite it, or choose another name.`, path)
  let [count, end, last] = [0, 0, Number.NEGATIVE_INFINITY]
  if (earlier && resume !== undefined)
    for (const line of linesUpTo(path, earlier, resume, true)) {
      if (count === lines) break
      ;[count, end, last] = [count + 1, line.end, line.event.step]
    }
  const file = openAppend(path, end)
  return {
    get lines() {
      return count
    },
    write(event) {
      if (!(event.step >= last)) throw new HebbError(`${path}: an event of step ${event.step} cannot follow one of step ${last}`)
      file.append(formatEvent(event))
      last = event.step
      count++
    },
    sync: () => file.sync(),
    close: () => file.close(),
  }
}

/**
 * All events of a journal, oldest first. A last line without its end, cut when the machine went down, is left out.
 *
 * @throws FileError naming the line when any other line is no event
 * @example const losses = (await readJournal('runs/a/metrics.jsonl')).map((event) => event.loss)
 */
export async function readJournal(path: string): Promise<JournalEvent[]> {
  return [...linesUpTo(path, await readBytes(path), Number.POSITIVE_INFINITY)].map(({ event }) => event)
}

/** One event as its line, newline included. */
export const formatEvent = (event: JournalEvent): string => `${JSON.stringify(event, (_, value: unknown) => written(value))}\n`

function written(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}

const numbers: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }

const revived = (_: string, value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(numbers, value) ? numbers[value] : value

function absent(error: unknown): undefined {
  if (!(error instanceof FileError && error.code === 'ENOENT')) throw error
}

/**
 * The events up to the first of a later step than `last`, each with the offset of the line after it. With `mend` they end at a broken line after
 * which none is worth keeping.
 */
function* linesUpTo(path: string, bytes: Uint8Array, last: number, mend = false): Generator<{ event: JournalEvent; end: number }> {
  const decoder = new TextDecoder()
  let number = 0
  for (let begin = 0; begin < bytes.length; ) {
    const end = bytes.indexOf(0x0a, begin)
    if (end < 0) return // torn
    number++
    const line = decoder.decode(bytes.subarray(begin, end))
    const event = parseEvent(line)
    if (!event) {
      const torn = bytes.subarray(end + 1).every((byte) => byte === 0)
      if (torn && line.includes('\0')) return // a machine that went down may leave zeros where the last lines were to stand
      if (mend && !keeps(bytes.subarray(end + 1), last)) return
      const shown = JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line)
      throw new FileError(`cannot read ${path}: line ${number} is no event: ${shown}. Remove the line, or start a new journal.`, path)
    }
    if (event.step > last) return
    begin = end + 1
    yield { event, end: begin }
  }
}

/** Whether an event of a step up to `last` is among the lines. */
function keeps(bytes: Uint8Array, last: number): boolean {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .some((line) => (parseEvent(line)?.step ?? Number.NaN) <= last)
}

function parseEvent(line: string): JournalEvent | undefined {
  try {
    const event: unknown = JSON.parse(line, revived)
    return typeof event === 'object' && event !== null && typeof (event as JournalEvent).step === 'number'
      ? (event as JournalEvent)
      : undefined
  } catch {
    return undefined
  }
}
