/** Walking graphs: order, dependence, substitution, and a text that two equal structures share. */
import { makeNode, type Node, type Tensor, tensorOf } from '../tensor/tensor.js'
import { isLeaf, pathOf, placeholder, storageOf } from './leaf.js'
import { applyOp, Body } from './op.js'
import { idOf, isStill } from './storage.js'

/** Nodes that `outputs` need, inputs before users. Walks stop at computed nodes and where `stop` says so. */
export function topological(outputs: readonly Tensor[], stop: (node: Node) => boolean = isComputed): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  const enter = ({ node }: Tensor): void => {
    if (seen.has(node)) return
    seen.add(node)
    stack.push({ node, next: stop(node) ? Number.POSITIVE_INFINITY : 0 })
  }
  for (const output of outputs) {
    enter(output)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      if (top.next < top.node.inputs.length) enter(top.node.inputs[top.next++]!)
      else {
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

/** Whether the results of a node are already there. */
export const isComputed = (node: Node): boolean => node.values !== undefined

/** The nodes among `order` that depend on any of `sources`. */
export function dependents(order: readonly Node[], sources: readonly Tensor[]): Set<Node> {
  const found = new Set(sources.map((t) => t.node))
  for (const node of order) if (node.inputs.some((t) => found.has(t.node))) found.add(node)
  return found
}

/**
 * The graph of `outputs` with some tensors replaced; untouched parts are shared, not copied. `instead` may give another result for a node whose only one is to be
 * replaced by what its inputs are now: each node is made anew once, whoever reads it.
 */
export function substitute(
  outputs: readonly Tensor[],
  replaced: ReadonlyMap<Tensor, Tensor>,
  instead?: (node: Node, inputs: readonly Tensor[]) => Tensor | undefined,
): Tensor[] {
  const now = new Map(replaced)
  const given = new Set([...replaced.keys()].map((t) => t.node))
  const current = (t: Tensor): Tensor => now.get(t) ?? t
  const order = topological(outputs, (node) => given.has(node) || isComputed(node))
  for (const node of order) {
    if (given.has(node)) continue
    const inputs = node.inputs.map(current)
    const other = instead?.(node, inputs)
    if (other) now.set(tensorOf(node), other)
    else if (inputs.some((t, i) => t !== node.inputs[i]))
      for (const [i, t] of applyOp(node.op, inputs, node.attrs).entries()) now.set(tensorOf(node, i), t)
  }
  return outputs.map(current)
}

/**
 * The graph of `outputs` in nodes of its own, but for its leaves: computing a tensor, or taking a gradient, changes nodes, and not these.
 * `order` holds the nodes that outputs need, inputs before users.
 */
export function separate(outputs: readonly Tensor[], order: readonly Node[]): { outputs: Tensor[]; order: Node[] } {
  const copies = new Map<Node, Node>()
  const current = (t: Tensor): Tensor => {
    const copy = copies.get(t.node)
    return copy ? tensorOf(copy, t.index) : t
  }
  const copied = order.map((node) => {
    if (isLeaf(node) || isComputed(node)) return node
    const copy = makeNode(node.op, node.inputs.map(current), node.attrs, node.outputs)
    copies.set(node, copy)
    return copy
  })
  return { outputs: outputs.map(current), order: copied }
}

/** The layer a node belongs to, in words: ` with 0.weight` where it reads a parameter, ` after 0.weight` where one above it does; nothing far from any. */
export function afterPath(node: Node): string {
  let level: Node[] = [node]
  for (let depth = 0; depth < 8; depth++) {
    for (const n of level)
      for (const t of n.inputs) {
        const path = pathOf(t.node)
        if (path) return ` ${depth === 0 ? 'with' : 'after'} ${path}`
      }
    level = level.flatMap((n) => n.inputs.map((t) => t.node))
  }
  return ''
}

/**
 * A graph cut free of its surroundings: what it uses from outside becomes extra parameters of the body.
 * Inside are the nodes that depend on `params` (others are computed once, outside), or those made since `mark`.
 * Gives the closed body and the outside tensors to feed to the extra parameters.
 */
export function closeOver(params: readonly Tensor[], outputs: readonly Tensor[], mark?: number): { body: Body; captured: Tensor[] } {
  const order = topological(outputs)
  const inside = mark === undefined ? dependents(order, params) : new Set(order.filter((n) => n.id >= mark && !isLeaf(n) && !isComputed(n)))
  const inner = new Map<Tensor, Tensor>()
  const capture = (t: Tensor): void => {
    if (!inside.has(t.node) && t.node.op !== 'literal' && !inner.has(t)) inner.set(t, placeholder(t.shape, t.dtype))
  }
  for (const node of order) if (inside.has(node)) node.inputs.forEach(capture)
  outputs.forEach(capture)
  return { body: new Body([...params, ...inner.values()], substitute(outputs, inner)), captured: [...inner.keys()] }
}

/**
 * A text that is equal for graphs of equal structure (ops, attributes, wiring, shapes, dtypes of leaves), whatever numbers flow in.
 * `leaves` lists the leaf tensors in the order in which the text numbers them.
 */
export function signature(outputs: readonly Tensor[], literals: 'inputs' | 'fixed'): { text: string; order: Node[]; leaves: Node[] } {
  const order = topological(outputs)
  const number = new Map<Node, number>()
  const leaves: Node[] = []
  const parts: string[] = []
  for (const node of order) {
    number.set(node, number.size)
    if (isLeaf(node) || isComputed(node)) {
      const fixed = node.op === 'literal' && literals === 'fixed'
      if (!fixed) leaves.push(node)
      parts.push(
        `${isComputed(node) ? 'constant' : node.op}:${node.outputs.map((s) => `${s.dtype}[${s.shape.join()}]`).join(';')}${fixed || node.op === 'random' ? showAttrs(node) : stillIn(node)}`,
      )
    } else parts.push(`${node.op}(${node.inputs.map((t) => `${number.get(t.node)}.${t.index}`).join()})${showAttrs(node)}`)
  }
  parts.push(`=>${outputs.map((t) => `${number.get(t.node)}.${t.index}`).join()}`)
  return { text: parts.join('\n'), order, leaves }
}

/** Numbers that stay may become constants: programs of other numbers are other programs. */
function stillIn(node: Node): string {
  const home = storageOf(node)?.home
  return home && isStill(home) ? `@${idOf(home)}` : ''
}

function showAttrs(node: Node): string {
  let text = ''
  for (const key in node.attrs) {
    const value = node.attrs[key]
    // a gradient rule: what it gives is in the graph already, where anyone asked
    if (typeof value !== 'function') text += `|${key}=${showAttr(value)}`
  }
  return text
}

function showAttr(value: unknown): string {
  if (value instanceof Body) return `{${value.params.map((p) => `${p.dtype}[${p.shape.join()}]`).join()}=>${bodyText(value)}}`
  if (Array.isArray(value)) return `[${value.map(showAttr).join()}]`
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return String(value)
}

const bodyTexts = new WeakMap<Body, string>()
function bodyText(body: Body): string {
  let text = bodyTexts.get(body)
  if (text === undefined) {
    const { text: inner, leaves } = signature(body.outputs, 'fixed')
    text = `${inner}@${leaves.map((n) => freeOrParam(body, n)).join()}`
    bodyTexts.set(body, text)
  }
  return text
}

// a constant inside a body is told apart by its identity, as its numbers are written into the program
function freeOrParam(body: Body, leaf: Node): string {
  const at = body.params.findIndex((p) => p.node === leaf)
  return at >= 0 ? String(at) : `n${leaf.id}`
}
