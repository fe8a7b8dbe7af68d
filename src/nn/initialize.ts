/** Giving a model its numbers: memory, and first values from seed and path. */
import { breathe, isBreathless } from '../host/pace.js'
import { keyOf } from '../kernels/random.js'
import { Arena } from '../runtime/arena.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
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
  const missing = [...requireParameters(model)].filter(([, p]) => !p.storage.home)
  const found = new Map([...roomOf(missing.flatMap(([, p]) => (homes.has(p) ? [] : [p]))), ...homes])
  for (const [path, p] of missing) {
    const array = found.get(p)!
    p.init(array, p.shape, keyOf(seed, 'init', path))
    settle(p, array)
  }
  return new Set(missing.map(([, p]) => p))
}

/** Memory for the numbers of parameters: weights that train share an arena, others have memory of their own. */
export function roomOf(params: readonly Param[]): Map<Param, TypedArray> {
  const moving = params.filter((p) => p.trainable)
  const { views } = new Arena(moving)
  const rooms = new Map(moving.map((p, i) => [p, views[i]!] as const))
  for (const p of params) if (!rooms.has(p)) rooms.set(p, allocate(p.dtype, p.size))
  return rooms
}

/** Lets a parameter live where its numbers are. */
function settle({ storage, dtype }: Param, array: TypedArray): void {
  storage.home = storage.frozen ? { kind: 'plain', array, dtype } : { kind: 'arena', array }
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
  const missing = [...requireParameters(model)].filter(([, p]) => !p.storage.home)
  if (missing.length === 0) return
  const rooms = roomOf(missing.map(([, p]) => p))
  for (const [path, p] of missing) {
    const out = rooms.get(p)!
    const key = keyOf(seed, 'init', path)
    const step = p.init.inParts ? partLength : Math.max(out.length, 1)
    for (let from = 0; from < out.length; from += step) {
      p.init(out.subarray(from, from + step) as TypedArray, p.shape, key, from)
      if (isBreathless(performance.now())) await breathe()
    }
  }
  // someone else may have been faster
  for (const [, p] of missing) if (!p.storage.home) settle(p, rooms.get(p)!)
}

/** Fills a parameter with its first values. */
function firstValues(p: Param, path: string, seed: number): void {
  const array = p.storage.frozen ? allocate(p.dtype, p.size) : p.storage.open()!
  p.init(array, p.shape, keyOf(seed, 'init', path))
  settle(p, array)
}
