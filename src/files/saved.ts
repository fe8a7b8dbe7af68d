/** Reading a saved state: every field and array is what it should be, or an error names it. */
import { HebbError, ShapeError } from '../tensor/errors.js'
import { type Shape, sameShape, showShape } from '../tensor/shape.js'
import type { StoredArrays, StoredDtype, StoredTensor } from './safetensors/stored.js'
import type { Plain, Saved, Stateful } from './stateful.js'

/** What a field can be asked to hold: see `plainFields`. */
interface Kinds {
  readonly count: number
  readonly number: number
  readonly finite: number
  readonly amount: number
  readonly boolean: boolean
  readonly string: string
  readonly list: readonly Plain[]
  readonly numbers: readonly number[]
  readonly object: { readonly [name: string]: Plain }
  readonly plain: Plain
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

const tests: { readonly [K in keyof Kinds]: readonly [test: (value: unknown) => boolean, wanted: string] } = {
  count: [(value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0 on'],
  number: [(value) => typeof value === 'number', 'a number'],
  finite: [Number.isFinite, 'a finite number'],
  amount: [(value) => Number.isFinite(value) && (value as number) >= 0, 'a number from 0 on'],
  boolean: [(value) => typeof value === 'boolean', 'true or false'],
  string: [(value) => typeof value === 'string', 'a text'],
  list: [Array.isArray, 'a list'],
  numbers: [(value) => Array.isArray(value) && value.every((v) => typeof v === 'number'), 'a list of numbers'],
  object: [isObject, 'an object'],
  plain: [(value) => value !== undefined, 'there'],
}

/**
 * The fields of plain data, each of the kind asked for: `count` (a whole number from 0 on), `number` (NaN and infinities too), `finite`, `amount` (finite,
 * from 0 on), `boolean`, `string`, `list`, `numbers` (a list of them), `object`, or `plain` for any of these. Throws HebbError naming the field, its value and what was wanted; further fields are
 * left alone. `what` stands before the names.
 *
 * @example const { steps, best } = plainFields(saved.plain, { steps: 'count', best: 'number' })
 */
export function plainFields<const K extends Readonly<Record<string, keyof Kinds>>>(
  plain: Plain | undefined,
  kinds: K,
  what = '',
): { readonly [N in keyof K]: Kinds[K[N]] } {
  if (!isObject(plain)) throw new HebbError(`${what || 'the state'} is ${shown(plain)}, not an object`)
  const fields = plain as { readonly [name: string]: Plain }
  for (const [name, kind] of Object.entries(kinds)) {
    const [test, wanted] = tests[kind]
    if (!test(fields[name])) throw new HebbError(`${what && `${what} `}${name} is ${shown(fields[name])}, not ${wanted}`)
  }
  return fields as { readonly [N in keyof K]: Kinds[K[N]] }
}

/** A value in an error. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value).slice(0, 60)

/** What an array is to be. */
export interface ArrayForm<D extends StoredDtype = StoredDtype> {
  readonly dtype: D
  readonly shape: Shape
}

/**
 * The numbers of a saved array, which must be there in this form. Throws HebbError where it is missing, ShapeError where it has another form.
 *
 * @example this.position.set(savedArray(saved, 'position', { dtype: 'f32', shape: [3] }))
 */
export function savedArray<D extends StoredDtype>(saved: Saved, name: string, form: ArrayForm<D>): StoredArrays[D] {
  const found = saved.arrays?.get(name)
  if (!found) throw new HebbError(`there is no array ${name}, where ${formOf(form)} was expected`)
  if (found.dtype !== form.dtype || !sameShape(found.shape, form.shape))
    throw new ShapeError(`the array ${name} is ${formOf(found)}, not ${formOf(form)}`)
  return found.data as StoredArrays[D]
}

/** Checks that a state has these arrays and no others. Throws as `savedArray` does, and HebbError naming one that is too many. */
export function requireArrays(saved: Saved, forms: ReadonlyMap<string, ArrayForm>): void {
  for (const [name, form] of forms) savedArray(saved, name, form)
  for (const name of saved.arrays?.keys() ?? []) if (!forms.has(name)) throw new HebbError(`the array ${name} is one too many`)
}

const formOf = ({ dtype, shape }: ArrayForm | StoredTensor): string => `${showShape(shape)} ${dtype}`

/**
 * Fields of plain data as a part of a run: the object itself, to read and to change, with a state.
 *
 * @example
 * const score = stateful({ episodes: 0, mean: 0 })
 * score.episodes++
 */
export function stateful<T extends Readonly<Record<string, Plain>>>(fields: T): { -readonly [K in keyof T]: Widened<T[K]> } & Stateful {
  const methods: Stateful = {
    state: () => ({ plain: { ...(object as T) } }),
    check: ({ plain }) => {
      const saved = plainFields(plain, {}) as Readonly<Record<string, Plain>>
      for (const [name, first] of Object.entries(fields))
        if (saved[name] === undefined || (first !== null && kindOf(saved[name]) !== kindOf(first)))
          throw new HebbError(`${name} is ${shown(saved[name])}, not ${kindOf(first)}`)
    },
    restore: ({ plain }) => void Object.assign(object, plain),
  }
  const hidden = Object.entries(methods).map(([name, value]) => [name, { value }] as const)
  const object: object = Object.defineProperties({ ...fields }, Object.fromEntries(hidden))
  return object as { -readonly [K in keyof T]: Widened<T[K]> } & Stateful
}

/** What a field may come to hold: any value of the kind that it begins with. */
type Widened<T> = T extends number ? number : T extends string ? string : T extends boolean ? boolean : T extends null ? Plain : T

const kindOf = (value: Plain): string => (Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`)
