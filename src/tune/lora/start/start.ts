/** What A and B are at first where it depends on the weights, or on each other. */
import type { Key } from '../../../kernels/philox.js'
import { keyOf } from '../../../kernels/random.js'
import { type Initialisation, roundsOf } from './names.js'
import { nearlyPrincipal, type Principal, principal } from './principal.js'
import { addScaled, dot, drawn, orthonormal, type Vectors } from './vectors.js'

/** First values of A (rank, in) and B (out, rank), row after row. */
export interface Start {
  readonly first: Float32Array
  readonly second: Float32Array
  /** whether s · BA is a part of the weights, which goes out of them while the adapter is in use */
  readonly isPart: boolean
}

/** What a start is made of: weights (out, in) or, `transposed`, (in, out), and how they are adapted. */
export interface StartSizes {
  readonly weights: () => Float32Array
  readonly transposed: boolean
  readonly outputs: number
  readonly inputs: number
  readonly rank: number
  readonly scale: number
  /** seed, and the layer's path */
  readonly seed: number
  readonly path: string
}

/** The start of one layer; undefined where A and B are drawn each by itself. */
export function startOf(initialisation: Initialisation, sizes: StartSizes): Start | undefined {
  const key = keyOf(sizes.seed, 'adapter', sizes.path)
  if (initialisation === 'orthogonal') return orthogonal(sizes, key)
  if (initialisation === 'olora') return triangular(sizes)
  const rounds = roundsOf(initialisation)
  if (initialisation !== 'pissa' && rounds === undefined) return undefined
  const { transposed, outputs, inputs, rank, scale } = sizes
  const matrix = { numbers: sizes.weights(), rows: transposed ? inputs : outputs, columns: transposed ? outputs : inputs }
  const found = rounds === undefined ? principal(matrix, rank, key) : nearlyPrincipal(matrix, rank, rounds, key)
  return split(transposed ? { ...found, left: found.right, right: found.left } : found, sizes, scale)
}

/** A = √(S/s) Vᵀ, B = U √(S/s) */
function split({ left, values, right }: Principal, { rank, inputs, outputs }: StartSizes, scale: number): Start {
  const [first, second] = [new Float32Array(rank * inputs), new Float32Array(outputs * rank)]
  for (const [k, value] of values.entries()) {
    const factor = Math.sqrt(value / scale)
    for (let i = 0; i < inputs; i++) first[k * inputs + i] = factor * right[k]![i]!
    for (let o = 0; o < outputs; o++) second[o * rank + k] = factor * left[k]![o]!
  }
  return { first, second, isPart: true }
}

/** B is the first columns of Q and A the first rows of R of W = QR, the diagonal of R signed as LAPACK has it. */
function triangular({ weights, transposed, outputs, inputs, rank }: StartSizes): Start {
  const w = weights()
  const column = (i: number): Float64Array =>
    Float64Array.from({ length: outputs }, (_, o) => w[transposed ? i * outputs + o : o * inputs + i]!)
  const rest = Array.from({ length: inputs }, (_, i) => column(i))
  const [first, second] = [new Float32Array(rank * inputs), new Float32Array(outputs * rank)]
  // Householder's reflections, which are kept: Q is what they make of the first columns of the unit matrix
  const mirrors: { readonly v: Float64Array; readonly factor: number }[] = []
  for (let k = 0; k < rank; k++) {
    const v = rest[k]!.map((value, o) => (o < k ? 0 : value))
    const length = Math.sqrt(dot(v, v))
    const below = v.some((value, o) => o > k && value !== 0)
    if (below) v[k]! += v[k]! < 0 ? -length : length
    const factor = below ? 2 / dot(v, v) : 0
    mirrors.push({ v, factor })
    if (below) for (let i = k; i < inputs; i++) addScaled(rest[i]!, -factor * dot(v, rest[i]!), v)
    for (let i = k; i < inputs; i++) first[k * inputs + i] = rest[i]![k]!
  }
  for (let k = 0; k < rank; k++) {
    const q = new Float64Array(outputs)
    q[k] = 1
    for (const { v, factor } of mirrors.toReversed()) addScaled(q, -factor * dot(v, q), v)
    for (let o = 0; o < outputs; o++) second[o * rank + k] = q[o]!
  }
  return { first, second, isPart: true }
}

/** A and B of normal numbers, whose product is 0: they mix different rows of one orthogonal matrix. */
function orthogonal({ rank, inputs, outputs }: StartSizes, key: Key): Start {
  const q = orthonormal(
    [],
    Array.from({ length: rank }, (_, i) => drawn(key, i, rank)),
  )
  const made = (rows: Vectors, length: number, from: number): Float64Array[] => {
    const free = rows.map((_, j) => drawn(key, from + j, length))
    return Array.from({ length: rank }, (_, k) => {
      const sum = new Float64Array(length)
      for (const [j, row] of rows.entries()) addScaled(sum, row[k]! / 10, free[j]!)
      return sum
    })
  }
  const a = made(
    q.filter((_, i) => i % 2 === 0),
    inputs,
    rank,
  )
  const b = made(
    q.filter((_, i) => i % 2 === 1),
    outputs,
    2 * rank,
  )
  const second = new Float32Array(outputs * rank)
  for (let k = 0; k < rank; k++) for (let o = 0; o < outputs; o++) second[o * rank + k] = b[k]![o]!
  return { first: Float32Array.from(a.flatMap((row) => [...row])), second, isPart: false }
}
