/** Wrapping: another layer in the place of one, which the model does not notice, and back. */
import { HebbError } from '../../tensor/errors.js'
import { type AnyLayer, isLayer, type Model } from './layer.js'
import { canPut, heldIn, type Place, put } from './place.js'
import { requireNamed, type Select, selector, some } from './select.js'
import { noteChange, throughOf, walkOf } from './walk.js'

/** Layers that were wrapped. */
export interface Wrapped<W> {
  /** the wrappers by the path of the layer each stands for */
  readonly wrappers: ReadonlyMap<string, W>
  /**
   * Puts the layers back where they were, the same objects in the same places; wraps that came later stay. A second call does nothing.
   * Throws HebbError, and changes nothing, where something else stands in the place of a wrapper.
   */
  undo(): void
}

/** A layer, where the model holds it, and what is to stand there. */
interface Exchange<W> {
  readonly path: string
  readonly layer: AnyLayer
  readonly places: readonly Place[]
  readonly wrapper: W
}

/**
 * Puts a wrapper in the place of each layer that `match` chooses (of layers inside one another the outer one), everywhere in the model where that layer is
 * held: in fields, arrays, Maps. `make` is given the layer and its path. What it gives stands for the layer; the layer itself lives on where the wrapper keeps it.
 *
 * A wrapper whose class says `static readonly through = 'base'` is seen through: what is in its field `base` has the wrapper's path, so that `q.weight`
 * stays `q.weight`, with the same first values and the same name in files, and the wrapper's other fields stand beside: `q.lora_A.weight`. Other layers
 * replace the wrapped one with names of their own. The model itself is never wrapped, and what is `held` neither.
 *
 * A step made before knows nothing of wrappers put in later, and refuses to go on: wrap first.
 *
 * Throws HebbError, and changes nothing, where nothing matches, where `make` gives no layer or one that stands in front of another layer, and where a layer is held
 * by an object that Object.freeze was called on.
 *
 * @example
 * class LowRank {
 *   static readonly through = 'base'
 *   readonly a: Param
 *   readonly b: Param
 *   constructor(readonly base: Linear, rank: number) {
 *     const [outputs, inputs] = base.weight.shape
 *     this.a = new Param([rank, inputs!], init.kaimingUniform())
 *     this.b = new Param([outputs!, rank], init.zeros)
 *   }
 *   forward(x: Tensor): Tensor {
 *     return this.base.forward(x).add(x.matmul(this.a.transpose()).matmul(this.b.transpose()))
 *   }
 * }
 * const { undo } = wrap(frozen(model), (path, layer) => layer instanceof Linear, (layer) => new LowRank(layer, 8))
 */
export function wrap<W extends AnyLayer, L extends AnyLayer>(
  model: Model,
  match: (path: string, layer: AnyLayer) => layer is L,
  make: (layer: L, path: string) => W,
): Wrapped<W>
export function wrap<W extends AnyLayer>(model: Model, match: Select<AnyLayer>, make: (layer: AnyLayer, path: string) => W): Wrapped<W>
export function wrap<W extends AnyLayer>(model: Model, match: Select<AnyLayer>, make: (layer: never, path: string) => W): Wrapped<W> {
  const exchanges = chosen(model, match).map(({ layer, path, places }): Exchange<W> => {
    const wrapper = make(layer as never, path)
    requireWrapper(path, layer, wrapper)
    return { path, layer, places, wrapper }
  })
  for (const { places, wrapper } of exchanges) for (const place of places) put(place, wrapper)
  noteChange()
  let there = true
  return {
    wrappers: new Map(exchanges.map(({ path, wrapper }) => [path, wrapper])),
    undo: () => {
      if (!there) return
      const slots = exchanges.flatMap(({ path, layer, places, wrapper }) => {
        // what a wrapper stands in front of may have been unwrapped before
        const through = throughOf(wrapper)
        const value = through === undefined ? layer : heldIn({ holder: wrapper, key: through })
        return places.map((place) => ({ slot: slotOf(path, place, wrapper), value }))
      })
      for (const { slot, value } of slots) put(slot, value)
      there = false
      noteChange()
    },
  }
}

/** The layers that a selection means, outermost, with every place where they are held. */
function chosen(model: Model, match: Select<AnyLayer>): { layer: AnyLayer; path: string; places: readonly Place[] }[] {
  const { paths, looks } = walkOf(model)
  const layers: [AnyLayer, string][] = []
  const names = new Set<string>()
  for (const [value, path] of paths) {
    // what a wrapper stands in front of is the wrapper's, and so is the model's
    if (typeof value !== 'object' || !isLayer(value) || path === '' || names.has(path)) continue
    names.add(path)
    layers.push([value, path])
  }
  requireNamed('wrap', match, [...names])
  const is = selector('wrap', match)
  const found: [AnyLayer, string][] = []
  const inner: string[] = []
  for (const [layer, path] of layers) {
    if (inner.some((outer) => path.startsWith(outer)) || !is(path, layer)) continue
    found.push([layer, path])
    inner.push(`${path}.`)
  }
  if (found.length === 0)
    throw new HebbError(
      `wrap: nothing matches: the model's layers are ${some(layers.map(([layer, path]) => `${path} (${layer.constructor.name})`)) || 'none'}`,
    )
  const places = new Map<unknown, Place[]>(found.map(([layer]) => [layer, []]))
  for (const look of looks)
    for (const [i, value] of look.values.entries()) places.get(value)?.push({ holder: look.object, key: look.key(i) })
  return found.map(([layer, path]) => {
    const held = places.get(layer)!
    if (!held.every(canPut))
      throw new HebbError(`wrap: ${path} cannot be wrapped: what holds it is frozen by Object.freeze, or computes it`)
    return { layer, path, places: held }
  })
}

function requireWrapper(path: string, layer: AnyLayer, wrapper: unknown): void {
  if (typeof wrapper !== 'object' || wrapper === null || !isLayer(wrapper))
    throw new HebbError(`wrap: make gave no layer for ${path}: give an object with forward`)
  const through = throughOf(wrapper)
  if (through !== undefined && wrapper !== layer && heldIn({ holder: wrapper, key: through }) !== layer)
    throw new HebbError(
      `wrap: the wrapper of ${path} has another layer in its field ${through}, through which it is seen: keep the given one there`,
    )
}

/** Where a wrapper is now, that was put in a place: there, or behind wrappers that were put there later. */
function slotOf(path: string, place: Place, wrapper: unknown): Place {
  let slot = place
  for (let value = heldIn(slot); value !== wrapper; value = heldIn(slot)) {
    const key = typeof value === 'object' && value !== null ? throughOf(value) : undefined
    if (key === undefined || !canPut({ holder: value as object, key }))
      throw new HebbError(
        `wrap: ${path} cannot be put back: another layer was put in the place of its wrapper: put the wrapper back there first`,
      )
    slot = { holder: value as object, key }
  }
  return slot
}
