/** Sizes that an exported model leaves free: how every integer of its graph follows from them, found by tracing it at several. */
import type { Emit } from '../../graph/op.js'
import { HebbError } from '../../tensor/errors.js'

/** A size that is left free. */
export interface FreeSize {
  readonly name: string
  /** two sizes it is traced at; their sum is a third, to check by */
  readonly probes: readonly [number, number]
  /** an input of the model and the axis of it that has this size */
  readonly input: string
  readonly axis: number
}

/** An integer as a polynomial in free sizes, each at most to the first power: a coefficient for every product of them, by bits. */
export type Polynomial = readonly number[]

/** The sizes of every free size, for each product of choices: bit i says whether size i takes its larger probe. */
export const corners = (free: readonly FreeSize[]): number[][] =>
  Array.from({ length: 2 ** free.length }, (_, bits) => free.map(({ probes }, i) => probes[(bits >> i) & 1]!))

/** Where the result is checked: all sizes others than at the corners. */
export const beyond = (free: readonly FreeSize[]): number[] => free.map(({ probes: [a, b] }) => a + b)

/** The polynomial through the values at the corners; undefined where a coefficient is no integer. */
export function solve(values: readonly number[], free: readonly FreeSize[]): Polynomial | undefined {
  const found = [...values]
  free.forEach(({ probes: [small, large] }, i) => {
    for (let bits = 0; bits < found.length; bits++) {
      if (((bits >> i) & 1) === 0) continue
      const at = bits & ~(1 << i)
      const slope = (found[bits]! - found[at]!) / (large - small)
      found[bits] = slope
      found[at] = found[at]! - slope * small
    }
  })
  const whole = found.map(Math.round)
  return found.every((v, i) => Math.abs(v - whole[i]!) < 1e-6) ? whole : undefined
}

/** A polynomial's value. */
export const valueAt = (polynomial: Polynomial, sizes: readonly number[]): number =>
  polynomial.reduce((sum, c, bits) => sum + c * sizes.reduce((product, size, i) => product * (((bits >> i) & 1) === 1 ? size : 1), 1), 0)

/** Whether it is the same whatever the sizes. */
export const isConstant = (polynomial: Polynomial): boolean => polynomial.every((c, bits) => bits === 0 || c === 0)

const namesOf = (bits: number, free: readonly FreeSize[]): FreeSize[] => free.filter((_, i) => ((bits >> i) & 1) === 1)

/** `N`, `2*T+1`, `N*T`: what a file calls a size. */
export function showSize(polynomial: Polynomial, free: readonly FreeSize[]): string | number {
  if (isConstant(polynomial)) return polynomial[0]!
  const terms = polynomial.flatMap((c, bits) => {
    if (c === 0 || bits === 0) return []
    const product = namesOf(bits, free)
      .map(({ name }) => name)
      .join('*')
    return [c === 1 ? product : `${c}*${product}`]
  })
  const [b] = polynomial as [number]
  return `${terms.join('+')}${b === 0 ? '' : b > 0 ? `+${b}` : b}`.replaceAll('+-', '-')
}

/** Writes a list of integers as computed from the sizes of the inputs. */
export function writeIntegers(polynomials: readonly Polynomial[], free: readonly FreeSize[], e: Emit): string {
  const whole = (v: number): string => e.constant(BigInt64Array.of(BigInt(v)), [1], 'i64')
  const sizeOf = ({ input, axis }: FreeSize): string => e('Slice', [e('Shape', [input]), whole(axis), whole(axis + 1)])
  const parts = polynomials.map((polynomial) => {
    if (isConstant(polynomial)) return whole(polynomial[0]!)
    const terms = polynomial.flatMap((c, bits) => {
      if (c === 0 || bits === 0) return []
      const product = namesOf(bits, free)
        .map(sizeOf)
        .reduce((a, b) => e('Mul', [a, b]))
      return [e('Mul', [product, whole(c)])]
    })
    if (polynomial[0] !== 0) terms.push(whole(polynomial[0]!))
    return terms.reduce((a, b) => e('Add', [a, b]))
  })
  return parts.length === 1 ? parts[0]! : e('Concat', parts, { axis: 0 })
}

/** Integers at every corner and beyond as polynomials. Throws HebbError, naming the sizes, for those that are none. */
export function polynomialsOf(
  lists: readonly (readonly number[])[],
  check: readonly number[],
  free: readonly FreeSize[],
): readonly Polynomial[] {
  return lists[0]!.map((_, at) => {
    const found = solve(
      lists.map((list) => list[at]!),
      free,
    )
    if (found && valueAt(found, beyond(free)) === check[at]) return found
    const told = corners(free)
      .map((sizes, i) => `${lists[i]![at]} at ${sizes.map((size, k) => `${free[k]!.name} ${size}`).join(', ')}`)
      .join('; ')
    throw new HebbError(
      `exportOnnx: a size in the graph is no sum of products of the free ones: ${told}; ${check[at]} at ${beyond(free)
        .map((size, k) => `${free[k]!.name} ${size}`)
        .join(
          ', ',
        )}. Give numbers instead of names in { input }, or { batch: n }, or probes it can be traced at, { probes: { T: [16, 32] } }`,
    )
  })
}
