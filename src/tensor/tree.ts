/** Nested objects and arrays of tensors. */
import { HebbError } from './errors.js'
import { Tensor } from './tensor.js'

/** A tensor, or arrays and objects of such. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree }

/** The tensors of a tree, in order of appearance. */
export function leavesOf(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree]
  if (typeof tree !== 'object' || tree === null) throw new HebbError(`expected a tensor or nested tensors, got ${String(tree)}`)
  return (Array.isArray(tree) ? tree : Object.values(tree)).flatMap((t: Tree) => leavesOf(t))
}

/** A tree of the same form with other tensors. */
export function rebuild<T extends Tree>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0
  const visit = (t: Tree): Tree =>
    t instanceof Tensor
      ? leaves[next++]!
      : Array.isArray(t)
        ? t.map(visit)
        : Object.fromEntries(Object.entries(t).map(([k, v]: [string, Tree]) => [k, visit(v)]))
  return visit(tree) as T
}
