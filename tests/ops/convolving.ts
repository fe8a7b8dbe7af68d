/** Convolutions in plain loops: every output, every tap. */
import { get, grid, indicesOf } from './reference.js'
import type { Grid } from './row.js'

/** Numbers per spatial axis. */
export interface Walked {
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  /** zeros in front of and behind each axis */
  readonly padding: readonly (readonly [number, number])[]
  readonly groups: number
}

/** Whole numbers of one value on every axis. */
export const walked = (rank: number, o: { stride?: number; dilation?: number; padding?: number; groups?: number } = {}): Walked => ({
  stride: new Array(rank).fill(o.stride ?? 1),
  dilation: new Array(rank).fill(o.dilation ?? 1),
  padding: new Array(rank).fill([o.padding ?? 0, o.padding ?? 0]),
  groups: o.groups ?? 1,
})

/** x (N, C, …), w (O, C/groups, …) */
export function conv(x: Grid, w: Grid, bias: Grid | undefined, { stride, dilation, padding, groups }: Walked): Grid {
  const [N, , ...S] = x.shape
  const [O, c, ...K] = w.shape
  const P = S.map((s, a) => Math.floor((s + padding[a]![0] + padding[a]![1] - dilation[a]! * (K[a]! - 1) - 1) / stride[a]!) + 1)
  return grid([N!, O!, ...P], ([n, o, ...p]) => {
    let sum = bias ? bias.data[o!]! : 0
    const first = Math.floor(o! / (O! / groups)) * c!
    for (const [i, ...k] of indicesOf([c!, ...K])) {
      const at = p.map((v, a) => v * stride[a]! + k[a]! * dilation[a]! - padding[a]![0])
      if (at.every((v, a) => v >= 0 && v < S[a]!)) sum += get(w, [o!, i!, ...k]) * get(x, [n!, first + i!, ...at])
    }
    return sum
  })
}

/** x (N, C, …), w (C, O/groups, …); `more` positions behind */
export function convTranspose(
  x: Grid,
  w: Grid,
  bias: Grid | undefined,
  { stride, dilation, padding, groups }: Walked,
  more: readonly number[],
): Grid {
  const [N, C, ...S] = x.shape
  const [, o, ...K] = w.shape
  const P = S.map((s, a) => (s - 1) * stride[a]! - padding[a]![0] - padding[a]![1] + dilation[a]! * (K[a]! - 1) + 1 + more[a]!)
  const y = grid([N!, o! * groups, ...P], ([, j]) => (bias ? bias.data[j!]! : 0))
  const data = [...y.data]
  for (const [n, c, ...s] of indicesOf(x.shape))
    for (const [j, ...k] of indicesOf([o!, ...K])) {
      const at = s.map((v, a) => v * stride[a]! + k[a]! * dilation[a]! - padding[a]![0])
      if (!at.every((v, a) => v >= 0 && v < P[a]!)) continue
      const place = [n!, Math.floor(c! / (C! / groups)) * o! + j!, ...at].reduce((flat, v, a) => flat * y.shape[a]! + v, 0)
      data[place]! += get(x, [n!, c!, ...s]) * get(w, [c!, j!, ...k])
    }
  return { shape: y.shape, data }
}
