/** A sweep: many trials of one task, some at a time, each written down when it ends so that a killed sweep goes on. */

import { inside } from '../../files/files.js'
import type { JournalEvent, JournalValue } from '../../files/journal.js'
import { keyOf } from '../../kernels/random.js'
import { HebbError } from '../../tensor/errors.js'
import { defined } from '../../tensor/options.js'
import type { Run } from '../run/begun.js'
import { type RunOptions, run } from '../run/run.js'
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
  /**
   * With a `folder`, checkpoint, journal and resume for a `fit` or `run` in the trial, so that one that was stopped or killed goes on:
   * `fit(model, data, { ...options, ...context.run })`. Else empty.
   */
  readonly run: Pick<RunOptions, 'checkpoint' | 'journal' | 'resume'>
}

/** What a trial gives: the number to judge by, alone or with others to be told. */
export type Score = number | { readonly score: number; readonly [field: string]: JournalValue }

/** One trial: a task under some settings. */
export type Trial = (settings: Choice, context: TrialContext) => Promise<Score>

/** Settings of `sweep`. */
export interface SweepOptions {
  /** Default `gridSearch()` */
  readonly plan?: Plan | undefined
  /** whether the best score is the least (a loss) or the most (an accuracy); default `least` */
  readonly goal?: 'least' | 'most' | undefined
  /** trials at a time; default 1. In one process they take turns: for more cores give a trial of `processes` */
  readonly workers?: number | undefined
  /** JSONL file of finished trials; a sweep that finds its own there goes on after them */
  readonly journal?: string | undefined
  /** a folder that is there, for what trials keep while they are made: see `run` of the context */
  readonly folder?: string | undefined
  /** Default 0 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A finished trial. */
export interface TrialResult extends Job {
  readonly name: string
  /** NaN for a trial that failed */
  readonly score: number
  /** what else it told */
  readonly numbers: Readonly<Record<string, JournalValue>>
  /** why it failed */
  readonly error?: string | undefined
  readonly seconds: number
  /** counted from 0 */
  readonly round: number
  /** true for one that was done before and only read */
  readonly earlier: boolean
}

/**
 * Tries settings from a space and yields every trial as it ends; awaited it makes them all and gives the last. A trial that throws is told with its error,
 * ranks last, and does not end the sweep. With a journal, a sweep that was stopped or killed goes on where it was: finished trials are read, not made again;
 * with a folder too, trials go on that were under way.
 * Throws HebbError for a space without choices, and for a journal of another sweep, LockedError while another one writes to the journal.
 *
 * @example
 * for await (const t of sweep(async ({ lr }) => train(lr), { lr: [1e-3, 3e-3, 1e-2] })) console.log(t.settings, t.score)
 */
export function sweep(trial: Trial, space: Space, options: SweepOptions = {}): Run<TrialResult> {
  const { plan = gridSearch(), goal = 'least', workers = 1, journal, seed = 0, folder, signal = new AbortController().signal } = options
  checkSpace(space)
  if (!Number.isInteger(workers) || workers < 1) throw new HebbError(`sweep: ${workers} workers: give a whole number of at least 1`)
  // a plan that cannot be made says so before a journal is begun
  const rounds = plan(space, seed)
  let next = rounds.next([])
  let [begun, earlier] = [false, new Map<string, TrialResult>()]
  const method = {
    signal,
    journal,
    replay: (events: readonly JournalEvent[]) => {
      earlier = earlierTrials(journal!, events, space, seed)
      begun = events.length > 0
    },
    called: sweep,
  }
  const sign = goal === 'least' ? 1 : -1
  return run({}, method, async function* (r): AsyncGenerator<TrialResult, void, undefined> {
    if (!begun) r.event({ kind: 'sweep', sweep: identityOf(space, seed) })
    for (let round = 0; !next.done && (await r.goesOn()); round++) {
      const found = new Map<string, TrialResult>()
      const jobs = next.value
      const waiting = [...new Map(jobs.map((job) => [nameOf(job), job])).values()].reverse()
      const running = new Map<string, Promise<TrialResult>>()
      while (waiting.length + running.size > 0) {
        while (running.size < workers && waiting.length > 0 && !signal.aborted) {
          const job = waiting.pop()!
          const name = nameOf(job)
          const known = earlier.get(name)
          const context = { budget: job.budget, name, seed, signal, run: filesOf(folder, name) }
          running.set(name, known ? Promise.resolve({ ...known, round, earlier: true }) : perform(trial, job, context, round))
        }
        if (running.size === 0) return
        const result = await Promise.race(running.values())
        running.delete(result.name)
        if (signal.aborted && !result.earlier) continue
        found.set(result.name, result)
        if (!result.earlier) r.step++
        yield result.earlier ? result : r.event({ kind: 'trial', ...result })
      }
      if (found.size < new Set(jobs.map(nameOf)).size) return
      next = rounds.next(jobs.map((job) => sign * found.get(nameOf(job))!.score))
    }
  })
}

/** Where a trial keeps what it goes on from. */
const filesOf = (folder: string | undefined, name: string): TrialContext['run'] => {
  if (folder === undefined) return {}
  const plain = name.replace(/[^\w.,=+-]/g, encodeURIComponent)
  const [a, b] = keyOf(0, name)
  const file = plain.length <= 100 ? plain : `${plain.slice(0, 80)}-${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`
  return { checkpoint: inside(folder, `${file}.safetensors`), journal: inside(folder, `${file}.jsonl`), resume: true }
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

async function perform(trial: Trial, job: Job, context: TrialContext, round: number): Promise<TrialResult> {
  const began = performance.now()
  const ended = (rest: Pick<TrialResult, 'score' | 'numbers' | 'error'>): TrialResult => ({
    ...job,
    name: context.name,
    ...rest,
    seconds: (performance.now() - began) / 1000,
    round,
    earlier: false,
  })
  try {
    const given = await trial(job.settings, context)
    const { score, ...numbers } = typeof given === 'number' ? { score: given } : given
    if (typeof score !== 'number') throw new HebbError(`the trial gave no score but ${String(score)}: give a number, or { score, … }`)
    return ended({ score, numbers })
  } catch (error) {
    return ended({ score: Number.NaN, numbers: {}, error: error instanceof Error ? error.message : String(error) })
  }
}

// the journal: a first line that says which sweep it is, then one for each trial

const identityOf = (space: Space, seed: number): string => JSON.stringify({ space, seed })

/** The finished trials of an earlier run of the same sweep. Those that failed are tried again. */
function earlierTrials(path: string, events: readonly JournalEvent[], space: Space, seed: number): Map<string, TrialResult> {
  const first = events[0]
  if (first && (first.kind !== 'sweep' || first.sweep !== identityOf(space, seed)))
    throw new HebbError(`sweep: ${path} belongs to another sweep, with other values or another seed: choose another journal, or remove it`)
  return new Map(
    events.flatMap((e): [string, TrialResult][] =>
      e.kind === 'trial' && e.error === undefined
        ? [
            [
              String(e.name),
              defined({
                name: String(e.name),
                settings: e.settings as Choice,
                budget: typeof e.budget === 'number' ? e.budget : undefined,
                score: Number(e.score),
                numbers: (e.numbers ?? {}) as Readonly<Record<string, JournalValue>>,
                seconds: Number(e.seconds),
                round: Number(e.round),
                earlier: true,
              }),
            ],
          ]
        : [],
    ),
  )
}
