/** Giving a model its numbers: one block of memory, first values from seed and path. */
import { keyOf } from '../kernels/random.js'
import { Arena } from '../runtime/arena.js'
import { type Model, requireParameters } from './module.js'
import type { Param } from './param.js'

/**
 * Gives every parameter that has no values yet its first ones: a function of `seed` (default 0) and the parameter's path.
 * Training and prediction call it themselves; call it to choose the seed, or with `again` to start anew.
 */
export function initialize(model: Model, { seed = 0, again = false }: { seed?: number; again?: boolean } = {}): void {
  const found = requireParameters(model)
  const missing = [...found].filter(([, p]) => !p.storage.array)
  if (missing.length > 0) {
    const arena = new Arena(missing.map(([, p]) => p))
    missing.forEach(([, p], i) => {
      p.storage.array = arena.views[i]!
    })
  }
  for (const [path, p] of again ? [...found] : missing) firstValues(p, path, seed)
}

/** Fills a parameter with its first values. */
export function firstValues(p: Param, path: string, seed: number): void {
  p.init(p.storage.array!, p.shape, keyOf(seed, 'init', path))
}
