/** Giving a model its numbers: memory, and first values from seed and path. */
import { breathe, isBreathless } from '../host/pace.js'
import type { Key } from '../kernels/philox.js'
import { keyOf } from '../kernels/random.js'
import { Arena } from '../runtime/arena.js'
import { roomFor } from '../runtime/machine.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { type Model, requireParameters } from './module.js'
import type { Param } from './param.js'

/**
 * Gives every parameter that has no values yet its first ones: a function of `seed` (default 0) and the parameter's path.
 * Training and prediction call it themselves; call it to choose the seed, or with `again` to start anew.
 */
export function initialize(
  model: Model,
  { seed = 0, again = false }: { seed?: number | undefined; again?: boolean | undefined } = {},
): void {
  if (again) for (const p of requireParameters(model).values()) announced.delete(p)
  const missing = initializeAt(model, seed, new Map())
  if (again) for (const [path, p] of requireParameters(model)) if (!missing.has(p)) firstValues(p, path, seed)
}

/** First values that a learner will ask for: their seed, and where they will live. Whoever asks before draws these. */
interface Announced {
  readonly seed: number
  readonly home: TypedArray | undefined
}
const announced = new WeakMap<Param, Announced>()

/** Says with which seed, and into which homes, parameters without values are going to be drawn. */
export function announce(model: Model, seed: number, homes: ReadonlyMap<Param, TypedArray>): void {
  for (const p of requireParameters(model).values())
    if (!p.storage.home && !announced.has(p)) announced.set(p, { seed, home: homes.get(p) })
}

/**
 * Gives every parameter that has no values yet its first ones, in its home where it has one, so that no second copy of them waits to be collected.
 * Returns the parameters that had none.
 */
export function initializeAt(model: Model, seed: number, homes: ReadonlyMap<Param, TypedArray>): Set<Param> {
  const missing = missingOf(model, seed, homes)
  for (const { p, array, key } of missing) {
    p.init(array, p.shape, key)
    settle(p, array)
  }
  return new Set(missing.map(({ p }) => p))
}

/** The parameters without values, with where theirs are going to live and the key of what is drawn. */
function missingOf(model: Model, seed: number, homes: ReadonlyMap<Param, TypedArray>): { p: Param; array: TypedArray; key: Key }[] {
  const missing = [...requireParameters(model)].filter(([, p]) => !p.storage.home)
  const home = (p: Param): TypedArray | undefined => homes.get(p) ?? announced.get(p)?.home
  const rooms = roomOf(missing.flatMap(([, p]) => (home(p) ? [] : [p])))
  return missing.map(([path, p]) => ({ p, array: home(p) ?? rooms.get(p)!, key: keyOf(announced.get(p)?.seed ?? seed, 'init', path) }))
}

/** Memory for the numbers of parameters: weights that train share an arena, others have memory of their own. */
export function roomOf(params: readonly Param[]): Map<Param, TypedArray> {
  const moving = params.filter((p) => p.trainable)
  const { views } = new Arena(moving)
  const rooms = new Map<Param, TypedArray>(moving.map((p, i) => [p, views[i]!]))
  for (const p of params) if (!rooms.has(p)) rooms.set(p, roomFor(p))
  return rooms
}

/** Lets a parameter live where its numbers are. */
function settle(p: Param, array: TypedArray): void {
  announced.delete(p)
  p.storage.settle(array)
}

/** How many numbers are drawn between two turns of the event loop at most: some milliseconds. */
const partLength = 1 << 19

/**
 * `initialize` with turns of the event loop in between: for large models, where drawing takes a second for some hundred million numbers. The numbers are
 * the same. Parameters get theirs when all are drawn.
 *
 * @example await initializeAsync(new Gpt({ layers: 12, width: 768 }), { seed: 1 })
 */
export async function initializeAsync(model: Model, { seed = 0 }: { seed?: number | undefined } = {}): Promise<void> {
  const missing = missingOf(model, seed, new Map())
  for (const { p, array, key } of missing) {
    const step = p.init.inParts ? partLength : Math.max(array.length, 1)
    // someone else may be faster, and train them by now where they are drawn
    for (let from = 0; from < array.length && !p.storage.home; from += step) {
      p.init(array.subarray(from, from + step) as TypedArray, p.shape, key, from)
      if (isBreathless(performance.now())) await breathe()
    }
  }
  for (const { p, array } of missing) if (!p.storage.home) settle(p, array)
}

/** Fills a parameter with its first values. */
function firstValues(p: Param, path: string, seed: number): void {
  const array = p.storage.frozen ? allocate(p.dtype, p.size) : p.storage.open()!
  p.init(array, p.shape, keyOf(seed, 'init', path))
  settle(p, array)
}
