/** The messages of an ONNX model, and one clean-up of them. */
import { create } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Dtype } from '../../tensor/dtype.js'

/** ONNX's number for each dtype. */
export const onnxTypes: Readonly<Record<Dtype, DataType>> = {
  f32: DataType.FLOAT,
  f64: DataType.DOUBLE,
  i32: DataType.INT32,
  i64: DataType.INT64,
  bool: DataType.BOOL,
  u8: DataType.UINT8,
  f16: DataType.FLOAT16,
  bf16: DataType.BFLOAT16,
}

/** Lets the node that makes a result carry the result's name, where no one else needs the name it had. */
export function dropIdentities(graph: GraphProto, inputs: ReadonlySet<string>): void {
  const uses = new Map<string, number>()
  const count = (g: GraphProto): void => {
    for (const n of g.node) {
      for (const i of n.input) uses.set(i, (uses.get(i) ?? 0) + 1)
      for (const a of n.attribute) if (a.g) count(a.g)
    }
    // results of a sub-graph may name outer values
    for (const o of g.output) if (g !== graph) uses.set(o.name, (uses.get(o.name) ?? 0) + 1)
  }
  count(graph)
  const maker = new Map<string, NodeProto>()
  for (const n of graph.node) for (const o of n.output) maker.set(o, n)
  const results = new Set(graph.output.map((o) => o.name))
  graph.node = graph.node.filter((n) => {
    if (n.opType !== 'Identity' || !results.has(n.output[0]!)) return true
    const source = n.input[0]!
    const from = maker.get(source)
    if (!from || inputs.has(source) || uses.get(source) !== 1 || results.has(source)) return true
    from.output[from.output.indexOf(source)] = n.output[0]!
    return false
  })
}

/** A node. */
export function nodeProto(
  opType: string,
  input: string[],
  output: string[],
  attribute: AttributeProto[] = [],
  domain = '',
  name = '',
): NodeProto {
  const node = create(NodeProtoSchema)
  node.opType = opType
  node.input = input
  node.output = output
  node.attribute = attribute
  node.domain = domain
  node.name = name
  return node
}

/** Name, dtype and shape of an input or result; a text names a free size. */
export const valueInfo = (name: string, dtype: Dtype, shape: readonly (number | string)[]): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: onnxTypes[dtype],
          shape: {
            dim: shape.map((d) => ({
              value: typeof d === 'number' ? { case: 'dimValue' as const, value: BigInt(d) } : { case: 'dimParam' as const, value: d },
            })),
          },
        },
      },
    },
  })
