/** Settings of a run: what its options say, what an earlier run was begun with, and the command that makes it again. */
import { readFileSync } from 'node:fs'
import type { Option, Options, OptionValue } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'

/** Values of options by name. */
export type Values = Readonly<Record<string, OptionValue>>

/** All of them, with the seed. */
export type Decided = Values & { readonly seed: number }

const decided = (values: Values): Decided => ({ ...values, seed: Number(values.seed) })

/** Defaults, what `instead` says, and what was given, the last counting most. */
export const settingsOf = (options: Options, given: Values, instead: Values = {}): Decided =>
  decided({
    ...Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default])),
    ...instead,
    ...given,
  })

/** A run that is there: of what, and where its settings are. */
export interface Earlier {
  /** what its file names it by: `recipe` */
  readonly kind: string
  readonly name: string
  readonly options: Options
  readonly folder: string
  readonly file: string
}

/** What an earlier run was begun with. Throws HebbError where it is of another kind, its file damaged, or something else is given now. */
export function earlierSettings({ kind, name: called, options, folder, file }: Earlier, given: Values): Decided {
  let config: Readonly<Record<string, unknown>>
  try {
    config = JSON.parse(readFileSync(file, 'utf8')) as typeof config
  } catch {
    throw new HebbError(`--resume: ${file} is damaged: it is no JSON`)
  }
  if (config?.[kind] !== called) throw new HebbError(`--resume: ${folder} is a run of ${String(config?.[kind])}, not of ${called}`)
  const values = Object.entries(options).map(([name, option]) => {
    const was = config[name]
    if (typeof was !== typeof option.default) throw new HebbError(`--resume: ${file} is damaged: it has no ${name}; start a new run`)
    if (was !== option.default) checkEarlier(file, name, option, was as OptionValue)
    const now = given[name]
    if (now !== undefined && now !== was)
      throw new HebbError(`--resume: ${folder} was begun with ${optionName(name)} ${String(was)}, not ${now}: leave the option out`)
    return [name, was as OptionValue] as const
  })
  return decided(Object.fromEntries(values))
}

/** A setting read from a file is held to the rules of the command line. */
function checkEarlier(file: string, name: string, option: Option, was: OptionValue): void {
  if (option.placeholder === undefined) return
  try {
    option.parse(String(was))
  } catch (error) {
    throw new HebbError(`--resume: ${file} is damaged: ${name}: ${(error as Error).message}; start a new run`, { cause: error })
  }
}

/** `hiddenWidth` → `--hidden-width` */
export const optionName = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The command that makes a run again: every setting that is not the default, and the seed. */
export function commandOf(begin: string, options: Options, settings: Values): string {
  const words = Object.entries(options).flatMap(([name, option]) => {
    const value = settings[name]!
    if (value === option.default && name !== 'seed') return []
    return option.placeholder === undefined ? [optionName(name)] : [optionName(name), quoted(String(value))]
  })
  return [begin, ...words].join(' ')
}

const quoted = (word: string): string => (/^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
