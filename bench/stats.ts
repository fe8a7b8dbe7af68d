/** Medians and quartiles. */

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
