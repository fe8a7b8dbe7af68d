/** Adapters off for a while: what is traced meanwhile is the base alone. */

let depth = 0

/** Whether what is traced now is to be the base alone. */
export const adaptersOff = (): boolean => depth > 0

/** What `f` gives while no adapter of any model is computed with. */
export function withoutAdapters<R>(f: () => R): R {
  depth++
  try {
    return f()
  } finally {
    depth--
  }
}
