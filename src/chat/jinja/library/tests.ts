/** What stands behind `is`. */
import { compare, contains, equal } from '../values/operate.js'
import {
  Callee,
  Dict,
  Float,
  Generator,
  isInt,
  isList,
  numberOf,
  TemplateError,
  Tuple,
  Undefined,
  type Value,
  View,
} from '../values/values.js'

type Test = (value: Value, args: readonly Value[]) => boolean

const remainder = (value: Value, by: Value): number => {
  const [a, b] = [numberOf(value), numberOf(by)]
  if (a === undefined || b === undefined) throw new TemplateError('a test for remainders takes numbers')
  if (b === 0) throw new TemplateError('integer division or modulo by zero')
  return a % b
}
const given = (args: readonly Value[]): Value => {
  if (args.length === 0) throw new TemplateError('a test is to compare with something')
  return args[0]!
}
const order =
  (sign: string, holds: (order: number) => boolean): Test =>
  (value, args) =>
    holds(compare(sign, value, given(args)))
const [less, lessOrSame, more, moreOrSame] = [
  order('<', (n) => n < 0),
  order('<=', (n) => n <= 0),
  order('>', (n) => n > 0),
  order('>=', (n) => n >= 0),
]
const same: Test = (value, args) => equal(value, given(args))
const different: Test = (value, args) => !equal(value, given(args))
const holdsLetters = (text: string): boolean => text.toLowerCase() !== text.toUpperCase()

const tests: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: isInt,
  float: (value) => value instanceof Float,
  number: (value) => numberOf(value) !== undefined,
  string: (value) => typeof value === 'string',
  mapping: (value) => value instanceof Dict,
  sequence: (value) =>
    typeof value === 'string' || isList(value) || value instanceof Tuple || value instanceof Dict || value instanceof Undefined,
  iterable: (value) =>
    typeof value === 'string' || isList(value) || [Tuple, Dict, View, Generator, Undefined].some((kind) => value instanceof kind),
  callable: (value) => value instanceof Callee,
  sameas: (value, args) => value === given(args) || (value instanceof Float && equal(value, given(args)) && given(args) instanceof Float),
  escaped: () => false,
  odd: (value) => Math.abs(remainder(value, 2)) === 1,
  even: (value) => remainder(value, 2) === 0,
  divisibleby: (value, args) => remainder(value, given(args)) === 0,
  lower: (value) => typeof value === 'string' && holdsLetters(value) && value === value.toLowerCase(),
  upper: (value) => typeof value === 'string' && holdsLetters(value) && value === value.toUpperCase(),
  in: (value, args) => contains(given(args), value),
  eq: same,
  equalto: same,
  '==': same,
  ne: different,
  '!=': different,
  lt: less,
  lessthan: less,
  '<': less,
  le: lessOrSame,
  '<=': lessOrSame,
  gt: more,
  greaterthan: more,
  '>': more,
  ge: moreOrSame,
  '>=': moreOrSame,
  test: (value) => typeof value === 'string' && Object.hasOwn(tests, value),
}

/** Whether a value passes a test. Throws TemplateError for a name that is not known. */
export function passes(name: string, value: Value, args: readonly Value[]): boolean {
  if (!Object.hasOwn(tests, name)) throw new TemplateError(`No test named '${name}'.`)
  return tests[name]!(value, args)
}
