/** Weighted positions along an axis: what average pools, interpolation and mirrored padding are made of. */
import { type Table, tableOf } from '../geometry.js'

/** Positions with a weight each; no weights means 1 wherever there is a position. */
export interface Weighted extends Table {
  readonly weight?: readonly number[] | undefined
}

/** A table of weighted positions from a rule that lists, for each window, its positions and weights. */
export function weightedTable(
  size: number,
  windows: number,
  list: (window: number) => readonly (readonly [position: number, weight: number])[],
): Weighted {
  const lists = Array.from({ length: windows }, (_, p) => list(p))
  const taps = lists.reduce((most, l) => Math.max(most, l.length), 1)
  const table = tableOf(size, windows, taps, (p, k) => lists[p]![k]?.[0] ?? -1)
  const weight = lists.flatMap((l) => Array.from({ length: taps }, (_, k) => l[k]?.[1] ?? 0))
  return weight.every((w, i) => w === (table.index[i]! < 0 ? 0 : 1)) ? table : { ...table, weight }
}

/** The table of the transposed sum: which windows each position went into. */
export function transposed({ size, windows, taps, index, weight }: Weighted): Weighted {
  const lists: [number, number][][] = Array.from({ length: size }, () => [])
  index.forEach((i, at) => {
    if (i >= 0) lists[i]!.push([Math.floor(at / taps), weight?.[at] ?? 1])
  })
  return weightedTable(windows, size, (i) => lists[i]!)
}

/** How positions between pixels are filled: `linear`, `bilinear` and `trilinear` are one method for one, two and three spatial axes. */
export type InterpolateMode = 'nearest' | 'nearestExact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic'

/**
 * Where each of `out` pixels lies among `size` of the source, and which of those it mixes. `scale` is a factor that was asked for, where it was;
 * `round` is the precision of the arithmetic.
 */
export function interpolationTable(
  size: number,
  out: number,
  scale: number | undefined,
  mode: InterpolateMode,
  alignCorners: boolean,
  round: (v: number) => number,
): Weighted {
  const step = alignCorners ? (out > 1 ? round((size - 1) / (out - 1)) : 0) : scale !== undefined ? round(1 / scale) : round(size / out)
  const inside = (i: number): number => Math.min(Math.max(i, 0), size - 1)
  if (mode === 'nearest') return weightedTable(size, out, (p) => [[inside(Math.floor(round(p * step))), 1]])
  if (mode === 'nearestExact') return weightedTable(size, out, (p) => [[inside(Math.floor(round(round(p + 0.5) * step))), 1]])
  const source = (p: number): number => (alignCorners ? round(p * step) : round(round(step * round(p + 0.5)) - 0.5))
  if (mode === 'bicubic')
    return weightedTable(size, out, (p) => {
      const at = source(p)
      const first = Math.floor(at)
      return cubic(at - first).map((w, k) => [inside(first - 1 + k), w])
    })
  return weightedTable(size, out, (p) => {
    const at = Math.max(source(p), 0)
    const first = Math.min(Math.floor(at), size - 1)
    const rest = Math.min(round(at - first), 1)
    return [
      [first, 1 - rest],
      [inside(first + 1), rest],
    ]
  })
}

/** Weights of four neighbours for a point a fraction t behind the second; the cubic kernel of [Keys 1981] with a = −3/4. */
function cubic(t: number): number[] {
  const a = -0.75
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

const filters = {
  linear: { reach: 1, at: (d: number): number => Math.max(1 - Math.abs(d), 0) },
  // [Keys 1981] with a = −1/2
  cubic: {
    reach: 2,
    at: (d: number): number => {
      const t = Math.abs(d)
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1
      return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0
    },
  },
}

/** Where each of `out` pixels takes its number from `size`, `step` apart, when filters are stretched to what shrinks into one pixel. */
export function antialiasTable(size: number, out: number, step: number, filter: keyof typeof filters): Weighted {
  const { reach, at } = filters[filter]
  const width = Math.max(step, 1)
  return weightedTable(size, out, (p) => {
    const centre = step * (p + 0.5)
    const from = Math.max(Math.trunc(centre - reach * width + 0.5), 0)
    const to = Math.min(Math.trunc(centre + reach * width + 0.5), size)
    const weights = Array.from({ length: Math.max(to - from, 0) }, (_, k) => at((from + k - centre + 0.5) / width))
    const total = weights.reduce((a, b) => a + b, 0)
    return weights.map((w, k) => [from + k, total === 0 ? w : w / total])
  })
}
