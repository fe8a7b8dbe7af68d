/** The least and the greatest of many numbers, one by one: as arguments of Math.min more than about 100,000 of them overflow the stack. */

/** The least of the numbers and `start` (∞); NaN where one is NaN. */
export function least(values: Iterable<number>, start = Number.POSITIVE_INFINITY): number {
  let found = start
  for (const value of values) found = Math.min(found, value)
  return found
}

/** The greatest of the numbers and `start` (−∞); NaN where one is NaN. */
export function greatest(values: Iterable<number>, start = Number.NEGATIVE_INFINITY): number {
  let found = start
  for (const value of values) found = Math.max(found, value)
  return found
}
