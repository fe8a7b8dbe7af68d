/** Small ONNX models by hand, for tests of what runs them. */
import { create, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Dtype } from '../../src/tensor/dtype.js'

const elementTypes: Record<Dtype, number> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11, bf16: 16 }

/** A named input or output; a size in words is symbolic. */
export type Declared = readonly [name: string, dtype: Dtype, shape: readonly (number | string)[]]

/** One operation; attributes are integers. */
export const node = (opType: string, input: string[], output: string[], ints: Record<string, number> = {}): NodeProto =>
  create(NodeProtoSchema, {
    opType,
    input,
    output,
    name: `${opType}_${output[0]}`,
    attribute: Object.entries(ints).map(([name, i]) =>
      create(AttributeProtoSchema, { name, i: BigInt(i), type: AttributeProto_AttributeType.INT }),
    ),
  })

const declare = ([name, dtype, shape]: Declared) =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, {
          elemType: elementTypes[dtype],
          shape: create(TensorShapeProtoSchema, {
            dim: shape.map((d) =>
              create(TensorShapeProto_DimensionSchema, {
                value: typeof d === 'string' ? { case: 'dimParam', value: d } : { case: 'dimValue', value: BigInt(d) },
              }),
            ),
          }),
        }),
      },
    }),
  })

/** A serialised model of standard operations. */
export const model = (nodes: NodeProto[], inputs: readonly Declared[], outputs: readonly Declared[]): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 21n })],
      graph: create(GraphProtoSchema, { name: 'test', node: nodes, input: inputs.map(declare), output: outputs.map(declare) }),
    }),
  )

/** h₀ = x, hᵢ₊₁ = op(hᵢ, x), `length` times: as long a run as wished. */
export const chain = (op: string, length: number, shape: readonly number[]): Uint8Array =>
  model(
    Array.from({ length }, (_, i) => node(op, [i === 0 ? 'x' : `h${i}`, 'x'], [i === length - 1 ? 'y' : `h${i + 1}`])),
    [['x', 'f32', shape]],
    [['y', 'f32', shape]],
  )
