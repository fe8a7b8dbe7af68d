/** From graph to ONNX: every node writes itself through its op's record; equal nodes are written once. */
import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttrType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
} from 'onnx-buf'
import { storageOf } from '../../graph/leaf.js'
import { type Emit, FloatAttr, type OnnxAttr, opOf, SubGraph } from '../../graph/op.js'
import { topological } from '../../graph/walk.js'
import type { Dtype, TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { encode } from '../../tensor/nested.js'
import type { Shape } from '../../tensor/shape.js'
import type { Node, Tensor } from '../../tensor/tensor.js'
import { dropIdentities, nodeProto, onnxTypes, valueInfo } from './messages.js'

/** A tensor and its name in the model. `shape` may name symbolic sizes. */
export interface Port {
  readonly tensor: Tensor
  readonly name: string
  readonly shape?: readonly (number | string)[]
}

export interface LowerOptions {
  /** kernels beyond standard ONNX may be used; default false */
  readonly native?: boolean
  /** finds Emit.channelBlock, when a convolution asks for it; default 0 */
  readonly channelBlock?: () => number
  /** replaces integer constants (shapes, pads) by computed values: how exported models keep a free batch size */
  readonly ints?: (values: readonly number[], e: Emit) => string | undefined
  /** what the ONNX nodes of a graph node are called; default its op and a running number */
  readonly label?: (node: Node) => string | undefined
  /** written into the model's metadata */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The opset Hebb's graphs are written in. */
export const opset = 21

/** The serialised ONNX model that computes `outputs` from `inputs`. Other leaves become constants of the model. */
export function lower(inputs: readonly Port[], outputs: readonly Port[], options: LowerOptions = {}): Uint8Array {
  const writer = new Writer(options)
  for (const { tensor, name } of inputs) {
    const names = [...(writer.names.get(tensor.node) ?? [])]
    names[tensor.index] = name
    writer.names.set(tensor.node, names)
  }
  const ends = writer.body(outputs.map((o) => o.tensor))
  const graph = writer.graph(inputs, [])
  graph.node.push(...outputs.map(({ name }, i) => nodeProto('Identity', [ends[i]!], [name])))
  graph.output.push(...outputs.map((o) => valueInfo(o.name, o.tensor.dtype, o.shape ?? o.tensor.shape)))
  graph.initializer.push(...writer.shared.initializers)
  dropIdentities(graph, new Set(inputs.map((i) => i.name)))
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'hebb',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      { domain: 'com.microsoft', version: 1n },
      { domain: 'com.microsoft.nchwc', version: 1n },
    ].filter((o) => o.domain === '' || graph.node.some((n) => n.domain === o.domain || n.attribute.some((a) => a.g))),
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  })
  model.graph = graph
  return toBinary(ModelProtoSchema, model)
}

/** What all graphs of one model share: constants and the supply of names. */
class Shared {
  readonly initializers: TensorProto[] = []
  readonly constants = new Map<string, string>()
  private next = 0
  private steps = 0
  private readonly labels = new Map<string, number>()
  constructor(readonly options: LowerOptions) {}
  /** `matmul_12` */
  label(node: Node): string {
    return this.options.label?.(node) ?? `${node.op}_${this.steps++}`
  }
  /** one node may become several: `matmul_12`, `matmul_12.1`, … */
  nodeName(label: string): string {
    const used = this.labels.get(label) ?? 0
    this.labels.set(label, used + 1)
    return used === 0 ? label : `${label}.${used}`
  }
  name(): string {
    return `v${this.next++}`
  }
}

class Writer {
  readonly names = new Map<Node, readonly string[]>()
  readonly nodes: NodeProto[] = []
  private readonly written = new Map<string, readonly string[]>()
  private readonly read = new Map<Node, Set<number>>()
  readonly shared: Shared
  private label = 'result'
  readonly emit: Emit

  constructor(
    options: LowerOptions,
    private readonly outer?: Writer,
  ) {
    this.shared = outer?.shared ?? new Shared(options)
    const many: Emit['many'] = (type, inputs, outputs, attrs = {}, domain = '') => this.write(type, inputs, outputs, attrs, domain)
    const one = (
      type: string,
      inputs: readonly (string | undefined)[],
      attrs?: Readonly<Record<string, OnnxAttr>>,
      domain?: string,
    ): string => many(type, inputs, 1, attrs, domain)[0]!
    this.emit = Object.assign(one, {
      many,
      ints: (values: readonly number[]) =>
        options.ints?.(values, this.emit) ?? this.constant(BigInt64Array.from(values, BigInt), [values.length], 'i64'),
      scalar: (value: number, dtype: Dtype) => this.constant(encode([value], dtype), [], dtype),
      constant: (values: TypedArray, shape: Shape, dtype: Dtype) => this.constant(values, shape, dtype),
      cast: (x: string, to: Dtype) => one('Cast', [x], { to: onnxTypes[to] }),
      used: (node: Node) => node.outputs.map((_, i) => this.read.get(node)?.has(i) ?? false),
      native: options.native ?? false,
      channelBlock: () => options.channelBlock?.() ?? 0,
    })
  }

  /** Writes what `outputs` need; their value names. */
  body(outputs: readonly Tensor[]): string[] {
    const order = topological(outputs, (n) => n.values !== undefined || this.known(n) !== undefined)
    for (const t of [...outputs, ...order.flatMap((n) => (n.values ? [] : n.inputs))]) {
      const indices = this.read.get(t.node) ?? new Set<number>()
      this.read.set(t.node, indices.add(t.index))
    }
    for (const node of order) {
      if (this.known(node)) continue
      if (node.values)
        this.names.set(
          node,
          node.values.map((v, i) => this.constant(v, node.outputs[i]!.shape, node.outputs[i]!.dtype)),
        )
      else if (node.op === 'literal') this.names.set(node, [this.emit.scalar(node.attrs.value as number, node.outputs[0]!.dtype)])
      else if (node.op === 'param')
        this.names.set(node, [this.constant(parameterArray(node), node.outputs[0]!.shape, node.outputs[0]!.dtype)])
      else {
        const inputs = node.inputs.map((t) => this.known(t.node)![t.index]!)
        this.label = this.shared.label(node)
        this.names.set(node, opOf(node.op).onnx(this.emit, inputs, node.attrs, node))
      }
    }
    return outputs.map((t) => this.known(t.node)![t.index]!)
  }

  graph(inputs: readonly Port[], outputs: readonly ValueInfoProto[]): GraphProto {
    const graph = create(GraphProtoSchema, { name: 'hebb' })
    graph.node = this.nodes
    graph.input = inputs.map((i) => valueInfo(i.name, i.tensor.dtype, i.shape ?? i.tensor.shape))
    graph.output = [...outputs]
    return graph
  }

  private known(node: Node): readonly string[] | undefined {
    return this.names.get(node) ?? this.outer?.known(node)
  }

  private write(
    type: string,
    inputs: readonly (string | undefined)[],
    outputs: number,
    attrs: Readonly<Record<string, OnnxAttr>>,
    domain: string,
  ): string[] {
    const key = Object.values(attrs).some((a) => a instanceof SubGraph)
      ? undefined
      : `${domain}${type}(${inputs.join()})${JSON.stringify(attrs)}${outputs}`
    const before = key === undefined ? undefined : this.find(key)
    if (before) return [...before]
    const names = Array.from({ length: outputs }, () => this.shared.name())
    this.nodes.push(
      nodeProto(
        type,
        inputs.map((i) => i ?? ''),
        names,
        Object.entries(attrs).map(([name, value]) => this.attribute(name, value)),
        domain,
        this.shared.nodeName(this.label),
      ),
    )
    if (key !== undefined) this.written.set(key, names)
    return names
  }

  private find(key: string): readonly string[] | undefined {
    return this.written.get(key) ?? this.outer?.find(key)
  }

  private constant(values: TypedArray, shape: Shape, dtype: Dtype): string {
    const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)
    const key = bytes.length <= 64 ? `${dtype}[${shape.join()}]${bytes.join()}` : undefined
    const before = key === undefined ? undefined : this.shared.constants.get(key)
    if (before) return before
    const name = this.shared.name()
    const proto = create(TensorProtoSchema, { name, dataType: onnxTypes[dtype], dims: shape.map(BigInt) })
    proto.rawData = bytes
    this.shared.initializers.push(proto)
    if (key !== undefined) this.shared.constants.set(key, name)
    return name
  }

  private attribute(name: string, value: OnnxAttr): AttributeProto {
    const a = create(AttributeProtoSchema, { name })
    if (typeof value === 'number') {
      a.type = AttrType.INT
      a.i = BigInt(value)
    } else if (typeof value === 'string') {
      a.type = AttrType.STRING
      a.s = new TextEncoder().encode(value)
    } else if (value instanceof FloatAttr) {
      a.type = typeof value.value === 'number' ? AttrType.FLOAT : AttrType.FLOATS
      if (typeof value.value === 'number') a.f = value.value
      else a.floats = [...value.value]
    } else if (value instanceof SubGraph) {
      a.type = AttrType.GRAPH
      a.g = this.subGraph(value)
    } else if (typeof value[0] === 'string') {
      a.type = AttrType.STRINGS
      a.strings = (value as readonly string[]).map((s) => new TextEncoder().encode(s))
    } else {
      a.type = AttrType.INTS
      a.ints = (value as readonly number[]).map(BigInt)
    }
    return a
  }

  private subGraph({ body, bound }: SubGraph): GraphProto {
    const inner = new Writer(this.shared.options, this)
    const inputs: Port[] = []
    body.params.forEach((p, i) => {
      const name = bound[i] ?? this.shared.name()
      inner.names.set(p.node, [name])
      if (bound[i] === undefined) inputs.push({ tensor: p, name })
    })
    // a result must be made inside: outer values and inputs pass through a node
    const ends = inner.body(body.outputs).map((name) => {
      const own = this.shared.name()
      inner.nodes.push(nodeProto('Identity', [name], [own]))
      return own
    })
    const graph = inner.graph(
      inputs,
      ends.map((name, i) => valueInfo(name, body.outputs[i]!.dtype, body.outputs[i]!.shape)),
    )
    graph.name = this.shared.name()
    return graph
  }
}

/** The numbers of a parameter. Throws HebbError while it has none. */
export function parameterArray(node: Node): TypedArray {
  const storage = storageOf(node)
  if (!storage?.array)
    throw new HebbError(
      `parameter ${storage?.path ?? ''} [${node.outputs[0]!.shape.join(', ')}] has no values yet: call initialize(model, { seed }) or load(model, file) first`,
    )
  return storage.array
}
