/** Options checked by name: from plain JavaScript a misspelt one would be ignored without a word. */
import { HebbError } from './errors.js'

/** Options once each has a value. */
export type Settled<O> = { readonly [K in keyof O]-?: Exclude<O[K], undefined> }

type Undefinable<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T]
/** What `defined` gives. */
export type Defined<T> = Omit<T, Undefinable<T>> & { [K in Undefinable<T>]?: Exclude<T[K], undefined> }

/**
 * The fields that hold something, for results: what is not there is no field. Options need no such care, as an option that is undefined is one left out.
 *
 * @example defined({ loss, accuracy: undefined }) // { loss }
 */
export function defined<const T extends object>(fields: T): Defined<T> {
  const held: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) held[name] = value
  return held as Defined<T>
}

/** What a value is, in a sentence: undefined, an array, a number, a Promise, the class Linear. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))) return `the class ${value.name}`
  const kind = typeof value === 'object' ? value.constructor?.name || 'object' : typeof value
  return kind === 'Object' ? 'an object' : `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`
}

/**
 * Throws HebbError when `given` is no object of options, or holds one that is not among `known`, naming the nearest.
 *
 * @example checkOptions('fit', { epoch: 3 }, ['epochs', 'seed']) // HebbError: fit has no option epoch: did you mean epochs? It has epochs, seed
 */
export function checkOptions(where: string, given: unknown, known: readonly string[]): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null)
    throw new HebbError(`${where}: the options are ${kindOf(given)}: give an object, such as { ${known[0]} }`)
  for (const name in given) {
    if (known.includes(name) || (given as Readonly<Record<string, unknown>>)[name] === undefined) continue
    throw new HebbError(`${where} has no option ${name}: ${meant(name, known)}it has ${known.join(', ')}`)
  }
}

/** `did you mean epochs? ` where a name is near enough, else nothing. */
export function meant(name: string, known: readonly string[]): string {
  // learningRate is lr
  const initials = name
    .replace(/([A-Z])/g, ' $1')
    .split(/[ _-]+/)
    .map((word) => word[0] ?? '')
    .join('')
    .toLowerCase()
  if (name.length > initials.length && known.includes(initials)) return `did you mean ${initials}? `
  const near = known
    .map((other) => ({ other, far: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, far }) => far <= Math.max(1, Math.floor(Math.max(name.length, other.length) / 2)))
    .sort((a, b) => a.far - b.far)
  return near[0] ? `did you mean ${near[0].other}? ` : ''
}

/** Letters to insert, drop, exchange or swap with their neighbour to make one text the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
