/** Leaves of the graph: where values come in instead of being computed. */
import { type Dtype, isFloat, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { encode } from '../tensor/nested.js'
import { type Shape, showShape } from '../tensor/shape.js'
import { makeNode, type Node, Tensor, tensorOf } from '../tensor/tensor.js'
import type { Home, Storage } from './storage.js'

/** A number written in the code, as a 0-d tensor. Throws DtypeError for what the dtype cannot hold. */
export function literal(value: number, dtype: Dtype): Tensor {
  if (!isFloat(dtype)) encode([value], dtype)
  return new Tensor(makeNode('literal', [], { value }, [{ shape: [], dtype }]))
}

/** A value that is given when the program runs. */
export const placeholder = (shape: Shape, dtype: Dtype): Tensor => new Tensor(makeNode('placeholder', [], {}, [{ shape, dtype }]))

/** How the numbers of a random leaf are distributed: uniform on [0, 1), or standard normal. */
export type Distribution = 'uniform' | 'normal'

/** Random numbers, drawn anew before each run as f(seed, key, step). */
export const randomLeaf = (shape: Shape, distribution: Distribution, key: string): Tensor =>
  new Tensor(makeNode('random', [], { distribution, key }, [{ shape, dtype: 'f32' }]))

/** The leaf that reads a parameter's storage whenever a program runs. */
export const storageNode = (shape: Shape, dtype: Dtype, storage: Storage): Node => makeNode('param', [], { storage }, [{ shape, dtype }])

/** The storage behind a parameter's node. */
export const storageOf = (node: Node): Storage | undefined => (node.op === 'param' ? (node.attrs.storage as Storage) : undefined)

let names: ReadonlyMap<object, string> | undefined

/** What `f` gives, while messages name parameters as `paths` does. */
export function naming<T>(paths: ReadonlyMap<object, string>, f: () => T): T {
  const outer = names
  names = paths
  try {
    return f()
  } finally {
    names = outer
  }
}

/** How messages name the parameter behind a node; undefined for other nodes, and where it belongs to no model that is known. */
export function pathOf(node: Node): string | undefined {
  const storage = storageOf(node)
  return storage && (names?.get(tensorOf(node)) ?? storage.path)
}

/** `encoder.weight (4, 5) f32`: a tensor as messages name it. */
export function describe(t: Tensor): string {
  const path = pathOf(t.node)
  return `${path ? `${path} ` : ''}${showShape(t.shape)} ${t.dtype}`
}

/** Leaf nodes hold no computation: constant, literal, placeholder, random, param. */
export const isLeaf = (node: Node): boolean => node.inputs.length === 0 && leafOps.has(node.op)
const leafOps = new Set(['constant', 'literal', 'placeholder', 'random', 'param'])

/** Where the numbers of a parameter live. Throws HebbError while it has none. */
export function homeOf(node: Node): Home {
  const storage = storageOf(node)
  if (!storage?.home)
    throw new HebbError(
      pathOf(node) === undefined
        ? `a parameter ${showShape(node.outputs[0]!.shape)} ${node.outputs[0]!.dtype} that the graph reads belongs to no model: its layer is in a #private field, in an object that is no layer, or made inside forward. Make it once, in the constructor, and keep it in a public field of a layer`
        : `parameter ${pathOf(node)} ${showShape(node.outputs[0]!.shape)} has no values yet: call initialize(model, { seed }) or load(model, file) first`,
    )
  return storage.home
}

/** The numbers of a parameter: where they live, or of another number format there a copy. Throws HebbError while it has none. */
export function parameterArray(node: Node): TypedArray {
  homeOf(node)
  return storageOf(node)!.numbers()!
}
