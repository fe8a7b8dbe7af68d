/** The words of `hebb sweep` about a recipe's options: lists and ranges of values. */
import type { Option, Recipe } from '../../recipes/index.js'
import { HebbError } from '../../tensor/errors.js'
import type { SettingValue, Space, SweepRange } from '../../train/index.js'
import { optionName } from '../settings.js'

/** `epochs=1..9`: the option that holds the budget, and its ends. */
export interface Halving {
  readonly option: string
  readonly least: number
  readonly most: number
}

/** `['lr=1e-3,3e-3', 'width=16..64']` for a recipe. Throws HebbError naming the word that does not fit. */
export function spaceOf(recipe: Recipe, words: readonly string[]): Space {
  const space: Record<string, readonly SettingValue[] | SweepRange> = {}
  for (const word of words) {
    const { name, option, values } = split(recipe, '--set', word)
    if (name in space) throw new HebbError(`--set: ${name} is set twice: give all its values in one`)
    space[name] = rangeOf(name, option, values) ?? values.split(',').map((text) => read(name, option, text))
  }
  return space
}

/** `epochs=1..9` for a recipe. */
export function halvingOf(recipe: Recipe, word: string): Halving {
  const { name, option, values } = split(recipe, '--halving', word)
  const range = rangeOf(name, option, values)
  if (!range) throw new HebbError(`--halving: '${word}': give the least and the most, as in ${name}=1..9`)
  return { option: name, least: range.from, most: range.to }
}

function split(recipe: Recipe, flag: string, word: string): { name: string; option: Option; values: string } {
  const at = word.indexOf('=')
  const written = word.slice(0, at)
  const name = written.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const option = recipe.options[name]
  if (at < 1 || at === word.length - 1) throw new HebbError(`${flag}: '${word}': give an option and its values, as in lr=1e-3,3e-3`)
  if (!option) {
    const known = Object.keys(recipe.options).map((key) => optionName(key).slice(2))
    throw new HebbError(`${flag}: ${recipe.name} has no option ${written}: it has ${known.join(', ')}`)
  }
  return { name, option, values: word.slice(at + 1) }
}

function read(name: string, option: Option, text: string): SettingValue {
  // a switch has no value to parse: it is on or off
  if (option.placeholder === undefined) {
    if (text === 'true' || text === 'false') return text === 'true'
    throw new HebbError(`--set: ${name} is on or off: give true, false or both`)
  }
  try {
    return option.parse(text)
  } catch (error) {
    throw error instanceof HebbError ? new HebbError(`--set: ${name}: ${error.message}`) : error
  }
}

/** A range from `a..b`, by logarithms where it spans a factor of ten or more, of whole numbers where the option takes nothing else. */
function rangeOf(name: string, option: Option, values: string): SweepRange | undefined {
  const ends = values.split('..')
  if (ends.length !== 2) return undefined
  const [from, to] = ends.map((text) => read(name, option, text))
  if (typeof from !== 'number' || typeof to !== 'number') throw new HebbError(`--set: ${name} has no ranges: list its values`)
  return {
    from,
    to,
    scale: from > 0 && to / from >= 10 ? 'log' : undefined,
    whole: !takes(option, `${from + (to - from) * 0.41}5`),
  }
}

function takes(option: Option, text: string): boolean {
  try {
    option.parse(text)
    return true
  } catch {
    return false
  }
}
