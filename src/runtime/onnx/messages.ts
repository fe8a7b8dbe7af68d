/** The parts of an ONNX model as plain records, and one clean-up of them. */
import type { FloatAttr } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'

/** ONNX's number for each dtype. */
export const onnxTypes: Readonly<Record<Dtype, number>> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11, bf16: 16 }

/** Value of an attribute: bare numbers are integers. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | FloatAttr | Graph

/** One operation; a missing input is an empty name. */
export interface GraphNode {
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: string[]
  readonly attributes: readonly (readonly [name: string, value: AttributeValue])[]
  readonly domain: string
  readonly name: string
}

/** Numbers that are part of a model. */
export interface Constant {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Name, dtype and shape of an input or result; a text names a free size. */
export interface ValueInfo {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly (number | string)[]
}

/** A graph, of a model or inside an attribute. */
export class Graph {
  readonly constants: Constant[] = []
  constructor(
    readonly name: string,
    public nodes: GraphNode[],
    readonly inputs: readonly ValueInfo[],
    readonly outputs: ValueInfo[],
  ) {}
}

/** A whole model. */
export interface Model {
  readonly graph: Graph
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  readonly metadata: Readonly<Record<string, string>>
}

/** The node that passes a value on under another name. */
export const identity = (input: string, output: string): GraphNode => ({
  type: 'Identity',
  inputs: [input],
  outputs: [output],
  attributes: [],
  domain: '',
  name: '',
})

/** Lets the node that makes a result carry the result's name, where no one else needs the name it had. */
export function dropIdentities(graph: Graph, inputs: ReadonlySet<string>): void {
  const uses = new Map<string, number>()
  const use = (name: string): unknown => uses.set(name, (uses.get(name) ?? 0) + 1)
  const count = (g: Graph): void => {
    for (const n of g.nodes) {
      n.inputs.forEach(use)
      for (const [, value] of n.attributes) if (value instanceof Graph) count(value)
    }
    // results of a sub-graph may name outer values
    if (g !== graph) for (const o of g.outputs) use(o.name)
  }
  count(graph)
  const maker = new Map<string, GraphNode>()
  for (const n of graph.nodes) for (const o of n.outputs) maker.set(o, n)
  const results = new Set(graph.outputs.map((o) => o.name))
  graph.nodes = graph.nodes.filter((n) => {
    if (n.type !== 'Identity' || !results.has(n.outputs[0]!)) return true
    const source = n.inputs[0]!
    const from = maker.get(source)
    if (!from || inputs.has(source) || uses.get(source) !== 1 || results.has(source)) return true
    from.outputs[from.outputs.indexOf(source)] = n.outputs[0]!
    return false
  })
}
