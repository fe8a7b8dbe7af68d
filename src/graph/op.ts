/** The contract of a primitive: how it is called, shaped, differentiated and lowered, in one record. */
import type { Dtype, TypedArray } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { type Shape, showShape } from '../tensor/shape.js'
import { type Attrs, isEmpty, makeNode, type Node, outputsOf, type Spec, type Tensor } from '../tensor/tensor.js'
import { describe } from './leaf.js'

/** A float attribute of an ONNX node; bare numbers are integers. */
export class FloatAttr {
  constructor(readonly value: number | readonly number[]) {}
}
/** Marks a number, or a list, as float attribute. */
export const float = (value: number | readonly number[]): FloatAttr => new FloatAttr(value)

/** A function as a graph of its own: what `scan` and `cond` carry. Its outputs depend on nothing but its parameters. */
export class Body {
  constructor(
    readonly params: readonly Tensor[],
    readonly outputs: readonly Tensor[],
  ) {}
}

/** A body as attribute of a node: `bound` names the outer value behind each parameter, undefined for those the node itself feeds. */
export class SubGraph {
  constructor(
    readonly body: Body,
    readonly bound: readonly (string | undefined)[],
  ) {}
}

/** Value of an ONNX attribute; a list of strings may not be empty. */
export type OnnxAttr = number | string | readonly number[] | readonly string[] | FloatAttr | SubGraph

/** Attributes of an ONNX node; one that is undefined is not written. */
export type OnnxAttrs = Readonly<Record<string, OnnxAttr | undefined>>

/** Writes ONNX nodes; names are value names of the emitted graph. */
export interface Emit {
  /** one node with one output */
  (type: string, inputs: readonly (string | undefined)[], attrs?: OnnxAttrs, domain?: string): string
  /** one node with several outputs */
  many(type: string, inputs: readonly (string | undefined)[], outputs: number, attrs?: OnnxAttrs, domain?: string): string[]
  /** a 1-D i64 constant: shapes, axes, pads */
  ints(values: readonly number[]): string
  /** a 0-d constant */
  scalar(value: number, dtype: Dtype): string
  /** a constant of any shape */
  constant(values: TypedArray, shape: Shape, dtype: Dtype): string
  /** the value in another dtype */
  cast(x: string, to: Dtype): string
  /** which outputs of a node anyone reads */
  used(node: Node): readonly boolean[]
  /** what this machine's runtime can do beyond standard ONNX; false in exported models */
  readonly native: boolean
  /** channels per block of the runtime's blocked convolution kernels; 0 where there are none or the model is for export */
  channelBlock(): number
}

/** Walks a graph backward: cotangents of `outputs` become cotangents of `wrt` (undefined where there is no path). */
export type Pullback = (
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
) => (Tensor | undefined)[]

/** What a gradient rule sees. */
export interface VjpContext<A extends Attrs = Attrs> {
  readonly inputs: readonly Tensor[]
  readonly outs: readonly Tensor[]
  /** first output */
  readonly out: Tensor
  readonly attrs: A
  /** which inputs need a gradient; others may be left undefined */
  readonly needs: readonly boolean[]
  readonly pullback: Pullback
}

/** A primitive as the registry holds it. */
export interface Op {
  readonly name: string
  spec(inputs: readonly Tensor[], attrs: Attrs): readonly Spec[]
  vjp?: ((cotangents: readonly (Tensor | undefined)[], context: VjpContext) => readonly (Tensor | undefined)[]) | undefined
  onnx(e: Emit, inputs: readonly string[], attrs: Attrs, node: Node): readonly string[]
  /** floating-point operations of one run */
  readonly flops?: ((node: Node) => number) | undefined
  /** see {@link OpFacts} */
  readonly facts: OpFacts
}

/** What lowering has to know of an op to keep kernels from inputs they cannot bear. */
export interface OpFacts {
  /** dtypes its kernels compute in; other dtypes are cast in and out where the graph is lowered, exactly or not at all. Default f32 and f64 */
  readonly kernels?: readonly Dtype[] | undefined
  /** the first input whose dtype `kernels` is about; inputs before it, such as a condition, stay as they are. Default 0 */
  readonly data?: number | undefined
  /**
   * what the outputs hold where some input is empty and they are not: one number everywhere, or tensors made from what is not empty; undefined
   * means that the op bears it as it is. An op without it throws ShapeError when it is called so. Outputs that are empty themselves never reach a kernel
   */
  readonly empty?: number | ((inputs: readonly Tensor[], attrs: Attrs, specs: readonly Spec[]) => readonly Tensor[] | undefined) | undefined
  /** whether each input may have any shape that broadcasts to the output's: then nobody stretches it for the kernel. Default false */
  readonly broadcasts?: boolean | undefined
  /** whether the result is the first input under another name: only the graph can tell them apart. Default false */
  readonly passes?: boolean | undefined
  /** whether its nodes ask for {@link Emit.channelBlock}, which the runtime has to find first. Default false */
  readonly blocked?: boolean | undefined
  /**
   * what is written in its place where it cannot be itself: `native` says whether nodes beyond standard ONNX may be written; undefined means that it
   * stays. Default: it always stays
   */
  readonly plain?: ((inputs: readonly Tensor[], attrs: Attrs, native: boolean) => readonly Tensor[] | undefined) | undefined
  /** for each output the input whose memory it may be written into while it is read: a kernel that changes part of it and leaves the rest. Default none */
  readonly inPlace?: readonly (number | undefined)[] | undefined
  /** the input that holds places on an axis, so that a run that fails can tell which of them lies outside it */
  readonly places?: ((inputs: readonly Tensor[], attrs: Attrs) => Places) | undefined
}

/** Places on an axis. */
export interface Places {
  readonly ids: Tensor
  /** length of the axis */
  readonly size: number
  /** what has the axis */
  readonly of?: Tensor | undefined
  /** the loss whose classes the places are: none of them may count from the end */
  readonly loss?: string | undefined
}

/** Dtypes that hold every value of each, nearest first. */
const wider: Readonly<Record<Dtype, readonly Dtype[]>> = {
  bool: ['u8', 'i32', 'i64', 'f32', 'f64'],
  u8: ['i32', 'i64', 'f32', 'f64'],
  i32: ['i64', 'f64'],
  i64: [],
  f16: ['f32', 'f64'],
  bf16: ['f32', 'f64'],
  f32: ['f64'],
  f64: [],
}
const floats: readonly Dtype[] = ['f32', 'f64']

/** The dtype in which an op computes values of `dtype` without losing any; undefined where there is none. */
export const kernelDtype = ({ kernels = floats }: OpFacts, dtype: Dtype): Dtype | undefined =>
  kernels.includes(dtype) ? dtype : wider[dtype].find((d) => kernels.includes(d))

const registry = new Map<string, Op>()

/** The record of a primitive by name. */
export function opOf(name: string): Op {
  const op = registry.get(name)
  if (!op) throw new HebbError(`no op is called '${name}'`)
  return op
}
/** Every primitive's record. */
export const allOps = (): readonly Op[] => [...registry.values()]

function register(op: Op): void {
  if (registry.has(op.name)) throw new HebbError(`two ops are called '${op.name}'`)
  registry.set(op.name, op)
}

function specsOf(name: string, inputs: readonly Tensor[], attrs: Attrs): Spec[] {
  const op = opOf(name)
  // a rule may give an input as the spec of its output: only shape and dtype are kept, not the tensor and all it was made from
  const specs = op.spec(inputs, attrs).map(({ shape, dtype }) => ({ shape, dtype }))
  requireKernels(op, inputs, specs)
  return specs
}

/** Refuses, at the caller's line, what lowering has no answer for. */
function requireKernels({ name, facts }: Op, inputs: readonly Tensor[], specs: readonly Spec[]): void {
  const data = inputs[facts.data ?? 0]
  if (data && kernelDtype(facts, data.dtype) === undefined)
    throw new DtypeError(
      `${name}: not defined for ${data.dtype}, only for ${(facts.kernels ?? floats).join(', ')}: cast it first\n  input: ${describe(data)}`,
    )
  if (facts.empty !== undefined) return
  const none = inputs.find(isEmpty)
  const wanted = specs.find((spec) => !isEmpty(spec))
  if (none && wanted)
    throw new ShapeError(`${name}: ${describe(none)} is empty, which leaves nothing to make ${showShape(wanted.shape)} from`)
}

/** Applies a registered primitive to tensors; all its outputs. */
export function applyOp(name: string, inputs: readonly Tensor[], attrs: Attrs): Tensor[] {
  return outputsOf(makeNode(name, inputs, attrs, specsOf(name, inputs, attrs)))
}

/** Asks a node that is not computed yet for more: attributes under which its op has further outputs after those it had. All its outputs. */
export function extend(node: Node, attrs: Attrs): Tensor[] {
  node.outputs = specsOf(node.op, node.inputs, attrs)
  node.attrs = attrs
  return outputsOf(node)
}

interface Common<P extends readonly unknown[], A extends Attrs> extends OpFacts {
  readonly name: string
  /** from call arguments to input tensors and attributes */
  args(...params: P): readonly [readonly Tensor[], A]
  readonly flops?: ((node: Node, attrs: A) => number) | undefined
}

/** A primitive with one output. */
export interface OpDefinition<P extends readonly unknown[], A extends Attrs> extends Common<P, A> {
  spec(inputs: readonly Tensor[], attrs: A): Spec
  readonly vjp?: ((g: Tensor, context: VjpContext<A>) => readonly (Tensor | undefined)[]) | undefined
  onnx(e: Emit, inputs: readonly string[], attrs: A, node: Node): string
}

/** A primitive with several outputs. */
export interface MultiOpDefinition<P extends readonly unknown[], A extends Attrs> extends Common<P, A> {
  spec(inputs: readonly Tensor[], attrs: A): readonly Spec[]
  readonly vjp?: ((cotangents: readonly (Tensor | undefined)[], context: VjpContext<A>) => readonly (Tensor | undefined)[]) | undefined
  onnx(e: Emit, inputs: readonly string[], attrs: A, node: Node): readonly string[]
}

/** Registers a primitive with one output and gives the function that applies it. */
export function defineOp<P extends readonly unknown[], A extends Attrs, F = (...params: P) => Tensor>(d: OpDefinition<P, A>): F
export function defineOp<P extends readonly unknown[], A extends Attrs>(d: OpDefinition<P, A>): (...params: P) => Tensor {
  const { vjp, flops } = d
  register({
    name: d.name,
    spec: (inputs, attrs) => [d.spec(inputs, attrs as A)],
    vjp: vjp && ((gs, context) => vjp(gs[0]!, context as VjpContext<A>)),
    onnx: (e, inputs, attrs, node) => [d.onnx(e, inputs, attrs as A, node)],
    flops: flops && ((node) => flops(node, node.attrs as A)),
    facts: d,
  })
  return (...params) => {
    const [inputs, attrs] = d.args(...params)
    return applyOp(d.name, inputs, attrs)[0]!
  }
}

/** Registers a primitive with several outputs and gives the function that applies it. */
export function defineMultiOp<P extends readonly unknown[], A extends Attrs>(d: MultiOpDefinition<P, A>): (...params: P) => Tensor[] {
  const { vjp, flops } = d
  register({
    name: d.name,
    spec: (inputs, attrs) => d.spec(inputs, attrs as A),
    vjp: vjp && ((gs, context) => vjp(gs, context as VjpContext<A>)),
    onnx: (e, inputs, attrs, node) => d.onnx(e, inputs, attrs as A, node),
    flops: flops && ((node) => flops(node, node.attrs as A)),
    facts: d,
  })
  return (...params) => {
    const [inputs, attrs] = d.args(...params)
    return applyOp(d.name, inputs, attrs)
  }
}
