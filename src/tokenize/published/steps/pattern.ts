/** The patterns of tokenizer.json, which are Oniguruma's, as JavaScript's. */
import * as tokenizers from '@huggingface/tokenizers'
import { HebbError } from '../../../tensor/index.js'
import type { Fields } from '../fields.js'
import { possessive } from './possessive.js'

/** What translates patterns. The declarations of the package name it from a file that compilers of Node's modules do not find. */
const Split: new (config: object) => { readonly pattern: unknown } = Reflect.get(tokenizers, 'SplitPreTokenizer')

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/**
 * The pattern of a field `pattern`: `{ String }` is meant as it stands, `{ Regex }` in Oniguruma's language. Global and by code points.
 * Throws HebbError for a pattern that cannot be read.
 */
export function patternOf(fields: Fields): RegExp {
  const pattern = fields.object('pattern')
  if (pattern.has('String')) {
    const text = pattern.text('String')
    return new RegExp(text === '' ? '(?!)' : escaped(text), 'gu')
  }
  const source = pattern.text('Regex')
  // letters of either case in all of the pattern: a flag in JavaScript
  const [, anyCase, own] = /^(\(\?i\))?([\s\S]*)$/.exec(source)!
  try {
    const translated = new Split({ type: 'Split', pattern: { Regex: possessive(own!) }, behavior: 'Isolated', invert: false })
    if (!(translated.pattern instanceof RegExp)) throw new Error('it is no pattern')
    return anyCase ? new RegExp(translated.pattern.source, `${translated.pattern.flags}i`) : translated.pattern
  } catch (error) {
    throw new HebbError(`${pattern.path}: the pattern ${source} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Where a pattern matches, in order. */
export function* matchesOf(pattern: RegExp, text: string): Generator<readonly [number, number]> {
  for (const match of text.matchAll(pattern)) yield [match.index, match.index + match[0].length]
}
