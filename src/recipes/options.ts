/** What can be set about a recipe: each option with its default, its help, and how it is read from a command line. */
import { HebbError } from '../tensor/errors.js'

/** What an option can hold. */
export type OptionValue = number | string | boolean

/** One thing to be set. */
export interface Option<T extends OptionValue = OptionValue> {
  readonly default: T
  /** one line for `--help` */
  readonly help: string
  /** how the value is shown in `--help`: `<n>`; undefined for a switch without a value */
  readonly placeholder: string | undefined
  /** the value a text stands for; throws HebbError naming what is allowed */
  parse(text: string): T
}

/** The options of a recipe by name, in camel case. */
export type Options = Readonly<Record<string, Option>>

/** The values of options. */
export type Settings<O extends Options = Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never } & {
  /** decides first values, order and all randomness */
  readonly seed: number
}

/** A whole number of at least `least` (default 1). */
export function count(value: number, help: string, { least = 1 }: { readonly least?: number | undefined } = {}): Option<number> {
  return {
    default: value,
    help,
    placeholder: '<n>',
    parse(text) {
      const n = Number(text)
      if (text.trim() === '' || !Number.isSafeInteger(n) || n < least)
        throw new HebbError(`'${text}' is no whole number of at least ${least}`)
      return n
    },
  }
}

/** A number above 0, or from 0 on with `zero`; at most `most`. */
export function positive(
  value: number,
  help: string,
  { zero = false, most = Number.MAX_VALUE }: { readonly zero?: boolean | undefined; readonly most?: number | undefined } = {},
): Option<number> {
  return {
    default: value,
    help,
    placeholder: '<x>',
    parse(text) {
      const x = Number(text)
      if (text.trim() === '' || !(zero ? x >= 0 : x > 0) || x > most)
        throw new HebbError(
          `'${text}' is no number ${zero ? 'from 0 on' : 'above 0'}${most < Number.MAX_VALUE ? ` and at most ${most}` : ''}`,
        )
      return x
    },
  }
}

/** One of several words. */
export function choice<const T extends string>(values: readonly T[], value: NoInfer<T>, help: string): Option<T> {
  return {
    default: value,
    help: `${help}: ${values.join(', ')}`,
    placeholder: '<word>',
    parse(text) {
      const found = values.find((v) => v === text)
      if (found === undefined) throw new HebbError(`'${text}' is none of ${values.join(', ')}`)
      return found
    },
  }
}

/** Any text that is not empty; '' stands for none given. `placeholder` is how it is shown in `--help`. */
export const text = (value: string, help: string, placeholder: string): Option<string> => ({
  default: value,
  help,
  placeholder,
  parse(given) {
    if (given.trim() === '') throw new HebbError('it is empty')
    return given
  },
})

/** On or off; off by default. */
export const flag = (help: string): Option<boolean> => ({ default: false, help, placeholder: undefined, parse: () => true })
