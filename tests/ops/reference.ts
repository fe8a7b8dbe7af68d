/** Plain JavaScript on grids of numbers, slow and obvious: what ops are compared with. */
import type { Grid } from './row.js'

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** Every index of a shape, in row-major order. */
export function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0)
  for (let n = sizeOf(shape); n > 0; n--) {
    yield [...index]
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0
  }
}

/** A grid from what stands at each index. */
export const grid = (shape: readonly number[], f: (index: number[]) => number): Grid => ({ shape, data: Array.from(indicesOf(shape), f) })

/** The number at an index; further leading indices are ignored and axes of size 1 stretch, as in broadcasting. */
export function get(x: Grid, index: readonly number[]): number {
  const own = index.slice(index.length - x.shape.length)
  return x.data[own.reduce((at, i, axis) => at * x.shape[axis]! + (x.shape[axis] === 1 ? 0 : i), 0)]!
}

export const map = (x: Grid, f: (v: number) => number): Grid => ({ shape: x.shape, data: x.data.map(f) })

/** The common shape of grids that broadcast. */
export function common(...grids: readonly Grid[]): number[] {
  const rank = Math.max(...grids.map((g) => g.shape.length))
  return Array.from({ length: rank }, (_, i) => {
    const sizes = grids.map((g) => g.shape[i - rank + g.shape.length] ?? 1)
    return sizes.find((d) => d !== 1) ?? 1
  })
}

/** f of two grids that broadcast. */
export const zip = (x: Grid, y: Grid, f: (a: number, b: number) => number): Grid => grid(common(x, y), (i) => f(get(x, i), get(y, i)))

export const axisAt = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** f of the list of numbers that each place of the result is made of. */
export function reduce(x: Grid, axes: readonly number[] | undefined, f: (values: number[]) => number, keep = false): Grid {
  const gone = (axes ?? x.shape.map((_, i) => i)).map((a) => axisAt(a, x.shape.length))
  const kept = x.shape.map((d, i) => (gone.includes(i) ? 1 : d))
  const lists = new Map<string, number[]>()
  for (const i of indicesOf(kept)) lists.set(i.join(), [])
  for (const i of indicesOf(x.shape)) lists.get(i.map((v, axis) => (gone.includes(axis) ? 0 : v)).join())!.push(get(x, i))
  return { shape: keep ? kept : x.shape.filter((_, i) => !gone.includes(i)), data: [...lists.values()].map(f) }
}

/** f of every line along an axis, which gives a line: of any one length. */
export function lines(x: Grid, axis: number, f: (line: number[]) => readonly number[]): Grid {
  const along = axisAt(axis, x.shape.length)
  const results = new Map<string, readonly number[]>()
  let length = x.shape[along]!
  for (const i of indicesOf(x.shape.map((d, k) => (k === along ? 1 : d)))) {
    const line = Array.from({ length: x.shape[along]! }, (_, n) => get(x, i.with(along, n)))
    const result = f(line)
    length = result.length
    results.set(i.with(along, 0).join(), result)
  }
  return grid(x.shape.with(along, length), (i) => results.get(i.with(along, 0).join())![i[along]!]!)
}

export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
