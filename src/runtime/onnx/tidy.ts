/** Nodes that a written graph can do without. */
import { Graph, type GraphNode } from './messages.js'

/** The node that passes a value on under another name. */
export const identity = (input: string, output: string): GraphNode => ({
  type: 'Identity',
  inputs: [input],
  outputs: [output],
  attributes: [],
  domain: '',
  name: '',
})

/** How often each value is read, inside sub-graphs too. */
function readsOf(graph: Graph): Map<string, number> {
  const reads = new Map<string, number>()
  const read = (name: string): unknown => reads.set(name, (reads.get(name) ?? 0) + 1)
  const count = (g: Graph): void => {
    for (const n of g.nodes) {
      n.inputs.forEach(read)
      for (const [, value] of n.attributes) if (value instanceof Graph) count(value)
    }
    // results of a sub-graph may name outer values
    if (g !== graph) for (const o of g.outputs) read(o.name)
  }
  count(graph)
  return reads
}

/** The node that makes each value. */
const makersOf = (graph: Graph): Map<string, GraphNode> => new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)))

/** Lets the node that makes a result carry the result's name, where no one else needs the name it had. */
export function dropIdentities(graph: Graph, inputs: ReadonlySet<string>): void {
  const [reads, makers] = [readsOf(graph), makersOf(graph)]
  const results = new Set(graph.outputs.map((o) => o.name))
  graph.nodes = graph.nodes.filter((n) => {
    if (n.type !== 'Identity' || !results.has(n.outputs[0]!)) return true
    const source = n.inputs[0]!
    const from = makers.get(source)
    if (!from || inputs.has(source) || reads.get(source) !== 1 || results.has(source)) return true
    from.outputs[from.outputs.indexOf(source)] = n.outputs[0]!
    return false
  })
}

/**
 * Lets a reshape of a reshape read what the first one reads, and drops the first where nobody else reads it. ONNX Runtime would join them itself, but into a new node,
 * and of nodes that may run at any time it runs new ones first: with one such gradient of a weight all cotangents were made before any other gradient of a weight.
 * Shapes have to be known: none may copy a size.
 */
export function joinReshapes(graph: Graph): void {
  const makers = makersOf(graph)
  const source = (name: string): string => {
    const maker = makers.get(name)
    return maker?.type === 'Reshape' ? source(maker.inputs[0]!) : name
  }
  graph.nodes = graph.nodes.map((n) => (n.type === 'Reshape' ? { ...n, inputs: [source(n.inputs[0]!), n.inputs[1]!] } : n))
  const reads = readsOf(graph)
  const results = new Set(graph.outputs.map((o) => o.name))
  graph.nodes = graph.nodes.filter(({ type, outputs: [y] }) => type !== 'Reshape' || reads.has(y!) || results.has(y!))
}
