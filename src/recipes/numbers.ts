/** Numbers of a recipe: shares in words, means, middles of ranges. */

/** `1.25 %` */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`

/** NaN for none. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** The middles of `cells` equal parts of a range. */
export const middles = ([from, to]: readonly [number, number], cells: number): number[] =>
  Array.from({ length: cells }, (_, i) => from + ((to - from) * (i + 0.5)) / cells)
