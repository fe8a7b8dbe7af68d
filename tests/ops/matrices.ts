/** Matrices in plain JavaScript, small and slow. */
import { common, get, grid, sizeOf, total } from './reference.js'
import type { Grid } from './row.js'

export type Matrix = readonly (readonly number[])[]

export const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))

/** f of every matrix in the last two axes. */
export function perMatrix(x: Grid, f: (m: Matrix) => Matrix): Grid {
  const [n, m] = [x.shape.at(-2)!, x.shape.at(-1)!]
  const lead = x.shape.slice(0, -2)
  const results = Array.from({ length: sizeOf(lead) }, (_, b) =>
    f(Array.from({ length: n }, (_, i) => x.data.slice((b * n + i) * m, (b * n + i + 1) * m))),
  )
  return { shape: [...lead, results[0]?.length ?? n, results[0]?.[0]?.length ?? m], data: results.flat(2) }
}

/** Products of the last two axes; leading ones broadcast. */
export function productOf(a: Grid, b: Grid): Grid {
  const lead = (g: Grid): Grid => ({ shape: g.shape.slice(0, -2), data: [] })
  const inner = a.shape.at(-1)!
  return grid([...common(lead(a), lead(b)), a.shape.at(-2)!, b.shape.at(-1)!], (i) => {
    const [at, r, c] = [i.slice(0, -2), i.at(-2)!, i.at(-1)!]
    return total(Array.from({ length: inner }, (_, k) => get(a, [...at, r, k]) * get(b, [...at, k, c])))
  })
}

export const transposeOf = (x: Grid): Grid =>
  grid([...x.shape.slice(0, -2), x.shape.at(-1)!, x.shape.at(-2)!], (i) => get(x, [...i.slice(0, -2), i.at(-1)!, i.at(-2)!]))

const without = (m: Matrix, i: number, j: number): number[][] => m.filter((_, r) => r !== i).map((row) => row.filter((_, c) => c !== j))

/** The determinant by its first row. */
export const leibniz = (m: Matrix): number =>
  m.length === 0 ? 1 : total(m[0]!.map((v, j) => (j % 2 === 0 ? v : -v) * leibniz(without(m, 0, j))))

/** The inverse by cofactors. */
export const inverseOf = (m: Matrix): number[][] => {
  const det = leibniz(m)
  return m.map((_, i) => m.map((_, j) => ((i + j) % 2 === 0 ? 1 : -1) * (leibniz(without(m, j, i)) / det)))
}

/** Eigenvalues of a symmetric matrix in ascending order, by Jacobi's method. */
export function eigenvaluesOf(m: Matrix): number[] {
  const a = m.map((r) => [...r])
  const n = a.length
  for (let sweep = 0; sweep < 60; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue
        const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[p]![p]! - a[q]![q]!)
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        for (const row of a) [row[p], row[q]] = [c * row[p]! + s * row[q]!, c * row[q]! - s * row[p]!]
        const [rp, rq] = [a[p]!, a[q]!]
        a[p] = rp.map((v, k) => c * v + s * rq[k]!)
        a[q] = rq.map((v, k) => c * v - s * rp[k]!)
      }
  return a.map((r, i) => r[i]!).sort((x, y) => x - y)
}

/** Singular values in descending order: roots of the eigenvalues of the smaller product with itself. */
export function singularValues(m: Matrix): number[] {
  const rows = m.length <= m[0]!.length ? m : m[0]!.map((_, j) => m.map((r) => r[j]!))
  return eigenvaluesOf(rows.map((r) => rows.map((t) => total(r.map((v, k) => v * t[k]!)))))
    .map((v) => Math.sqrt(Math.max(v, 0)))
    .reverse()
}
