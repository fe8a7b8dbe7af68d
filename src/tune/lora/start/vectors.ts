/** Arithmetic on lists of vectors in 64 bits, for factors of matrices that are needed at once. */
import type { Key } from '../../../kernels/philox.js'
import { normal } from '../../../kernels/random.js'

/** Vectors of one length. */
export type Vectors = readonly Float64Array[]

/** A matrix, row after row. */
export interface Matrix {
  readonly numbers: Float32Array
  readonly rows: number
  readonly columns: number
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** y += s · x */
export function addScaled(y: Float64Array, s: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += s * x[i]!
}

/** Normal numbers, the `step`-th of a stream. */
export const drawn = (key: Key, step: number, length: number): Float64Array =>
  Float64Array.from(normal(key, step, new Float32Array(length)))

/** Σ weightᵢ · vectorᵢ */
export function mixed(vectors: Vectors, weights: (i: number) => number): Float64Array {
  const sum = new Float64Array(vectors[0]!.length)
  for (const [i, vector] of vectors.entries()) addScaled(sum, weights(i), vector)
  return sum
}

/** M x of each x. */
export const times = ({ numbers, rows, columns }: Matrix, vectors: Vectors): Float64Array[] =>
  vectors.map((x) => {
    const y = new Float64Array(rows)
    for (let i = 0, at = 0; i < rows; i++) {
      let sum = 0
      for (let j = 0; j < columns; j++) sum += numbers[at++]! * x[j]!
      y[i] = sum
    }
    return y
  })

/** Mᵀ x of each x. */
export const timesTransposed = ({ numbers, rows, columns }: Matrix, vectors: Vectors): Float64Array[] =>
  vectors.map((x) => {
    const y = new Float64Array(columns)
    for (let i = 0, at = 0; i < rows; i++) {
      const factor = x[i]!
      for (let j = 0; j < columns; j++) y[j]! += factor * numbers[at++]!
    }
    return y
  })

/** What is left of vectors at right angles to those of a basis; twice, as rounding leaves something the first time. */
export function outside(basis: Vectors, vectors: Vectors): Float64Array[] {
  const left = vectors.map((x) => x.slice())
  for (const x of left) for (let round = 0; round < 2; round++) for (const q of basis) addScaled(x, -dot(q, x), q)
  return left
}

/** Vectors of length 1 at right angles to a basis and to each other that span what is left of those given; fewer, where little is left. */
export function orthonormal(basis: Vectors, vectors: Vectors): Float64Array[] {
  const found: Float64Array[] = []
  for (const vector of vectors) {
    const [x] = outside([...basis, ...found], [vector])
    const length = Math.sqrt(dot(x!, x!))
    if (length > 1e-10 * Math.sqrt(dot(vector, vector))) found.push(x!.map((value) => value / length))
  }
  return found
}

/** Eigenvalues of a symmetric (n, n) in descending order, and its eigenvectors, by Jacobi's rotations [Demmel 1992]. */
export function eigen(matrix: Vectors): { readonly values: readonly number[]; readonly vectors: Vectors } {
  const a = matrix.map((row) => row.slice())
  const n = a.length
  const v = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => Number(i === j)))
  for (let sweep = 0, moved = true; moved && sweep < 60; sweep++) {
    moved = false
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const [ap, aq] = [a[p]!, a[q]!]
        if (Math.abs(ap[q]!) <= 1e-16 * Math.sqrt(Math.abs(ap[p]! * aq[q]!)) || ap[q] === 0) continue
        moved = true
        const theta = (aq[q]! - ap[p]!) / (2 * ap[q]!)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const c = 1 / Math.hypot(t, 1)
        rotate(ap, aq, c, t * c)
        for (const row of a) {
          const [x, y] = [row[p]!, row[q]!]
          row[p] = c * x - t * c * y
          row[q] = t * c * x + c * y
        }
        rotate(v[p]!, v[q]!, c, t * c)
      }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!)
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) }
}

function rotate(p: Float64Array, q: Float64Array, c: number, s: number): void {
  for (let i = 0; i < p.length; i++) {
    const [x, y] = [p[i]!, q[i]!]
    p[i] = c * x - s * y
    q[i] = s * x + c * y
  }
}
