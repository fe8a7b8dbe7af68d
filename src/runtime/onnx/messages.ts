/** The parts of an ONNX model as plain records. */
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

/** Numbers that the model only names: they are given with the session. */
export interface Given {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
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
  readonly given: Given[] = []
  constructor(
    readonly name: string,
    public nodes: GraphNode[],
    public inputs: readonly ValueInfo[],
    readonly outputs: ValueInfo[],
  ) {}
}

/** A whole model. */
export interface Model {
  readonly graph: Graph
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  readonly metadata: Readonly<Record<string, string>>
}
