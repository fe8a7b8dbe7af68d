/** The plane in which a training path moves most. */
import { HebbError, ShapeError } from '../../tensor/errors.js'

/** A path of weights in its own plane. */
export interface PathPlane {
  /** the two axes, of length 1 and at right angles, the longer spread first; for `lossSlice` */
  readonly directions: readonly [Float32Array, Float32Array]
  /** where the path goes, in units of those axes; its last point is (0, 0) */
  readonly points: readonly { readonly x: number; readonly y: number }[]
  /** share of the path's spread that each axis holds, 0 … 1 */
  readonly explained: readonly [number, number]
}

/**
 * The principal components of a training path, seen from its end [Li 2018]: the two directions u that hold most of Σₜ (u·(wₜ − w_end))². They come from the
 * T × T products of the steps with one another, so long weight vectors cost no more than reading them.
 * Throws HebbError for fewer than 3 points or a path that does not leave a line, ShapeError for points of different lengths.
 *
 * @example
 * const path = [flatWeights(model)]
 * for await (const e of fit(model, train, { loss, optimizer, epochs: 20 })) path.push(flatWeights(model))
 * const { directions, points } = pathPlane(path)
 */
export function pathPlane(path: readonly Float32Array[]): PathPlane {
  if (path.length < 3) throw new HebbError(`pathPlane: ${path.length} points: a plane needs at least 3`)
  const end = path.at(-1)!
  for (const [i, p] of path.entries())
    if (p.length !== end.length) throw new ShapeError(`pathPlane: point ${i} has ${p.length} numbers, the last ${end.length}`)
  const steps = path.slice(0, -1).map((p) => Float64Array.from(p, (v, i) => v - end[i]!))
  const products = steps.map((a) => steps.map((b) => a.reduce((sum, v, i) => sum + v * b[i]!, 0)))
  const total = products.reduce((sum, row, i) => sum + row[i]!, 0)
  const { values, vectors } = eigen(products)
  const axes = [0, 1].map((k) => {
    const share = (values[k] ?? 0) / total
    if (!(share > 1e-12)) throw new HebbError('pathPlane: the path does not leave a straight line: it has no plane')
    const axis = new Float64Array(end.length)
    vectors[k]!.forEach((weight, t) => {
      const step = steps[t]!
      for (let i = 0; i < axis.length; i++) axis[i]! += weight * step[i]!
    })
    const length = Math.sqrt(axis.reduce((sum, v) => sum + v * v, 0))
    return { axis: Float32Array.from(axis, (v) => v / length), share }
  })
  const on = (step: Float64Array, axis: Float32Array): number => step.reduce((sum, v, i) => sum + v * axis[i]!, 0)
  const [first, second] = axes as [(typeof axes)[0], (typeof axes)[0]]
  return {
    directions: [first.axis, second.axis],
    points: [...steps.map((step) => ({ x: on(step, first.axis), y: on(step, second.axis) })), { x: 0, y: 0 }],
    explained: [first.share, second.share],
  }
}

/** Eigenvalues of a symmetric matrix from the largest down, with their vectors, by Jacobi's rotations. */
function eigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length
  const a = matrix.map((row) => [...row])
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)))
  const size = Math.sqrt(a.reduce((sum, row) => sum + row.reduce((s, x) => s + x * x, 0), 0))
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p]![q]! ** 2
    if (Math.sqrt(off) <= 1e-14 * size) break
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q)
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!)
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v.map((row) => row[i]!)) }
}

/** One rotation that makes a[p][q] zero. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const apq = a[p]![q]!
  if (apq === 0) return
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < a.length; k++) {
    const [kp, kq] = [a[k]![p]!, a[k]![q]!]
    a[k]![p] = c * kp - s * kq
    a[k]![q] = s * kp + c * kq
  }
  for (let k = 0; k < a.length; k++) {
    const [pk, qk] = [a[p]![k]!, a[q]![k]!]
    a[p]![k] = c * pk - s * qk
    a[q]![k] = s * pk + c * qk
    const [vp, vq] = [v[k]![p]!, v[k]![q]!]
    v[k]![p] = c * vp - s * vq
    v[k]![q] = s * vp + c * vq
  }
}
