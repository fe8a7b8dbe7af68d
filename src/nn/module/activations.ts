/** What layers inside a model give, by path. */
import { HebbError } from '../../tensor/errors.js'
import { Tensor } from '../../tensor/tensor.js'
import { trace } from '../scope.js'
import { isLayer, type Layer, type Model } from './layer.js'
import { canPut, meanwhile, type Place, type Undo, watch } from './place.js'
import { walkOf } from './walk.js'

/**
 * Runs `f` and notes what the layers at `paths` give meanwhile; of one that runs several times, the last. A path is the fields to a layer,
 * such as `layer1.0.conv2`, or to a function in a `sequential`. Where a layer is wrapped, it is what the wrapper gives. Results need not be tensors. The
 * model is as it was afterwards.
 *
 * Throws HebbError for a path that leads to no layer, for a layer that did not run, and for one that cannot be watched as Object.freeze was called on it.
 */
export function capture<T>(model: Model, paths: readonly string[], f: () => T): { result: T; inside: Map<string, unknown> } {
  const found = new Map<string, object>()
  // of a wrapper and what it stands in front of, the wrapper comes first
  for (const [value, path] of walkOf(model).paths) if (!found.has(path)) found.set(path, value)
  const inside = new Map<string, unknown>()
  const start = (undo: Undo[]): void => {
    for (const path of paths) undo.push(watch(placeOf(found, path), (value) => inside.set(path, value)))
  }
  const result = meanwhile(start, f)
  const silent = paths.filter((path) => !inside.has(path))
  if (silent.length > 0) throw new HebbError(`activations: ${silent.join(', ')} did not run: the model's forward does not call it`)
  return { result, inside }
}

/** Where the function is that runs at a path: `forward` of a layer, or the field that holds a function. */
function placeOf(found: ReadonlyMap<string, object>, path: string): Place {
  const target = found.get(path)
  let place: Place | undefined
  if (typeof target === 'function') {
    const dot = path.lastIndexOf('.')
    const holder = dot < 0 ? found.get('') : found.get(path.slice(0, dot))
    if (holder && !(holder instanceof Map)) place = { holder, key: path.slice(dot + 1) }
  } else if (target && isLayer(target)) place = { holder: target, key: 'forward' }
  if (place) {
    if (canPut(place)) return place
    throw new HebbError(`activations: ${path} cannot be watched: it is frozen by Object.freeze`)
  }
  const layers = [...found].filter(([, v]) => isLayer(v)).map(([name]) => name || "'' (the model itself)")
  throw new HebbError(
    `activations: ${target ? `${path} is no layer` : `there is no ${path}`}: choose among ${layers.slice(0, 20).join(', ')}${layers.length > 20 ? ` and ${layers.length - 20} more` : ''}`,
  )
}

/** What a model gives, and what layers inside it give on the way. */
export interface Activations<Out = Tensor> {
  readonly output: Out
  /** by path, as they were asked for */
  readonly inside: ReadonlyMap<string, Tensor>
}

/**
 * The results of layers inside a model, by path, for one input in evaluation mode: `'layer1.0'`, `'features.2'`, `''` for the model itself.
 * They are tensors of one graph, not yet computed, so gradients of the output with respect to them can be taken.
 *
 * Throws HebbError for a path that leads to no layer, or to one that did not run or gives no tensor.
 *
 * @example
 * const { output, inside } = activations(model, pictures, ['layer1', 'layer2'])
 * await inside.get('layer1')!.data()
 */
export function activations<Out>(model: Layer<readonly [Tensor], Out>, x: Tensor, paths: readonly string[]): Activations<Out> {
  const { result } = trace(model, { training: false }, () => capture(model, paths, () => model.forward(x)))
  const inside = new Map<string, Tensor>()
  for (const [path, value] of result.inside) {
    if (!(value instanceof Tensor)) throw new HebbError(`activations: ${path || 'the model'} gives no tensor`)
    inside.set(path, value)
  }
  return { output: result.result, inside }
}
