/** What a method of tuning says of itself to `hebb tune`: its options, and how its run begins. */
import type { LLM } from '../../llm/index.js'
import type { Options, Settings } from '../../recipes/index.js'
import type { Adapters } from '../../tune/index.js'

/** What a method works with. */
export interface TuneContext<S = Settings> {
  /** the model, read, with its adapter before it where one is trained */
  readonly model: LLM
  readonly adapters: Adapters<LLM> | undefined
  /** the method's own options, and those of every method */
  readonly settings: S & BaseSettings
  /** for the method's `fit` or `run`: seed, where its files are, how it is stopped; a step event for every step */
  readonly run: {
    readonly seed: number
    readonly every: number
    readonly signal: AbortSignal
    readonly journal: string
    readonly checkpoint: { readonly path: string; readonly seconds: number }
    readonly resume: boolean
  }
  /** a line for people watching */
  note(text: string): void
  /** another model by folder or name: a teacher, a reference, a judge; frozen */
  load(source: string): Promise<LLM>
}

/** What is set about every method. */
export interface BaseSettings {
  /** file of examples */
  readonly data: string
  /** file of examples that are only measured; '' without */
  readonly validation: string
  readonly seed: number
}

/** A run that has begun. */
export interface TuneRun {
  /** steps of the run in all, once they are known: what the bar counts up to */
  steps?(): number | undefined
  /** its events; those of kind 'epoch' stay on the screen */
  readonly events: AsyncIterable<{ readonly kind?: string | undefined; readonly step: number; readonly epoch?: number | undefined }>
  /** numbers of its events that the report draws beside loss and learning rate */
  readonly curves?: readonly string[] | undefined
  /** Writes what was tuned into a folder, where it is something else than the adapter or the model: a reward model, say. */
  save?(folder: string): Promise<void>
}

/** A method of tuning by name. */
export interface TuneMethodDefinition<O extends Options> {
  readonly name: string
  /** one line for `hebb tune --help` */
  readonly summary: string
  /** what a row of `--data` holds, in words */
  readonly rows: string
  /** besides those of every method: model, data, out, adapters, bits, seed */
  readonly options: O
  start(context: TuneContext<Settings<O>>): Promise<TuneRun> | TuneRun
}

/** A method, whatever its options. */
export interface TuneMethod extends Omit<TuneMethodDefinition<Options>, 'start'> {
  start(context: TuneContext): Promise<TuneRun> | TuneRun
}

/** A method with typed settings. */
export const defineMethod = <const O extends Options>(method: TuneMethodDefinition<O>): TuneMethod => ({
  ...method,
  start: (context) => method.start(context as TuneContext<Settings<O>>),
})
