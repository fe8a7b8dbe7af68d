/** Medians and quartiles, means of ratios, slopes. */

/** The value below which the fraction `q` of `values` lies, between neighbours in proportion. Throws for none. */
export function quantile(values: readonly number[], q: number): number {
  if (!values.length) throw new Error('quantile of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const place = q * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]!
  return low + (place - below) * ((sorted[below + 1] ?? low) - low)
}

/** Half of the values lie between `low` and `high`. */
export interface Summary {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly count: number
}

export const summarize = (values: readonly number[]): Summary => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
  count: values.length,
})

/** exp(Σ log x / n): of ratios the mean that is the same whichever way round they are taken. Throws for none, and for those not above 0. */
export function geometricMean(ratios: readonly number[]): number {
  const wrong = ratios.find((x) => !(x > 0 && Number.isFinite(x)))
  if (wrong !== undefined || !ratios.length) throw new Error(`geometric mean of ${wrong ?? 'nothing'}`)
  return Math.exp(ratios.reduce((sum, x) => sum + Math.log(x), 0) / ratios.length)
}

/** A power law y = factor · x^slope through points, by least squares of the logarithms. */
export interface PowerLaw {
  readonly slope: number
  readonly factor: number
}

/** The power law nearest to points above 0. Throws for fewer than two different x. */
export function powerLaw(points: readonly { readonly x: number; readonly y: number }[]): PowerLaw {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const)
  const mean = (axis: 0 | 1): number => logs.reduce((sum, p) => sum + p[axis], 0) / logs.length
  const [atX, atY] = [mean(0), mean(1)]
  const spread = logs.reduce((sum, [x]) => sum + (x - atX) ** 2, 0)
  if (!(spread > 0))
    throw new Error(`a slope needs two different x, these points have x ${points.map(({ x }) => x).join(', ') || 'of none'}`)
  const slope = logs.reduce((sum, [x, y]) => sum + (x - atX) * (y - atY), 0) / spread
  return { slope, factor: Math.exp(atY - slope * atX) }
}
