/** Nodes of a graph as nodes of ONNX: each writes itself through its op's record, and equal ones are written once. */
import { parameterArray } from '../../graph/leaf.js'
import { type Emit, FloatAttr, type OnnxAttr, type OnnxAttrs, opOf, SubGraph } from '../../graph/op.js'
import { topological } from '../../graph/walk.js'
import { inOneGo, type Steps } from '../../host/pace.js'
import type { Dtype, TypedArray } from '../../tensor/dtype.js'
import { encode } from '../../tensor/nested.js'
import type { Shape } from '../../tensor/shape.js'
import type { Node, Tensor } from '../../tensor/tensor.js'
import { meansIn, writeMean } from './means.js'
import { type AttributeValue, Graph, type GraphNode, onnxTypes, type ValueInfo } from './messages.js'
import { integersKey, Shared } from './shared.js'
import { identity } from './tidy.js'

/** A tensor and its name in the model. `shape` may name symbolic sizes. */
export interface Port {
  readonly tensor: Tensor
  readonly name: string
  readonly shape?: readonly (number | string)[]
  /** of an input: the numbers it has at every run */
  readonly still?: TypedArray
}

/** How nodes are written. */
export interface WriterOptions {
  /** kernels beyond standard ONNX may be used; default false */
  readonly native?: boolean
  /** finds Emit.channelBlock, when a convolution asks for it; default 0 */
  readonly channelBlock?: () => number
  /** replaces integer constants (shapes, pads) by computed values: how exported models keep a free batch size */
  readonly ints?: ((values: readonly number[], e: Emit) => string | undefined) | undefined
  /** writes means over axes as nodes of their own, which hold at any size */
  readonly means?: boolean
  /** what the ONNX nodes of a graph node are called; default its op and a running number */
  readonly label?: (node: Node) => string | undefined
}

/** Writes the nodes of one graph, or of a body in it. */
export class Writer {
  readonly names = new Map<Node, readonly string[]>()
  readonly nodes: GraphNode[] = []
  private readonly written = new Map<string, readonly string[]>()
  /** which outputs are read, of nodes with several */
  private readonly read = new Map<Node, Set<number>>()
  readonly shared: Shared
  private label = 'result'
  readonly emit: Emit

  constructor(
    private readonly options: WriterOptions,
    private readonly outer?: Writer,
  ) {
    this.shared = outer?.shared ?? new Shared(options.native ?? false, options.label)
    const many: Emit['many'] = (type, inputs, outputs, attrs = {}, domain = '') => this.write(type, inputs, outputs, attrs, domain)
    const one = (type: string, inputs: readonly (string | undefined)[], attrs?: OnnxAttrs, domain?: string): string =>
      many(type, inputs, 1, attrs, domain)[0]!
    this.emit = Object.assign(one, {
      many,
      ints: (values: readonly number[]) =>
        options.ints?.(values, this.emit) ??
        this.shared.known.get(integersKey([values.length], values)) ??
        this.constant(BigInt64Array.from(values, BigInt), [values.length], 'i64'),
      scalar: (value: number, dtype: Dtype) => this.constant(encode([value], dtype), [], dtype),
      constant: (values: TypedArray, shape: Shape, dtype: Dtype) => this.constant(values, shape, dtype),
      cast: (x: string, to: Dtype) => one('Cast', [x], { to: onnxTypes[to] }),
      used: (node: Node) => (node.outputs.length === 1 ? [true] : node.outputs.map((_, i) => this.read.get(node)?.has(i) ?? false)),
      native: options.native ?? false,
      channelBlock: () => options.channelBlock?.() ?? 0,
    })
  }

  /** Writes what is wanted; its value names. */
  body(wanted: readonly Tensor[]): string[] {
    return inOneGo(this.writing(wanted))
  }

  /** `body` in steps. */
  *writing(wanted: readonly Tensor[]): Steps<string[]> {
    const outputs = yield* this.shared.rewriter.rewrite(wanted, (n) => this.known(n) !== undefined)
    const order = topological(outputs, (n) => n.values !== undefined || this.known(n) !== undefined)
    outputs.forEach(this.reads)
    for (const node of order) if (!node.values) node.inputs.forEach(this.reads)
    const means = this.options.means ? meansIn(order, outputs) : undefined
    for (const node of order) {
      yield
      if (this.known(node) || means?.unread.has(node)) continue
      if (node.values)
        this.names.set(
          node,
          node.values.map((v, i) => this.constant(v, node.outputs[i]!.shape, node.outputs[i]!.dtype)),
        )
      else if (node.op === 'literal') this.names.set(node, [this.emit.scalar(node.attrs.value as number, node.outputs[0]!.dtype)])
      else if (node.op === 'param')
        this.names.set(node, [this.constant(parameterArray(node), node.outputs[0]!.shape, node.outputs[0]!.dtype)])
      else {
        this.label = this.shared.label(node)
        const nameOf = (t: Tensor): string => this.known(t.node)![t.index]!
        const sum = means?.sums.get(node)
        const written = sum
          ? writeMean(this.emit, nameOf(sum.inputs[0]!), sum)
          : opOf(node.op).onnx(this.emit, node.inputs.map(nameOf), node.attrs, node)
        this.names.set(node, written)
      }
    }
    return outputs.map((t) => this.known(t.node)![t.index]!)
  }

  graph(name: string, inputs: readonly Port[], outputs: ValueInfo[]): Graph {
    const ports = inputs.map((i) => ({ name: i.name, dtype: i.tensor.dtype, shape: i.shape ?? i.tensor.shape }))
    return new Graph(name, this.nodes, ports, outputs)
  }

  private readonly reads = (t: Tensor): void => {
    if (t.node.outputs.length === 1) return
    const indices = this.read.get(t.node)
    if (indices) indices.add(t.index)
    else this.read.set(t.node, new Set([t.index]))
  }

  private known(node: Node): readonly string[] | undefined {
    return this.names.get(node) ?? this.outer?.known(node)
  }

  private write(type: string, inputs: readonly (string | undefined)[], outputs: number, attrs: OnnxAttrs, domain: string): string[] {
    // a node that passes a value on is no node: ONNX Runtime's fusions lose their operands when another pass removes it
    if (type === 'Identity') return [inputs[0]!]
    const given = Object.entries(attrs).filter((attr): attr is [string, OnnxAttr] => attr[1] !== undefined)
    let key: string | undefined = `${domain}${type}${outputs}`
    // put together piece by piece: join is most of the cost of writing a graph
    for (const input of inputs) key += `,${input ?? ''}`
    for (const [name, value] of given) key += `|${name}=${showAttribute(value)}`
    if (given.some(([, value]) => value instanceof SubGraph)) key = undefined
    const before = key === undefined ? undefined : this.find(key)
    if (before) return [...before]
    const names = outputs === 1 ? [this.shared.name()] : Array.from({ length: outputs }, () => this.shared.name())
    this.nodes.push({
      type,
      inputs: inputs.map((i) => i ?? ''),
      outputs: [...names],
      attributes: given.map(([name, value]) => [name, this.attribute(value)] as const),
      domain,
      name: this.shared.nodeName(this.label),
    })
    if (key !== undefined) this.written.set(key, names)
    return names
  }

  private find(key: string): readonly string[] | undefined {
    return this.written.get(key) ?? this.outer?.find(key)
  }

  private constant(values: TypedArray, shape: Shape, dtype: Dtype): string {
    const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)
    const key =
      bytes.length > 64
        ? undefined
        : values instanceof BigInt64Array
          ? integersKey(shape, values)
          : `${dtype}[${shape.join()}]${bytes.join()}`
    const before = key === undefined ? undefined : this.shared.known.get(key)
    if (before) return before
    const name = this.shared.name()
    this.shared.constants.push({ name, dtype, shape, bytes })
    if (key !== undefined) this.shared.known.set(key, name)
    return name
  }

  private attribute(value: OnnxAttr): AttributeValue {
    return value instanceof SubGraph ? this.subGraph(value) : value
  }

  private subGraph({ body, bound }: SubGraph): Graph {
    const inner = new Writer(this.options, this)
    // with a free batch size the sizes inside are not known either: each is a name of its own
    const sizes = (name: string, { shape }: Tensor): readonly (number | string)[] =>
      this.options.ints ? shape.map((_, i) => `${name}.${i}`) : shape
    const inputs: Port[] = []
    body.params.forEach((p, i) => {
      const name = bound[i] ?? this.shared.name()
      inner.names.set(p.node, [name])
      if (bound[i] === undefined) inputs.push({ tensor: p, name, shape: sizes(name, p) })
    })
    // a result must be made inside, and be one result only: outer values, inputs and repetitions pass through a node
    const found = inner.body(body.outputs)
    const free = new Set(inner.nodes.flatMap((n) => n.outputs))
    const ends = found.map((name) => {
      if (free.delete(name)) return name
      const own = this.shared.name()
      inner.nodes.push(identity(name, own))
      return own
    })
    const results = ends.map((name, i) => ({ name, dtype: body.outputs[i]!.dtype, shape: sizes(name, body.outputs[i]!) }))
    return inner.graph(this.shared.name(), inputs, results)
  }
}

/** An attribute as text, different for different ones; bodies have none. */
function showAttribute(value: OnnxAttr): string {
  if (typeof value === 'number') return `${value}`
  if (value instanceof FloatAttr) return `f${typeof value.value === 'number' ? value.value : `[${value.value.join()}]`}`
  return value instanceof SubGraph ? '' : JSON.stringify(value)
}
