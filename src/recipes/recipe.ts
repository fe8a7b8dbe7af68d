/** What a recipe is: a task anyone can run by name, on real data, with a report. */
import type { JournalValue } from '../train/journal.js'

/** What the person who runs a recipe decides. */
export interface RecipeSettings {
  readonly seed: number
  readonly epochs: number
}

/** What a recipe works with. */
export interface RecipeContext {
  readonly settings: RecipeSettings
  /** the folder of the run */
  readonly folder: string
  /** path of a file in that folder */
  path(name: string): string
  /** whether the folder holds a run to go on with */
  readonly resume: boolean
  /** set when the person asks to stop */
  readonly signal: AbortSignal
  /** where progress is shown */
  readonly stream: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  /** the command that makes this run again */
  readonly command: string
}

/** What a recipe found: plain data, printed as JSON with `--json`. */
export type RecipeResult = Readonly<Record<string, JournalValue>>

/** A task by name. */
export interface Recipe {
  readonly name: string
  /** one line for `hebb list` */
  readonly summary: string
  readonly defaults: RecipeSettings
  /** Runs it; undefined when it was asked to stop, its state saved for resuming. */
  run(context: RecipeContext): Promise<RecipeResult | undefined>
}
