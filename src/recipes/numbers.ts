/** Numbers of a recipe: shares in words, means. */

/** `1.25 %` */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`

/** NaN for none. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
