/** What stands behind a dot or in brackets. No attribute of JavaScript is ever reached: values have the methods of their kind and their own items. */
import { methodOf } from './methods.js'
import { repr } from './print.js'
import { Attributes, Callee, Dict, defined, isInt, isList, Namespace, sizeOf, Tuple, typeName, Undefined, type Value } from './values.js'

/** A pair of `groupby`, whose parts have names too. */
export class Group extends Tuple {}

const missing = (of: Value, name: string): Undefined =>
  new Undefined(`'${of === null ? 'None' : `${typeName(of)} object`}' has no attribute '${name}'`)

/** An attribute that a value has by its kind. */
function own(of: Value, name: string): Value | undefined {
  if (of instanceof Namespace) return of.fields.get(name)
  if (of instanceof Attributes) return of.get(name)
  if (of instanceof Group) return name === 'grouper' ? of.items[0] : name === 'list' ? of.items[1] : undefined
  if (of instanceof Callee) return name === 'name' ? of.name : undefined
  const method = methodOf(of, name)
  return method && new Callee(name, (args, named) => method({ args, named }))
}

/** `of.name`: an attribute, else an item. */
export function attribute(of: Value, name: string): Value {
  defined(of)
  if (name.startsWith('__')) return new Undefined(`access to attribute '${name}' of '${typeName(of)}' object is unsafe.`)
  const found = own(of, name)
  const value = found === undefined && of instanceof Dict ? of.get(name) : found
  return value === undefined ? missing(of, name) : value
}

/** The attribute alone, as the filter `attr` has it. */
export function attributeOnly(of: Value, name: string): Value {
  const found = name.startsWith('_') ? undefined : own(defined(of), name)
  return found === undefined ? missing(of, name) : found
}

/** `of[key]`: an item, else an attribute. */
export function item(of: Value, key: Value): Value {
  defined(of)
  if (of instanceof Dict) {
    const found = of.get(key)
    if (found !== undefined) return found
  } else if (isInt(key) || typeof key === 'boolean') {
    const length = sizeOf(of)
    const at = Number(key) < 0 ? Number(key) + (length ?? 0) : Number(key)
    const found =
      typeof of === 'string' ? (at >= 0 ? [...of][at] : undefined) : isList(of) ? of[at] : of instanceof Tuple ? of.items[at] : undefined
    if (found !== undefined) return found
  }
  if (typeof key === 'string') return attributeOnly(of, key)
  return new Undefined(`${typeName(of)} object has no element ${repr(key)}`)
}
