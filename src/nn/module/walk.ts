/**
 * What belongs to a model: found by looking through its fields, named by the way there, and looked through again only where something changed.
 *
 * Looked into are the model itself, layers (objects with `forward`), functions, arrays, Maps and plain objects, and objects of other classes that hold a
 * parameter or a layer in a field of their own. Everything else (an environment, a buffer of experience, a vocabulary) is what a layer has, not what it is made of.
 */
import { HebbError } from '../../tensor/errors.js'
import { Tensor } from '../../tensor/tensor.js'
import { Param } from '../param.js'
import { isLayer, type Model } from './layer.js'

const isObject = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function'

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether a value is a part that models are made of by itself. */
const isPart = (value: unknown): boolean => value instanceof Param || (isObject(value) && typeof value !== 'function' && isLayer(value))

/** The first thing that an array, a Map or a plain object holds: it says for all of them what they are, be they 50,000 words. */
function firstOf(held: object): unknown {
  if (Array.isArray(held)) return held.find((value) => value !== undefined && value !== null)
  if (held instanceof Map) return held.values().next().value
  for (const key in held) return (held as Readonly<Record<string, unknown>>)[key]
  return undefined
}

/** Whether an object of a class without `forward` holds parameters or layers: in its fields, or in lists there. */
function holdsParts(value: object): boolean {
  for (const field of Object.values(value)) {
    if (isPart(field)) return true
    if (isObject(field) && (Array.isArray(field) || field instanceof Map || isPlain(field)) && isPart(firstOf(field))) return true
  }
  return false
}

/** Whether what an object holds belongs to the model that holds the object. */
const isOpen = (value: object): boolean =>
  typeof value === 'function' || Array.isArray(value) || value instanceof Map || isPlain(value) || isLayer(value) || holdsParts(value)

/** The models behind `held`. */
export const heldModels = new WeakMap<object, Model>()

/**
 * The field a wrapper stands in front of, as its class says in `static readonly through = 'base'`: what it holds there has the wrapper's own path.
 * Throws HebbError where it holds nothing there.
 */
export function throughOf(value: object): string | undefined {
  const maker: unknown = value.constructor
  const through = typeof maker === 'function' && maker !== Object && 'through' in maker ? maker.through : undefined
  if (typeof through !== 'string') return undefined
  if (!isObject((value as Readonly<Record<string, unknown>>)[through]))
    throw new HebbError(
      `${(maker as { name: string }).name} says static through = '${through}', but this one holds no layer in its field ${through}`,
    )
  return through
}

/** An object as it was when it was looked into. */
class Look {
  readonly #keys: readonly unknown[]
  readonly values: readonly unknown[]
  /** one that stands in for the layer's own for a while is no field that is listed */
  readonly #forward: unknown

  constructor(readonly object: object) {
    if (Array.isArray(object)) {
      this.#keys = []
      this.values = Array.from(object as readonly unknown[])
    } else if (object instanceof Map) {
      this.#keys = [...object.keys()]
      this.values = [...object.values()]
    } else {
      this.#keys = Object.keys(object)
      this.values = Object.values(object)
    }
    this.#forward = 'forward' in object ? object.forward : undefined
  }

  /** The name of the i-th value: a field, a place, a key. */
  key(i: number): unknown {
    return this.#keys.length > 0 ? this.#keys[i] : i
  }

  /** Whether it still is as it was; plain loops, as this runs before every prediction. */
  same(): boolean {
    const { object, values } = this
    const keys = this.#keys
    if (('forward' in object ? object.forward : undefined) !== this.#forward) return false
    if (Array.isArray(object)) {
      if (object.length !== values.length) return false
      for (let i = 0; i < values.length; i++) if (!Object.is(object[i], values[i])) return false
      return true
    }
    let i = 0
    if (object instanceof Map) {
      if (object.size !== values.length) return false
      for (const [key, value] of object) {
        if (!Object.is(key, keys[i]) || !Object.is(value, values[i])) return false
        i++
      }
      return true
    }
    const now = Object.keys(object)
    if (now.length !== keys.length) return false
    for (; i < now.length; i++)
      if (now[i] !== keys[i] || !Object.is((object as Readonly<Record<string, unknown>>)[now[i]!], values[i])) return false
    return true
  }
}

/** A model as it was when it was looked through. Two looks of a model that has not changed are one object. */
export class Walk {
  /** everything that belongs to the model, by the way there: `encoder.0`; what is found twice has its first path */
  readonly paths = new Map<object, string>()
  /** the parameters by path, such as `encoder.0.weight` */
  readonly parameters = new Map<string, Param>()
  /** what holds each parameter */
  readonly holders = new Map<Param, object>()
  /** what was looked into, in order */
  readonly looks: Look[] = []
  /** objects of other classes, as long as they hold no layer */
  readonly #others: object[] = []
  /** the looks at held models */
  readonly #held: { readonly model: Model; readonly walk: Walk }[] = []

  constructor(model: Model) {
    this.#enter(model, '', undefined)
  }

  /** Whether every parameter has values. */
  get complete(): boolean {
    for (const { storage } of this.parameters.values()) if (!storage.home) return false
    return true
  }

  /** Whether the model is what it was: the same objects, and the same values in their fields. `#private` fields are not seen. */
  isCurrent(): boolean {
    return (
      this.looks.every((look) => look.same()) &&
      !this.#others.some(isOpen) &&
      this.#held.every(({ model, walk }) => walks.get(model) === walk && walk.isCurrent())
    )
  }

  #enter(value: unknown, path: string, holder: object | undefined): void {
    if (!isObject(value) || this.paths.has(value) || ArrayBuffer.isView(value)) return
    this.paths.set(value, path)
    if (value instanceof Tensor) {
      if (value instanceof Param) this.#name(value, path, holder ?? value)
      return
    }
    const held = heldModels.get(value)
    if (held) {
      // one that holds the model it stands in is looked through already
      if (!looking.has(held)) this.#held.push({ model: held, walk: walkOf(held) })
      return
    }
    if (holder && !isOpen(value)) {
      this.#others.push(value)
      return
    }
    const look = new Look(value)
    this.looks.push(look)
    const through = throughOf(value)
    for (const [i, child] of look.values.entries()) {
      if (!isObject(child)) continue
      const key = look.key(i)
      this.#enter(child, key === through ? path : path === '' ? String(key) : `${path}.${String(key)}`, value)
    }
  }

  #name(p: Param, path: string, holder: object): void {
    const other = this.parameters.get(path)
    if (other)
      throw new HebbError(
        `two parameters of the model are called ${path}: a wrapper's own fields stand beside those of the layer it wraps, and a Map may hold one name as text and as number: rename one`,
      )
    this.parameters.set(path, p)
    this.holders.set(p, holder)
    // messages outside a trace name it as it is seen from farthest outside, whichever model was looked through last
    const { storage } = p
    if (path !== '' && (storage.path === undefined || path.endsWith(`.${storage.path}`))) storage.path = path
  }
}

let changes = 0

/** Notes that some model was wrapped, unwrapped, frozen or unfrozen. */
export const noteChange = (): void => {
  changes++
}

/** Tells whether a model still is what it is now, as far as `wrap` and `frozen` change it: for every step of training, so a number is all that is compared. */
export function unchangedSince(model: Model): () => boolean {
  const partsOf = (): unknown[] =>
    [...walkOf(model).paths].flatMap(([value, path]): unknown[] =>
      value instanceof Param ? [value, path, value.frozen] : isLayer(value) ? [value, path] : [],
    )
  const parts = partsOf()
  let [seen, same] = [changes, true]
  return () => {
    if (seen === changes) return same
    seen = changes
    const now = partsOf()
    same = now.length === parts.length && now.every((part, i) => part === parts[i])
    return same
  }
}

const walks = new WeakMap<Model, Walk>()
const looking = new Set<Model>()

/** What belongs to a model as it is now: the look that was kept where nothing changed since. */
export function walkOf(model: Model): Walk {
  const whole = heldModels.get(model) ?? model
  const kept = walks.get(whole)
  if (kept?.isCurrent()) return kept
  looking.add(whole)
  try {
    const walk = new Walk(whole)
    walks.set(whole, walk)
    return walk
  } finally {
    looking.delete(whole)
  }
}
