/** A sweep: many trials of one task, some at a time, each written down when it ends so that a killed sweep goes on. */

import { FileError } from '../../files/fileError.js'
import { type Journal, type JournalEvent, type JournalValue, openJournal, readJournal } from '../../files/journal.js'
import { HebbError } from '../../tensor/errors.js'
import { type Run, runOf } from '../run/begun.js'
import { byScore, gridSearch, type Job, type Plan } from './plan.js'
import { type Choice, checkSpace, type Space } from './space.js'

/** What a trial is told besides its settings. */
export interface TrialContext {
  /** what it may spend, with plans that say so */
  readonly budget: number | undefined
  /** the sweep's seed */
  readonly seed: number
  /** names this job within the sweep: the same settings and budget, the same name */
  readonly name: string
  /** set when the sweep is to stop; what a stopped trial gives is not kept */
  readonly signal: AbortSignal
}

/** What a trial gives: the number to judge by, alone or with others to be told. */
export type Score = number | { readonly score: number; readonly [field: string]: JournalValue }

/** One trial: a task under some settings. */
export type Trial = (settings: Choice, context: TrialContext) => Promise<Score>

/** Settings of `sweep`. */
export interface SweepOptions {
  /** Default `gridSearch()` */
  readonly plan?: Plan
  /** whether the best score is the least (a loss) or the most (an accuracy); default `least` */
  readonly goal?: 'least' | 'most'
  /** trials at a time; default 1. In one process they take turns: for more cores give a trial of `processes` */
  readonly workers?: number
  /** JSONL file of finished trials; a sweep that finds its own there goes on after them */
  readonly journal?: string
  /** Default 0 */
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** A finished trial. */
export interface TrialResult extends Job {
  readonly name: string
  /** NaN for a trial that failed */
  readonly score: number
  /** what else it told */
  readonly numbers: Readonly<Record<string, JournalValue>>
  /** why it failed */
  readonly error?: string
  readonly seconds: number
  /** counted from 0 */
  readonly round: number
  /** true for one that was done before and only read */
  readonly earlier: boolean
}

/**
 * Tries settings from a space and yields every trial as it ends; awaited it makes them all and gives the last. A trial that throws is told with its error, ranks last, and does not end the sweep.
 * With a journal, a sweep that was stopped or killed goes on where it was: finished trials are read, not made again.
 * Throws HebbError for a space without choices, and for a journal of another sweep.
 *
 * @example
 * for await (const t of sweep(async ({ lr }) => train(lr), { lr: [1e-3, 3e-3, 1e-2] })) console.log(t.settings, t.score)
 */
export function sweep(trial: Trial, space: Space, options: SweepOptions = {}): Run<TrialResult> {
  return runOf(sweep, trials(trial, space, options))
}

async function* trials(trial: Trial, space: Space, options: SweepOptions): AsyncGenerator<TrialResult, void, undefined> {
  const { plan = gridSearch(), goal = 'least', workers = 1, journal: path, seed = 0, signal = new AbortController().signal } = options
  checkSpace(space)
  if (!Number.isInteger(workers) || workers < 1) throw new HebbError(`sweep: ${workers} workers: give a whole number of at least 1`)
  const earlier = path === undefined ? new Map<string, TrialResult>() : await earlierTrials(path, space, seed)
  // a plan that cannot be made says so before a journal is begun
  const rounds = plan(space, seed)
  let next = rounds.next([])
  const journal = path === undefined ? undefined : await openSweepJournal(path, space, seed)
  const sign = goal === 'least' ? 1 : -1
  let done = 0
  try {
    for (let round = 0; !next.done && !signal.aborted; round++) {
      const found = new Map<string, TrialResult>()
      const jobs = next.value
      const waiting = [...new Map(jobs.map((job) => [nameOf(job), job])).values()].reverse()
      const running = new Map<string, Promise<TrialResult>>()
      while (waiting.length + running.size > 0) {
        while (running.size < workers && waiting.length > 0 && !signal.aborted) {
          const job = waiting.pop()!
          const name = nameOf(job)
          const known = earlier.get(name)
          running.set(
            name,
            known ? Promise.resolve({ ...known, round, earlier: true }) : perform(trial, job, { name, seed, signal, round }),
          )
        }
        if (running.size === 0) return
        const result = await Promise.race(running.values())
        running.delete(result.name)
        if (signal.aborted && !result.earlier) continue
        found.set(result.name, result)
        done++
        if (!result.earlier) journal?.write(lineOf(result, done))
        yield result
      }
      if (found.size < new Set(jobs.map(nameOf)).size) return
      next = rounds.next(jobs.map((job) => sign * found.get(nameOf(job))!.score))
    }
  } finally {
    journal?.sync()
    journal?.close()
  }
}

/** Trials from best to worst: those with the largest budget first, failed ones last. */
export const ranked = (trials: readonly TrialResult[], goal: 'least' | 'most' = 'least'): TrialResult[] =>
  [...trials].sort((a, b) => {
    if (Number.isNaN(a.score) || Number.isNaN(b.score)) return byScore(a.score, b.score)
    return (b.budget ?? 0) - (a.budget ?? 0) || (goal === 'least' ? a.score - b.score : b.score - a.score)
  })

/** `lr=0.001,width=64`, with the budget where there is one. */
const nameOf = ({ settings, budget }: Job): string =>
  [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), ...(budget === undefined ? [] : [`budget=${budget}`])].join(',')

async function perform(
  trial: Trial,
  job: Job,
  { name, seed, signal, round }: { name: string; seed: number; signal: AbortSignal; round: number },
): Promise<TrialResult> {
  const began = performance.now()
  const ended = (rest: Pick<TrialResult, 'score' | 'numbers' | 'error'>): TrialResult => ({
    ...job,
    name,
    ...rest,
    seconds: (performance.now() - began) / 1000,
    round,
    earlier: false,
  })
  try {
    const given = await trial(job.settings, { budget: job.budget, seed, name, signal })
    const { score, ...numbers } = typeof given === 'number' ? { score: given } : given
    if (typeof score !== 'number') throw new HebbError(`the trial gave no score but ${String(score)}: give a number, or { score, … }`)
    return ended({ score, numbers })
  } catch (error) {
    return ended({ score: Number.NaN, numbers: {}, error: error instanceof Error ? error.message : String(error) })
  }
}

// the journal: a first line that says which sweep it is, then one for each trial

const identityOf = (space: Space, seed: number): string => JSON.stringify({ space, seed })

const lineOf = ({ name, settings, budget, score, numbers, error, seconds, round }: TrialResult, step: number): JournalEvent => ({
  step,
  kind: 'trial',
  name,
  settings,
  budget,
  score,
  numbers,
  error,
  seconds,
  round,
})

async function openSweepJournal(path: string, space: Space, seed: number): Promise<Journal> {
  const journal = await openJournal(path, { resume: Number.POSITIVE_INFINITY })
  const events = await readJournal(path)
  if (events.length === 0) journal.write({ step: 0, kind: 'sweep', sweep: identityOf(space, seed) })
  return {
    ...journal,
    // counted on from what is there: the steps of a journal never go back
    write: (event) => journal.write({ ...event, step: (events.at(-1)?.step ?? 0) + event.step }),
  }
}

/** The finished trials of an earlier run of the same sweep. Those that failed are tried again. */
async function earlierTrials(path: string, space: Space, seed: number): Promise<Map<string, TrialResult>> {
  const events = await readJournal(path).catch((error: unknown) => {
    if (error instanceof FileError && error.code === 'ENOENT') return []
    throw error
  })
  const first = events[0]
  if (first && (first.kind !== 'sweep' || first.sweep !== identityOf(space, seed)))
    throw new HebbError(`sweep: ${path} belongs to another sweep, with other values or another seed: choose another journal, or remove it`)
  return new Map(
    events.flatMap((e): [string, TrialResult][] =>
      e.kind === 'trial' && e.error === undefined
        ? [
            [
              String(e.name),
              {
                name: String(e.name),
                settings: e.settings as Choice,
                ...(typeof e.budget === 'number' && { budget: e.budget }),
                score: Number(e.score),
                numbers: (e.numbers ?? {}) as Readonly<Record<string, JournalValue>>,
                seconds: Number(e.seconds),
                round: Number(e.round),
                earlier: true,
              },
            ],
          ]
        : [],
    ),
  )
}
