/** Running a recipe: its folder, its settings, stopping and going on. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { writeFailure } from '../files/fileError.js'
import { type Held, writeAtomic } from '../files/files.js'
import { hold } from '../files/lock.js'
import type { Recipe, RecipeResult } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { commandOf, type Decided, earlierSettings, settingsOf, type Values } from './settings.js'

/** What the command line says. */
export interface RunOptions {
  /** options of the recipe that were given */
  readonly given: Values
  /** the recipe's settings for a first look instead of its defaults */
  readonly quick?: boolean | undefined
  /** name or path of the run to go on with */
  readonly resume?: string | undefined
  /** name of the new run; default recipe and time */
  readonly name?: string | undefined
  /** milliseconds to wait for another process that still works in the folder; 0 */
  readonly wait?: number | undefined
}

/** How a run ended. */
export interface Outcome {
  /** undefined when it was stopped before its end */
  readonly result: RecipeResult | undefined
  /** its folder, as it was given */
  readonly folder: string
  /** from the start of the recipe to its end */
  readonly seconds: number
  /** highest resident memory of the process so far */
  readonly peakMemoryMb: number
}

const runsFolder = 'runs'
/** held while a process works in the folder of a run */
const lockName = '.run.lock'

/**
 * Runs a recipe in a folder of its own, or goes on in an earlier one. Throws HebbError for a folder that is missing, or of another recipe,
 * LockedError where another process works in it.
 */
export async function runRecipe(recipe: Recipe, options: RunOptions, signal: AbortSignal): Promise<Outcome> {
  const resume = options.resume !== undefined
  const folder = resume ? folderOf(options.resume!) : newFolder(recipe.name, options.name)
  const settings = resume
    ? resumed(recipe, folder, options.given)
    : settingsOf(recipe.options, options.given, options.quick ? recipe.quick : {})
  const lock = await lockFolder(folder, options.wait)
  try {
    return await perform(recipe, { folder, settings, resume }, signal)
  } finally {
    await lock.release()
  }
}

/** Takes a folder for this process, at once or within `wait` milliseconds. Throws LockedError saying who has it, FileError where nothing can be written there. */
export const lockFolder = (folder: string, wait = 0): Promise<Held> => hold(join(folder, lockName), folder, { wait })

/** The run itself, in a folder that is ours. */
async function perform(
  recipe: Recipe,
  { folder, settings, resume }: { readonly folder: string; readonly settings: Decided; readonly resume: boolean },
  signal: AbortSignal,
): Promise<Outcome> {
  const path = (name: string): string => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    return join(folder, name)
  }
  if (!resume) {
    const config = { recipe: recipe.name, ...settings, node: process.version, created: new Date().toISOString() }
    await writeAtomic(path('config.json'), `${JSON.stringify(config, null, 2)}\n`)
  }
  const began = performance.now()
  const has = (name: string): boolean => existsSync(join(folder, name))
  const result = await recipe.run({
    settings,
    folder,
    path,
    has,
    resume,
    signal,
    stream: process.stderr,
    command: commandOf(`npx hebb train ${recipe.name}`, recipe.options, settings),
  })
  const seconds = (performance.now() - began) / 1000
  return { result, folder, seconds, peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024) }
}

const folderOf = (run: string): string => (isAbsolute(run) || existsSync(join(run, 'config.json')) ? run : join(runsFolder, run))

/** A folder of its own for a new run: under its name, else `mnist-20260131-174512`, with a number behind it where that is taken. */
function newFolder(recipe: string, name: string | undefined): string {
  if (name !== undefined) {
    const folder = join(runsFolder, name)
    if (make(folder) || isUnbegun(folder)) return folder
    const [what, cure] = existsSync(join(folder, 'config.json'))
      ? ['already holds a run', `go on with --resume ${basename(folder)}`]
      : ['is there already and holds no run', 'remove it']
    throw new HebbError(`${folder} ${what}: ${cure}, or choose another --name`)
  }
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  for (let n = 1; ; n++) {
    const folder = join(runsFolder, `${recipe}-${time}${n === 1 ? '' : `-${n}`}`)
    if (make(folder)) return folder
  }
}

/** Whether a run was killed before it wrote down what it is: nothing but its lock and unfinished files are there. */
function isUnbegun(folder: string): boolean {
  const names = readdirSync(folder)
  return names.includes(lockName) && names.every((name) => name.startsWith(lockName) || name.endsWith('.tmp'))
}

/** Makes a folder; false where one is. Of two processes that want it at the same instant one gets it. */
function make(folder: string): boolean {
  try {
    mkdirSync(dirname(folder), { recursive: true })
    mkdirSync(folder)
    return true
  } catch (error) {
    const reason = error as NodeJS.ErrnoException
    if (reason.code === 'EEXIST' && existsSync(folder)) return false
    throw writeFailure(folder, reason)
  }
}

function resumed(recipe: Recipe, folder: string, given: Values): Decided {
  const file = join(folder, 'config.json')
  if (!existsSync(file))
    throw new HebbError(`--resume: ${resolve(folder)} holds no run: give the name of a folder in ${runsFolder}/, or its path`)
  return earlierSettings({ kind: 'recipe', name: recipe.name, options: recipe.options, folder, file }, given)
}
