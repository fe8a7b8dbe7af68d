/** Running a method of tuning: its folder, its settings, progress, what is written at the end. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { writeFailure } from '../../files/fileError.js'
import { writeAtomic } from '../../files/files.js'
import { type JournalEvent, readJournal } from '../../files/journal.js'
import { loadLLM, saveLLM } from '../../llm/index.js'
import { shownFields } from '../../recipes/index.js'
import { curvesOf, numbersIn } from '../../report/curves/journal.js'
import { HebbError } from '../../tensor/errors.js'
import { progress, writeReport } from '../../train/index.js'
import { saveAdapter } from '../../tune/index.js'
import { lockFolder } from '../run.js'
import { commandOf, type Decided, earlierSettings, settingsOf, type Values } from '../settings.js'
import { type Base, baseOptions, requireBase, type Tuned, tunedModel } from './base.js'
import type { TuneMethod, TuneRun } from './method.js'

/** What is beside the result, below its folder: settings, journal, checkpoint, report. */
const runFolder = 'run'
const settingsName = 'settings.json'

/** How a run of tuning ended. */
export interface TuneOutcome {
  /** undefined where it was stopped before its end */
  readonly last: JournalEvent | undefined
  readonly out: string
  readonly share: string
  readonly seconds: number
  readonly peakMemoryMb: number
}

/** Where progress is shown. */
export type Shown = Parameters<typeof progress>[0]

/**
 * Tunes a model by a method and writes the result into `--out`, or goes on with the run that is there. Throws HebbError for options that do not go together, and a
 * folder that is taken; LockedError where another process works in it.
 */
export async function tune(
  method: TuneMethod,
  { given, resume }: { readonly given: Values; readonly resume: boolean },
  signal: AbortSignal,
  stream: Shown,
): Promise<TuneOutcome> {
  const options = { ...baseOptions, ...method.options }
  const out = typeof given.out === 'string' ? given.out : ''
  if (out === '') throw new HebbError(`tune ${method.name}: give --out, a folder for the result`)
  const file = join(out, runFolder, settingsName)
  if (resume && !existsSync(file)) throw new HebbError(`--resume: ${resolve(out)} holds no run: leave --resume out to begin one`)
  // the folder is where it is now, whatever it was called before
  const others = Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'out'))
  const settings = resume
    ? earlierSettings({ kind: 'method', name: method.name, options, folder: out, file }, others)
    : settingsOf(options, given)
  const base = { ...settings, out } as Decided & Base
  requireBase(method.name, base)
  if (!resume) requireFree(out)
  mkdir(join(out, runFolder))
  const lock = await lockFolder(join(out, runFolder))
  try {
    if (!resume)
      await writeAtomic(file, `${JSON.stringify({ method: method.name, ...base, created: new Date().toISOString() }, null, 2)}\n`)
    return await perform(method, base, { options, resume, signal, stream })
  } finally {
    await lock.release()
  }
}

interface Performing {
  readonly options: TuneMethod['options']
  readonly resume: boolean
  readonly signal: AbortSignal
  readonly stream: Shown
}

/** The run itself, in a folder that is ours. */
async function perform(method: TuneMethod, base: Decided & Base, { options, resume, signal, stream }: Performing): Promise<TuneOutcome> {
  const began = performance.now()
  const path = (name: string): string => join(base.out, runFolder, name)
  const note = (text: string): void => void stream.write(`${text}\n`)
  const tuned = await tunedModel(base, signal)
  note(tuned.share)
  const journal = path('metrics.jsonl')
  const run = await method.start({
    ...tuned,
    settings: base,
    run: {
      seed: base.seed,
      every: 1,
      signal,
      journal,
      checkpoint: { path: path('checkpoint.safetensors'), seconds: base.saveSeconds },
      resume,
    },
    note,
    load: (source) => loadLLM(source, { frozen: true, signal }),
  })
  await follow(run, stream)
  const took = (): Pick<TuneOutcome, 'out' | 'share' | 'seconds' | 'peakMemoryMb'> => ({
    out: base.out,
    share: tuned.share,
    seconds: (performance.now() - began) / 1000,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  })
  if (signal.aborted) return { last: undefined, ...took() }
  await writeResult(tuned, base, run)
  const events = await readJournal(journal)
  const last = events.at(-1)
  await writeReport(path('report.html'), {
    title: `${method.name}: ${basename(base.model)}`,
    description: `${method.summary}. ${tuned.share}.`,
    created: new Date().toISOString().slice(0, 16).replace('T', ' '),
    command: commandOf(`npx hebb tune ${method.name}`, options, base),
    tiles: tilesOf(last, took()),
    ...curvesOf(events, { fields: [...new Set(['loss', 'accuracy', ...(run.curves ?? []), 'lr', 'gradientNorm'])] }),
    config: { method: method.name, ...base },
  })
  return { last, ...took() }
}

/** Goes through a run's events, shown as a bar. */
async function follow({ events, steps }: TuneRun, stream: Shown): Promise<void> {
  let bar: ReturnType<typeof progress> | undefined
  try {
    for await (const e of events) {
      bar ??= progress(stream, { total: steps?.() })
      const label = e.epoch === undefined ? `step ${e.step}` : `epoch ${e.epoch}, step ${e.step}`
      bar.update({ done: e.step, label, fields: shownFields(e), milestone: e.kind === 'epoch' })
    }
  } finally {
    bar?.done()
  }
}

/** The adapter or the model, in `--out`. */
async function writeResult({ model, adapters }: Tuned, { out, model: name }: Base, run: TuneRun): Promise<void> {
  if (run.save) return run.save(out)
  if (adapters) return saveAdapter(adapters, out, { base: name })
  // a folder is written whole, and this one holds the run: its files move up, what names them all last
  const beside = join(out, runFolder, 'model')
  await saveLLM(model, beside, { replace: true })
  const names = readdirSync(beside).sort((a, b) => Number(a === 'config.json') - Number(b === 'config.json'))
  for (const one of names) {
    rmSync(join(out, one), { recursive: true, force: true })
    renameSync(join(beside, one), join(out, one))
  }
  rmSync(beside, { recursive: true })
}

function tilesOf(last: JournalEvent | undefined, { seconds, peakMemoryMb }: Pick<TuneOutcome, 'seconds' | 'peakMemoryMb'>) {
  const { loss, 'validation.loss': held } = last ? numbersIn(last) : {}
  return [
    ...(loss === undefined ? [] : [{ label: 'Loss', value: loss, note: 'of the last epoch' }]),
    ...(held === undefined ? [] : [{ label: 'Validation loss', value: held }]),
    ...(last ? [{ label: 'Steps', value: last.step, format: 'count' as const }] : []),
    { label: 'Time', value: seconds, format: 'seconds' as const },
    { label: 'Memory', value: `${peakMemoryMb.toLocaleString('en-US')} MB`, note: 'at most' },
  ]
}

/** Throws HebbError where a folder holds something. */
function requireFree(out: string): void {
  if (!existsSync(out)) return
  if (existsSync(join(out, runFolder, settingsName)))
    throw new HebbError(`--out: ${out} already holds a run: go on with --resume, or choose another folder`)
  const names = readdirSync(out).filter((name) => name !== runFolder)
  if (names.length > 0) throw new HebbError(`--out: ${out} holds ${names[0]} already: choose another folder`)
}

function mkdir(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw writeFailure(folder, error as NodeJS.ErrnoException)
  }
}
