/** Lengths for which programs are compiled, so that texts of any length need few of them. */

const shortest = 16

/** The smallest of 16, 32, 64, … and the model's context that holds `length`. */
export const bucket = (length: number, context: number): number => {
  let size = shortest
  while (size < length) size *= 2
  return Math.min(size, context)
}
