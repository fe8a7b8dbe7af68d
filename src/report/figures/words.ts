/** Lines in words, for those who do not see them. */

/** `loss goes from 2.3 at step 1 to 0.1 at step 900; lowest …, highest …` */
export function lineInWords(
  name: string,
  points: readonly { readonly at: string; readonly y: number }[],
  write: (y: number) => string,
): string {
  if (points.length === 0) return `${name} has no values.`
  const [first, last] = [points[0]!, points.at(-1)!]
  if (points.length === 1) return `${name} is ${write(first.y)} at ${first.at}.`
  const low = points.reduce((a, b) => (b.y < a.y ? b : a))
  const high = points.reduce((a, b) => (b.y > a.y ? b : a))
  const extremes = `lowest ${write(low.y)} at ${low.at}, highest ${write(high.y)} at ${high.at}`
  return `${name} goes from ${write(first.y)} at ${first.at} to ${write(last.y)} at ${last.at}; ${extremes}.`
}
