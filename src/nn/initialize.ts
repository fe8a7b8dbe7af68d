/** Giving a model its numbers: one block of memory, first values from seed and path. */
import { breathe, isBreathless } from '../host/pace.js'
import { keyOf } from '../kernels/random.js'
import { Arena } from '../runtime/arena.js'

import type { TypedArray } from '../tensor/dtype.js'
import { type Model, requireParameters } from './module.js'
import type { Param } from './param.js'

/**
 * Gives every parameter that has no values yet its first ones: a function of `seed` (default 0) and the parameter's path.
 * Training and prediction call it themselves; call it to choose the seed, or with `again` to start anew.
 */
export function initialize(model: Model, { seed = 0, again = false }: { seed?: number; again?: boolean } = {}): void {
  const missing = initializeAt(model, seed, new Map())
  if (again) for (const [path, p] of requireParameters(model)) if (!missing.has(p)) firstValues(p, path, seed)
}

/**
 * Gives every parameter that has no values yet its first ones, in its home where it has one, so that no second copy of them waits to be collected.
 * Returns the parameters that had none.
 */
export function initializeAt(model: Model, seed: number, homes: ReadonlyMap<Param, TypedArray>): Set<Param> {
  const missing = [...requireParameters(model)].filter(([, p]) => !p.storage.array)
  const homeless = missing.flatMap(([, p]) => (homes.has(p) ? [] : [p]))
  const views = homeless.length > 0 ? new Arena(homeless).views : []
  const found = new Map([...homes, ...homeless.map((p, i) => [p, views[i]!] as const)])
  for (const [path, p] of missing) {
    p.storage.array = found.get(p)!
    firstValues(p, path, seed)
  }
  return new Set(missing.map(([, p]) => p))
}

/** How many numbers are drawn between two turns of the event loop at most: some milliseconds. */
const partLength = 1 << 19

/**
 * `initialize` with turns of the event loop in between: for large models, where drawing takes a second for some hundred million numbers. The numbers are
 * the same. Parameters get theirs when all are drawn.
 *
 * @example await initializeAsync(new Gpt({ layers: 12, width: 768 }), { seed: 1 })
 */
export async function initializeAsync(model: Model, { seed = 0 }: { seed?: number } = {}): Promise<void> {
  const missing = [...requireParameters(model)].filter(([, p]) => !p.storage.array)
  if (missing.length === 0) return
  const { views } = new Arena(missing.map(([, p]) => p))
  for (const [i, [path, p]] of missing.entries()) {
    const out = views[i]!
    const key = keyOf(seed, 'init', path)
    const step = p.init.inParts ? partLength : Math.max(out.length, 1)
    for (let from = 0; from < out.length; from += step) {
      p.init(out.subarray(from, from + step) as TypedArray, p.shape, key, from)
      if (isBreathless(performance.now())) await breathe()
    }
  }
  // someone else may have been faster
  for (const [i, [, p]] of missing.entries()) p.storage.array ??= views[i]!
}

/** Fills a parameter with its first values. */
export function firstValues(p: Param, path: string, seed: number): void {
  p.init(p.storage.array!, p.shape, keyOf(seed, 'init', path))
}
