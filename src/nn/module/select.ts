/** Choosing weights or layers by name: one way everywhere. */
import { HebbError } from '../../tensor/errors.js'
import { kindOf, meant } from '../../tensor/options.js'
import type { Param } from '../param.js'

/**
 * Which weights (or layers) are meant, by their paths in the model:
 *
 * - a text is a path from the model down and all that lies below it: `'encoder'` is `encoder.0.weight` too, but not `encoder2.weight`. In it `*` stands for
 *   any letters of one field and `**` for any number of fields: `'layers.*.attention'`, `'**.bias'`;
 * - a RegExp is looked for anywhere in the path: `/attention|norm/`;
 * - a function is asked with the path and the parameter (or layer): `(path, param) => param.shape.length === 2`;
 * - a list means all that any of its members does.
 *
 * @example trainStep(model, adam(), loss, { only: ['head', '**.norm'] })
 */
export type Select<T = Param> = string | RegExp | ((path: string, item: T) => boolean) | readonly Select<T>[]

/** A selection as a function. Throws HebbError, with `where` in front, for what is none. */
export function selector<T = Param>(where: string, select: Select<T>): (path: string, item: T) => boolean {
  if (typeof select === 'function') return select
  if (select instanceof RegExp) return (path) => path.search(select) >= 0
  if (typeof select === 'string') {
    const pattern = patternOf(where, select)
    return (path) => pattern.test(path)
  }
  if (!Array.isArray(select))
    throw new HebbError(
      `${where}: ${kindOf(select)} chooses nothing: give a path such as 'encoder', a RegExp, a function (path, param) => boolean, or a list of these`,
    )
  const any = (select as readonly Select<T>[]).map((one) => selector(where, one))
  return (path, item) => any.some((is) => is(path, item))
}

/** A text as a pattern of paths. */
function patternOf(where: string, text: string): RegExp {
  const fields = text.split('.')
  if (fields.includes(''))
    throw new HebbError(`${where}: '${text}' is no path: give field names with dots between them, such as 'encoder.0'`)
  const last = fields.length - 1
  const source = fields.map((field, i) => {
    if (field === '**') return i === last ? '.+' : '(?:[^.]+\\.)*'
    return `${field.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '[^.]*')}${i === last ? '(?:\\.|$)' : '\\.'}`
  })
  return new RegExp(`^${source.join('')}`)
}

/** Throws HebbError where a text of a selection means none of these paths, as a misspelt one does; what patterns and functions mean is their own affair. */
export function requireNamed<T>(where: string, select: Select<T>, paths: readonly string[]): void {
  if (Array.isArray(select)) {
    for (const one of select as readonly Select<T>[]) requireNamed(where, one, paths)
    return
  }
  if (typeof select !== 'string') return
  const pattern = patternOf(where, select)
  if (paths.some((path) => pattern.test(path))) return
  const places = new Set(paths.flatMap((path) => [...path.matchAll(/\.|$/g)].map(({ index }) => path.slice(0, index))))
  throw new HebbError(`${where}: '${select}' is no part of the model: ${meant(select, [...places])}it has ${some(paths)}`)
}

/** Those of some weights, by path, that a selection means; all without one. Throws HebbError where it means none. */
export function chosen<T>(
  where: string,
  only: Select<T> | undefined,
  weights: readonly (readonly [path: string, item: T])[],
): (readonly [string, T])[] {
  if (only === undefined) return [...weights]
  const paths = weights.map(([path]) => path)
  requireNamed(`${where}: only`, only, paths)
  const is = selector(`${where}: only`, only)
  const found = weights.filter(([path, item]) => is(path, item))
  if (found.length > 0) return found
  throw new HebbError(`${where}: only means none of the weights: ${some(paths) || 'there are none'}`)
}

/** The first names of many. */
export const some = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')
