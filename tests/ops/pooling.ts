/** Pools, resizing and padding in plain loops. */
import { get, grid, indicesOf } from './reference.js'
import type { Grid } from './row.js'

/** Windows of every axis: the positions of window p, −1 for padding. */
export type Windows = readonly (readonly (readonly number[])[])[]

/** Windows that walk over axes of the given sizes. */
export function walk(
  sizes: readonly number[],
  kernel: readonly number[],
  {
    stride = kernel,
    padding = 0,
    dilation = 1,
    ceil = false,
  }: { stride?: readonly number[]; padding?: number; dilation?: number; ceil?: boolean } = {},
): Windows {
  return sizes.map((size, a) => {
    const [k, s] = [kernel[a]!, stride[a]!]
    const windows: number[][] = []
    for (let start = -padding; ; start += s) {
      const last = start + dilation * (k - 1)
      const fits = last < size + padding
      // with ceil, a window that reaches over the end counts if the one before did not end there and it starts inside
      if (!fits && !(ceil && start < size && last - (size + padding - 1) < s)) break
      windows.push(Array.from({ length: k }, (_, i) => start + i * dilation))
    }
    return windows.map((w) => w.map((i) => (i >= 0 && i < size ? i : i < size + padding ? -1 : -2)))
  })
}

/** Windows that share each axis evenly. */
export const shares = (sizes: readonly number[], out: readonly number[]): Windows =>
  sizes.map((size, a) =>
    Array.from({ length: out[a]! }, (_, p) => {
      const from = Math.floor((p * size) / out[a]!)
      return Array.from({ length: Math.ceil(((p + 1) * size) / out[a]!) - from }, (_, k) => from + k)
    }),
  )

/** f of the numbers in each window, and of how many of its positions are inside, padding, or beyond that. */
export function pool(x: Grid, windows: Windows, f: (values: number[], counts: { inside: number; padded: number }) => number): Grid {
  const [N, C] = x.shape
  return grid([N!, C!, ...windows.map((w) => w.length)], ([n, c, ...p]) => {
    const own = p.map((v, a) => windows[a]![v]!)
    const values: number[] = []
    let padded = 0
    for (const k of indicesOf(own.map((w) => w.length))) {
      const at = k.map((v, a) => own[a]![v]!)
      if (at.every((v) => v >= 0)) values.push(get(x, [n!, c!, ...at]))
      else if (!at.includes(-2)) padded++
    }
    return f(values, { inside: values.length, padded })
  })
}

/** Each number of the result from a position per axis of x, mixed by the weights of `mix`. */
export function resized(x: Grid, out: readonly number[], mix: (axis: number, p: number) => readonly (readonly [number, number])[]): Grid {
  return grid([...x.shape.slice(0, 2), ...out], ([n, c, ...p]) => {
    const lists = p.map((v, a) => mix(a, v))
    let sum = 0
    for (const k of indicesOf(lists.map((l) => l.length))) {
      const picked = k.map((v, a) => lists[a]![v]!)
      sum += picked.reduce((w, [, own]) => w * own, 1) * get(x, [n!, c!, ...picked.map(([i]) => i)])
    }
    return sum
  })
}
