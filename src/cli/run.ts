/** Running a recipe: its folder, its settings, stopping and going on. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import type { Recipe, RecipeResult, RecipeSettings } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { writeAtomic } from '../train/files.js'

/** What the command line says. */
export interface RunOptions {
  readonly seed?: number
  readonly epochs?: number
  /** name or path of the run to go on with */
  readonly resume?: string
  /** name of the new run; default recipe and time */
  readonly name?: string
}

/** How a run ended. */
export interface Outcome {
  /** undefined when it was stopped before its end */
  readonly result: RecipeResult | undefined
  /** its folder, as it was given */
  readonly folder: string
}

const runsFolder = 'runs'

/** Runs a recipe in a folder of its own, or goes on in an earlier one. Throws HebbError for a folder that is taken, missing, or of another recipe. */
export async function runRecipe(recipe: Recipe, options: RunOptions, signal: AbortSignal): Promise<Outcome> {
  const resume = options.resume !== undefined
  const folder = resume ? folderOf(options.resume!) : join(runsFolder, options.name ?? freshName(recipe.name))
  const settings = resume
    ? earlierSettings(recipe, folder, options)
    : { seed: options.seed ?? recipe.defaults.seed, epochs: options.epochs ?? recipe.defaults.epochs }
  const path = (name: string): string => join(folder, name)
  if (!resume) {
    if (existsSync(path('config.json')))
      throw new HebbError(`${folder} already holds a run: go on with --resume ${basename(folder)}, or choose another --name`)
    mkdirSync(folder, { recursive: true })
    await writeAtomic(
      path('config.json'),
      `${JSON.stringify({ recipe: recipe.name, ...settings, node: process.version, created: new Date().toISOString() }, null, 2)}\n`,
    )
  }
  const canResume = resume && existsSync(path('checkpoint.safetensors'))
  const command = `npx hebb train ${recipe.name} --seed ${settings.seed} --epochs ${settings.epochs}`
  const result = await recipe.run({ settings, folder, path, resume: canResume, signal, stream: process.stderr, command })
  return { result, folder }
}

const folderOf = (run: string): string => (isAbsolute(run) || existsSync(join(run, 'config.json')) ? run : join(runsFolder, run))

/** `mnist-20260131-174512`, with a number behind it where that is taken. */
function freshName(recipe: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  for (let n = 1; ; n++) {
    const name = `${recipe}-${time}${n === 1 ? '' : `-${n}`}`
    if (!existsSync(join(runsFolder, name))) return name
  }
}

function earlierSettings(recipe: Recipe, folder: string, options: RunOptions): RecipeSettings {
  const file = join(folder, 'config.json')
  if (!existsSync(file))
    throw new HebbError(`--resume: ${resolve(folder)} holds no run: give the name of a folder in ${runsFolder}/, or its path`)
  let config: { recipe?: unknown; seed?: unknown; epochs?: unknown }
  try {
    config = JSON.parse(readFileSync(file, 'utf8')) as typeof config
  } catch {
    throw new HebbError(`--resume: ${file} is damaged: it is no JSON`)
  }
  const { seed, epochs } = config
  if (config.recipe !== recipe.name || typeof seed !== 'number' || typeof epochs !== 'number')
    throw new HebbError(`--resume: ${folder} is a run of ${String(config.recipe)}, not of ${recipe.name}`)
  for (const [name, was, now] of [
    ['seed', seed, options.seed],
    ['epochs', epochs, options.epochs],
  ] as const)
    if (now !== undefined && now !== was)
      throw new HebbError(`--resume: ${folder} was begun with --${name} ${was}, not ${now}: leave the option out`)
  return { seed, epochs }
}
