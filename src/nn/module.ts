/** Models are plain objects: what they hold is found by walking their fields, and paths name it as checkpoints do. */
import { HebbError } from '../tensor/errors.js'
import { Tensor } from '../tensor/tensor.js'
import { Param } from './param.js'

/** Anything with `forward`. */
export interface Layer<In extends readonly unknown[] = readonly [Tensor], Out = Tensor> {
  forward(...inputs: In): Out
}

/** A model: a layer, or any object that holds layers and parameters in its fields. */
export type Model = object

/** Visits every object below `model` once, with its path of field names. */
export function walk(model: Model, visit: (value: object, path: string) => void): void {
  const seen = new Set<object>()
  const enter = (value: unknown, path: string): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || ArrayBuffer.isView(value)) return
    seen.add(value)
    visit(value, path)
    if (value instanceof Tensor) return
    const entries = value instanceof Map ? [...value].map(([k, v]) => [String(k), v] as const) : Object.entries(value)
    for (const [key, child] of entries) enter(child, path === '' ? key : `${path}.${key}`)
  }
  enter(model, '')
}

/**
 * All that a trace of a model may depend on, as far as it can be seen from outside: the objects below it and their plain fields, in order. Two outlines
 * with equal elements are of a model that has not changed. `complete` says whether every parameter has values. `#private` fields are not seen.
 */
export function outlineOf(model: Model): { outline: unknown[]; complete: boolean } {
  const outline: unknown[] = []
  const seen = new Set<unknown>()
  let complete = true
  const enter = (value: unknown): void => {
    outline.push(value)
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
    seen.add(value)
    if (value instanceof Tensor) {
      if (value instanceof Param && !value.storage.home) complete = false
      return
    }
    if (ArrayBuffer.isView(value)) return
    if (value instanceof Map) {
      for (const [key, child] of value) {
        outline.push(key)
        enter(child)
      }
      return
    }
    // one that stands in for the layer's own for a while is no field that is listed
    if ('forward' in value) outline.push(value.forward)
    for (const key of Object.keys(value)) {
      outline.push(key)
      enter((value as Readonly<Record<string, unknown>>)[key])
    }
  }
  enter(model)
  return { outline, complete }
}

/**
 * The parameters of a model by path, such as `encoder.0.weight`; one that appears twice keeps its first path.
 * Buffers (running means) are included; `trainable` tells them apart.
 */
export function parameters(model: Model): Map<string, Param> {
  const found = new Map<string, Param>()
  walk(model, (value, path) => {
    if (!(value instanceof Param)) return
    found.set(path, value)
    value.storage.path = path
  })
  return found
}

/** How many numbers a model holds: those that are trained, and all. */
export function countParameters(model: Model): { trainable: number; total: number } {
  let [trainable, total] = [0, 0]
  for (const p of parameters(model).values()) {
    total += p.size
    if (p.trainable) trainable += p.size
  }
  return { trainable, total }
}

/** The parameters of a model that has some. Throws HebbError naming the cure when it has none. */
export function requireParameters(model: Model): Map<string, Param> {
  const found = parameters(model)
  if (found.size === 0)
    throw new HebbError(
      'the model holds no parameters: keep layers and Params in its public fields, arrays or Maps, where they can be found',
    )
  return found
}
