/** One trial of `hebb sweep`, in a process of its own: a run of the recipe; what to run stands in the query of this module's address. */
import '../../entry/node.js'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import '../../runtime/index.js'
import { type OptionValue, recipes } from '../../recipes/index.js'
import { setThreads } from '../../runtime/machine.js'
import { HebbError } from '../../tensor/errors.js'
import type { Trial } from '../../train/sweep/sweep.js'
import { runRecipe } from '../run.js'

/** What the trials of a sweep have in common. */
export interface SweepRun {
  readonly recipe: string
  /** name of the sweep below runs/ */
  readonly name: string
  readonly metric: string
  /** the option that holds the budget */
  readonly budget?: string | undefined
  readonly quick: boolean
  readonly seed: number
  /** threads of each process */
  readonly threads: number
}

/** The address of this module with what to run in it. */
export function trialModule(run: SweepRun): URL {
  const address = new URL(import.meta.url)
  address.search = ''
  address.searchParams.set('run', JSON.stringify(run))
  return address
}

/** Runs the recipe in runs/<sweep>/<trial>, or goes on there; its score is the number that was asked for. */
export const trial: Trial = async (settings, { budget, name, signal }) => {
  const run = JSON.parse(new URL(import.meta.url).searchParams.get('run') ?? '{}') as SweepRun
  const recipe = recipes.find((r) => r.name === run.recipe)
  if (!recipe) throw new HebbError(`there is no recipe '${run.recipe}'`)
  setThreads(run.threads)
  const folder = `${run.name}/${folderName(name)}`
  const given: Readonly<Record<string, OptionValue>> = {
    seed: run.seed,
    ...settings,
    ...(run.budget === undefined || budget === undefined ? {} : { [run.budget]: budget }),
  }
  const begun = existsSync(join('runs', folder, 'config.json'))
  const { result } = await runRecipe(
    recipe,
    { given, wait: 30_000, quick: run.quick, ...(begun ? { resume: join('runs', folder) } : { name: folder }) },
    signal,
  )
  if (!result) throw new HebbError('stopped')
  const score = result.numbers[run.metric]
  if (typeof score !== 'number') {
    const known = Object.entries(result.numbers).flatMap(([field, value]) => (typeof value === 'number' ? [field] : []))
    throw new HebbError(`${run.recipe} gives no number ${run.metric}: choose with --metric one of ${known.join(', ')}`)
  }
  return { ...result.numbers, score, headline: result.headline }
}

/** The trial's name where it is short, else its beginning and a number made from all of it. */
const folderName = (name: string): string =>
  name.length <= 100 ? name : `${name.slice(0, 80)}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`
