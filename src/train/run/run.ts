/** A run: named parts with a state, a loop of your own, and all that a run of any method needs around it. */
import { FileError } from '../../files/fileError.js'
import { type JournalEvent, readJournal } from '../../files/journal.js'
import type { Stateful } from '../../files/stateful.js'
import { HebbError } from '../../tensor/errors.js'
import { alone, onAny, type World } from '../world.js'
import { type Run, runOf } from './begun.js'
import { type Parts, readCheckpoint, restoreParts, writeCheckpoint } from './checkpoint.js'
import { RunFiles } from './runFiles.js'
import type { RunSettings } from './savedRun.js'

/** What every method that trains can be told. */
export interface RunOptions {
  /** a file that holds the state of the run, written every so many `seconds` (default 30), where the method says so, and at the end */
  readonly checkpoint?: string | { readonly path: string; readonly seconds?: number | undefined } | undefined
  /** goes on from the checkpoint at this path; `true`: from `checkpoint`, where that file is there already, else from the start */
  readonly resume?: string | boolean | undefined
  /** a file of all events, one JSON object a line; a resumed run goes on with it */
  readonly journal?: string | undefined
  /** tell of a step only every so many. Default 1 */
  readonly every?: number | undefined
  /** ends the run at the next place where it can be gone on from */
  readonly signal?: AbortSignal | undefined
  /** the other processes of the run; only rank 0 writes files. Default: none */
  readonly world?: World | undefined
}

/** What a method says of itself, beside what its user does. */
export interface MethodOptions extends RunOptions {
  /** what two runs must agree on, so that one can go on from the other's checkpoint: seeds, sizes, the number of examples */
  readonly settings?: RunSettings | undefined
  /**
   * For a method whose journal is all that it goes on from: it is given the events that are there, may refuse them, and the run goes on behind them.
   * Without it a journal that is there is refused, unless the run is resumed.
   */
  readonly replay?: ((events: readonly JournalEvent[]) => void) | undefined
  /** called when the run has ended, however it ended, and its last state is written */
  readonly end?: (() => void) | undefined
  /** the function that users call, named in messages. Default `run` */
  readonly called?: ({ readonly name: string } & ((...given: never) => unknown)) | undefined
}

/** A run from within its loop. */
export interface Runner {
  /** Steps done: the loop counts them. Journal and checkpoint are ordered by it, and a resumed run begins with that of its checkpoint. */
  step: number
  /** seconds of training so far, resumed runs included */
  readonly seconds: number
  /** whether this step is one of those that `every` asks for */
  readonly due: boolean
  readonly world: World
  /**
   * To be asked at the head of the loop: false when the run is to end. The state of all parts must be whole here, as a resumed run begins at the same
   * place; a checkpoint is written when its time has come.
   */
  goesOn(): Promise<boolean>
  /** The fields as an event, with step and seconds, and a line of the journal. Yield it, and where the state of all parts is whole: the run may be left there. */
  event<F extends object>(fields: F): F & { readonly step: number; readonly seconds: number }
  /** Writes a checkpoint now, where there is to be one and something has happened since the last. */
  save(): Promise<void>
  /** Whether a verdict that ends or turns the run holds on any rank: all ranks ask, and all get the same answer. Alone it is the verdict itself. */
  agree(verdict: boolean): Promise<boolean>
}

/** The names of the options, for methods that check theirs. */
export const runOptions: readonly (keyof RunOptions)[] = ['checkpoint', 'resume', 'journal', 'every', 'signal', 'world']

/**
 * A run of a method of your own. `parts` is everything that has a state, by name: steps, schedules, environments, buffers, counters, draws. `body` is the
 * loop. The run brings checkpoint and exact resume, a journal, `every`, a signal to stop, seconds, and a lock: two runs never write to the same file.
 * A run that was stopped, or killed at any moment, and is resumed gives the same bytes as one that was not, if all that the loop reads and changes
 * between two rounds is in its parts.
 *
 * It begins when it is iterated or awaited, and gives what `body` yields; awaited it trains to the end and gives the last event, or what `result` makes.
 * Throws HebbError for options that do not exist and for a checkpoint that is not of this run (nothing has changed then), LockedError when another run
 * writes to the same checkpoint or journal, FileError when a file cannot be read or written.
 *
 * @example
 * class Counter implements Stateful { … }
 * const count = new Counter()
 * const training = run({ step, count }, { checkpoint: 'a.safetensors', journal: 'a.jsonl', resume: true }, async function* (r) {
 *   while (r.step < 1000 && (await r.goesOn())) {
 *     const { loss } = await step(batchNumber(count.next()))
 *     r.step++
 *     if (r.due) yield r.event({ kind: 'step', loss })
 *   }
 * })
 * for await (const { step, loss } of training) console.log(step, loss)
 */
export function run<E extends object, R = E | undefined>(
  parts: Readonly<Record<string, Stateful>>,
  options: MethodOptions,
  body: (runner: Runner) => AsyncGenerator<E, void, undefined>,
  result?: (last: E | undefined) => R,
): Run<E, R> {
  const { called = run } = options
  return runOf(called, new Running(called.name, parts, options).events(body), result)
}

// asked before every step: no promise is made for it
const yes = Promise.resolve(true)

class Running implements Runner {
  step = 0
  readonly world: World
  readonly #name: string
  readonly #parts: Parts
  readonly #options: MethodOptions
  readonly #every: number
  readonly #checkpoint: { readonly path: string; readonly seconds: number } | undefined
  #files: RunFiles | undefined
  /** when the run would have begun, had it never been interrupted (ms) */
  #began = 0
  #saved = 0
  /** whether anything may have happened since the last checkpoint */
  #moved = true

  constructor(name: string, parts: Parts, options: MethodOptions) {
    const { checkpoint, every = 1, world = alone } = options
    checkParts(name, parts)
    if (!(every >= 1)) throw new HebbError(`${name}: every ${every}: give a number of steps, 1 or more`)
    this.#name = name
    this.#parts = parts
    this.#options = options
    this.#every = every
    this.world = world
    if (options.resume === true && checkpoint === undefined)
      throw new HebbError(
        `${name}: resume goes on from the checkpoint, and there is none: give { checkpoint: path }, or the path to resume from`,
      )
    if (checkpoint !== undefined)
      this.#checkpoint =
        typeof checkpoint === 'string' ? { path: checkpoint, seconds: 30 } : { path: checkpoint.path, seconds: checkpoint.seconds ?? 30 }
  }

  async *events<E>(body: (runner: Runner) => AsyncGenerator<E, void, undefined>): AsyncGenerator<E, void, undefined> {
    this.#began = performance.now()
    const writes = this.world.rank === 0
    this.#files = await RunFiles.take(this.#name, writes ? [this.#checkpoint?.path, this.#options.journal] : [])
    try {
      const lines = (await this.#resume()) ?? (await this.#replay())
      if (writes) await this.#files.openJournal(this.#options.journal, lines === undefined ? undefined : { resume: this.step, lines })
      this.#saved = performance.now()
      yield* this.#loop(body)
    } finally {
      this.#options.end?.()
      await this.#files.release()
    }
  }

  async *#loop<E>(body: (runner: Runner) => AsyncGenerator<E, void, undefined>): AsyncGenerator<E, void, undefined> {
    let failed = true
    try {
      for await (const event of body(this)) {
        // a consumer that leaves the loop here has not failed
        failed = false
        yield event
        failed = true
      }
      failed = false
    } finally {
      // after an error the state is that of half a round: the checkpoint before stands
      if (!failed) await this.save()
    }
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000
  }
  get due(): boolean {
    return this.step % this.#every === 0
  }

  goesOn(): Promise<boolean> {
    const isDue = this.#checkpoint && performance.now() - this.#saved > 1000 * this.#checkpoint.seconds
    if (isDue || this.world.size > 1 || this.#options.signal?.aborted) return this.#looksAround(isDue === true)
    this.#moved = true
    return yes
  }
  async #looksAround(isDue: boolean): Promise<boolean> {
    if (isDue) await this.save()
    if (await this.agree(this.#options.signal?.aborted === true)) return false
    this.#moved = true
    return true
  }
  event<F extends object>(fields: F): F & { readonly step: number; readonly seconds: number } {
    const event = { step: this.step, ...fields, ...('seconds' in fields ? undefined : { seconds: this.seconds }) } as F & {
      readonly step: number
      readonly seconds: number
    }
    this.#files?.journal?.write(event as JournalEvent)
    this.#moved = true
    return event
  }
  async save(): Promise<void> {
    if (!this.#checkpoint || !this.#moved || this.world.rank !== 0) return
    const { settings = {} } = this.#options
    const journal = this.#files?.journal
    journal?.sync()
    const position = { step: this.step, seconds: this.seconds, lines: journal?.lines ?? 0, settings }
    await writeCheckpoint(this.#checkpoint.path, position, this.#parts)
    this.#saved = performance.now()
    this.#moved = false
  }
  agree(verdict: boolean): Promise<boolean> {
    return onAny(this.world, verdict)
  }

  /** Goes on from a checkpoint where there is one to go on from; how many lines of the journal are its, undefined where none may be there yet. */
  async #resume(): Promise<number | undefined> {
    const { resume, settings = {} } = this.#options
    if (resume === undefined || resume === false) return undefined
    const path = resume === true ? this.#checkpoint!.path : resume
    const checkpoint = await readCheckpoint(path).catch((error: unknown) => {
      if (resume === true && error instanceof FileError && error.code === 'ENOENT') return undefined
      throw error
    })
    // what a run wrote that was killed before its first checkpoint is begun anew
    if (!checkpoint) return 0
    restoreParts(path, checkpoint, this.#parts, settings)
    this.step = checkpoint.step
    this.#began -= checkpoint.seconds * 1000
    return checkpoint.lines
  }

  /** Goes on from the journal alone, where the method does; how many lines it has. */
  async #replay(): Promise<number | undefined> {
    const { replay, journal } = this.#options
    if (!replay || journal === undefined) return undefined
    const events = await readJournal(journal).catch((error: unknown) => {
      if (error instanceof FileError && error.code === 'ENOENT') return []
      throw error
    })
    replay(events)
    this.step = events.at(-1)?.step ?? 0
    return events.length
  }
}

function checkParts(name: string, parts: Parts): void {
  for (const [part, stateful] of Object.entries(parts)) {
    const lacking = (['state', 'check', 'restore'] as const).filter((method) => typeof stateful?.[method] !== 'function')
    if (lacking.length > 0)
      throw new HebbError(
        `${name}: the part ${part} has no ${lacking.join(' and no ')}: every part says its state, checks one and goes on from it`,
      )
    if (part === '' || part.includes('/'))
      throw new HebbError(`${name}: the part '${part}': give a name without /, it begins the names in the file`)
  }
}
