/** Shapes written with letters, as docs write them: checked where a tensor comes in, and read from there. */
import type { Dtype } from './dtype.js'
import { ShapeError } from './errors.js'
import { type Shape, showShape } from './shape.js'

type Words<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Words<Rest> : S

/** The sizes that letters name: `{ N, T, D }` of 'N T D'; numbers and `_` name none. */
export type Sizes<S extends string> = { readonly [K in Exclude<Words<S>, `${number}` | '_' | ''>]: number }

/**
 * The sizes of a shape by the letters of `pattern`, one word an axis: a letter that comes twice is one size, a number is that size, `_` is any.
 * Throws ShapeError, which begins with `what`, where the shape is another.
 */
export function sizesOf<S extends string>(shape: Shape, dtype: Dtype, pattern: S, what: string): Sizes<S> {
  const words = pattern.split(' ').filter((word) => word !== '')
  const found: Record<string, number> = {}
  const fail = (why: string): never => {
    throw new ShapeError(`${what}: ${showShape(shape)} ${dtype} is not (${words.join(', ')}): ${why}`)
  }
  if (words.length !== shape.length) fail(`it has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'}, not ${words.length}`)
  words.forEach((word, axis) => {
    const size = shape[axis]!
    const wanted = /^\d+$/.test(word) ? Number(word) : found[word]
    if (word === '_' || wanted === undefined) found[word] = size
    else if (wanted !== size) fail(word === String(wanted) ? `axis ${axis} is ${size}` : `${word} is ${wanted} and ${size}`)
  })
  return found as Sizes<S>
}
