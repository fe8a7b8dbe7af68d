/** What a recipe is: a task anyone can run by name, on real data, with a report. */
import type { JournalValue } from '../files/journal.js'
import { count, type Option, type Options, type OptionValue, type Settings } from './options.js'

/** What a recipe works with. */
export interface RecipeContext<S = Settings> {
  readonly settings: S & { readonly seed: number }
  /** the folder of the run */
  readonly folder: string
  /** path of a file in that folder, or in a folder below it, which is made */
  path(name: string): string
  /** whether that file is there */
  has(name: string): boolean
  /** true when an earlier run goes on: parts whose checkpoints are there need not be done again */
  readonly resume: boolean
  /** set when the person asks to stop */
  readonly signal: AbortSignal
  /** where progress is shown */
  readonly stream: { write(text: string): unknown; readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }
  /** the command that makes this run again */
  readonly command: string
}

/** What a recipe found. */
export interface RecipeResult {
  /** the number to judge it by, in words: `99.11 % of the test digits right` */
  readonly headline: string
  /** what that is to be held against: `10 % by guessing` */
  readonly baseline: string
  /** plain data, the fields of the line that `--json` prints */
  readonly numbers: Readonly<Record<string, JournalValue>>
}

/** A task by name, with what can be set about it. */
export interface RecipeDefinition<O extends Options> {
  readonly name: string
  /** one line for `hebb list` */
  readonly summary: string
  /** besides the seed, which every recipe has */
  readonly options: O
  /** settings for a first look: a few seconds, on a part of the data where it is large */
  readonly quick: Partial<Settings<O>>
  /** Runs it; undefined when it was asked to stop. */
  run(context: RecipeContext<Settings<O>>): Promise<RecipeResult | undefined>
}

/** A recipe, whatever its options. */
export interface Recipe {
  readonly name: string
  readonly summary: string
  readonly options: Options
  readonly quick: Readonly<Record<string, OptionValue>>
  run(context: RecipeContext): Promise<RecipeResult | undefined>
}

const seed: Option<number> = count(0, 'decides first values, order and all randomness', { least: 0 })

/** A recipe with typed settings; the option `seed` (default 0) is added. */
export const defineRecipe = <const O extends Options>(recipe: RecipeDefinition<O>): Recipe => ({
  ...recipe,
  options: { ...recipe.options, seed },
  quick: Object.fromEntries(Object.entries(recipe.quick).filter((entry): entry is [string, OptionValue] => entry[1] !== undefined)),
  run: (context) => recipe.run(context as RecipeContext<Settings<O>>),
})
