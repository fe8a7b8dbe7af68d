/** What layers inside a model give, by path. */
import { HebbError } from '../tensor/errors.js'
import { Tensor } from '../tensor/tensor.js'
import { type Layer, type Model, walk } from './module.js'
import { trace } from './scope.js'

/** A place where a layer or function is held: a field of an object, or an entry of a Map. */
type Undo = () => void

/**
 * Runs `f` and notes what the layers at `paths` give meanwhile; of one that runs several times, the last. A path is the fields to a layer,
 * such as `layer1.0.conv2`, or to a function in a `sequential`. Results need not be tensors. The model is as it was afterwards.
 *
 * Throws HebbError for a path that leads to no layer, for a layer that did not run, and for one that cannot be watched as it is frozen.
 */
export function capture<T>(model: Model, paths: readonly string[], f: () => T): { result: T; inside: Map<string, unknown> } {
  const found = new Map<string, object>()
  walk(model, (value, path) => found.set(path, value))
  const inside = new Map<string, unknown>()
  const undo: Undo[] = []
  try {
    for (const path of paths) undo.push(watch(found, path, (value) => inside.set(path, value)))
    const result = f()
    const silent = paths.filter((path) => !inside.has(path))
    if (silent.length > 0) throw new HebbError(`activations: ${silent.join(', ')} did not run: the model's forward does not call it`)
    return { result, inside }
  } finally {
    for (const back of undo.reverse()) back()
  }
}

/** Lets `note` see what the layer or function at a path gives, until the function it returns is called. */
function watch(found: ReadonlyMap<string, object>, path: string, note: (value: unknown) => void): Undo {
  const target = found.get(path)
  const noting = (f: (...inputs: unknown[]) => unknown) =>
    function (this: unknown, ...inputs: unknown[]): unknown {
      const value = f.apply(this, inputs)
      note(value)
      return value
    }
  if (typeof target === 'function') {
    const dot = path.lastIndexOf('.')
    const holder = dot < 0 ? found.get('') : found.get(path.slice(0, dot))
    if (holder && !(holder instanceof Map)) return replace(holder, path.slice(dot + 1), noting(target as () => unknown), path)
  } else if (target && 'forward' in target && typeof target.forward === 'function')
    return replace(target, 'forward', noting(target.forward as () => unknown), path)
  const layers = [...found].filter(([, v]) => 'forward' in v).map(([name]) => name || "'' (the model itself)")
  throw new HebbError(
    `activations: ${target ? `${path} is no layer` : `there is no ${path}`}: choose among ${layers.slice(0, 20).join(', ')}${layers.length > 20 ? ` and ${layers.length - 20} more` : ''}`,
  )
}

function replace(holder: object, field: string, value: unknown, path: string): Undo {
  const own = Object.getOwnPropertyDescriptor(holder, field)
  if (own ? !own.configurable : !Object.isExtensible(holder)) throw new HebbError(`activations: ${path} cannot be watched: it is frozen`)
  Object.defineProperty(holder, field, { value, configurable: true, enumerable: own?.enumerable ?? false, writable: true })
  return () => {
    if (own) Object.defineProperty(holder, field, own)
    else Reflect.deleteProperty(holder, field)
  }
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
