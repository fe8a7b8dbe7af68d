/** Patterns of paths as PEFT has them: Python's regular expressions, which begin where the path does. */
import { HebbError } from '../../tensor/errors.js'

const kept = new Map<string, RegExp>()

/** A Python pattern as a RegExp that begins where the text does, `behind` after it. Throws HebbError where it is none. */
function compiled(where: string, source: string, front: string, behind: string): RegExp {
  const key = `${front}\n${source}\n${behind}`
  const found = kept.get(key)
  if (found) return found
  const [, flags = '', rest = source] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(source) ?? []
  const own = rest
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$')
  try {
    const pattern = new RegExp(`^${front}(?:${own})${behind}`, flags)
    kept.set(key, pattern)
    return pattern
  } catch (error) {
    throw new HebbError(`${where}: ${JSON.stringify(source)} is no pattern: ${(error as Error).message}`)
  }
}

/** Matches paths of which the pattern is all. */
export const wholePattern = (where: string, source: string): RegExp => compiled(where, source, '', '$')

/** Matches paths of which the pattern is all, or the end from a dot on. */
export const patternOf = (where: string, source: string): RegExp => compiled(where, source, '(?:.*\\.)?', '$')

/** Matches paths that hold the pattern between dots. */
export const partPattern = (where: string, source: string): RegExp => compiled(where, source, '(?:.*\\.)?', '(?:$|\\.)')

/** What a path has by the first pattern that matches it. */
export function byPattern(where: string, patterns: Readonly<Record<string, number>>, path: string): number | undefined {
  for (const [source, value] of Object.entries(patterns)) if (patternOf(where, source).test(path)) return value
  return undefined
}
