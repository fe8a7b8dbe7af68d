/** What lowering changes in a graph before it is written: nothing reaches a kernel that it cannot bear, and views cost no copy where the kernel has a flag for them. */
import { isLeaf, literal, storageOf } from '../../graph/leaf.js'
import { kernelDtype, opOf } from '../../graph/op.js'
import { isComputed, topological } from '../../graph/walk.js'
import { cast } from '../../ops/elementwise/cast.js'
import { expand } from '../../ops/move/reshape.js'
import { computeDtype } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { broadcast, sameShape, showShape } from '../../tensor/shape.js'
import { emptyTensor, isEmpty, makeNode, type Node, outputsOf, type Spec, type Tensor } from '../../tensor/tensor.js'

/** What a rewrite may ask about the rest of the graph. */
interface Surroundings {
  /** whether nodes beyond standard ONNX may be written */
  readonly native: boolean
  /** how many read a node */
  readersOf(node: Node): number
  /** the only number of a tensor that will be a constant of the model */
  constantOf(t: Tensor): number | undefined
}

/** Other tensors in place of a node's outputs, of the same shapes and dtypes; undefined where the node stays. */
type Rewrite = (node: Node, around: Surroundings) => readonly Tensor[] | undefined

const filled = (value: number, { shape, dtype }: Spec): Tensor => cast(expand(literal(value, computeDtype(dtype)), shape), dtype)

/** What cannot be written as itself is written as what it is made of. */
const writePlainly: Rewrite = ({ op, inputs, attrs }, { native }) => opOf(op).facts.plain?.(inputs, attrs, native)

/** Names for the same numbers hide nothing from the rewrites that follow. */
const dropNames: Rewrite = ({ op, inputs }) => (opOf(op).facts.passes ? [inputs[0]!] : undefined)

/** Empty results are written as such; results of something empty are what the op's record says of them. */
const settleEmpties: Rewrite = ({ op, inputs, attrs, outputs }) => {
  if (outputs.every(isEmpty)) return outputs.map(emptyTensor)
  const { empty } = opOf(op).facts
  // an op with a rule of its own may leave out some of its outputs
  if (!inputs.some(isEmpty) && !(typeof empty === 'function' && outputs.some(isEmpty))) return undefined
  if (empty === undefined) throw new HebbError(`${op}: nothing says what it gives for an empty input`)
  if (typeof empty === 'function') return empty(inputs, attrs, outputs)
  return outputs.map((spec) => (isEmpty(spec) ? emptyTensor(spec) : filled(empty, spec)))
}

/** An input stretched for an op that stretches by itself is given as it was, one input after the other: the next one sees what is left of the last. */
const dropStretches: Rewrite = (node) => {
  if (!opOf(node.op).facts.broadcasts) return undefined
  const inputs = [...node.inputs]
  const { shape } = node.outputs[0]!
  let changed = false
  for (let i = 0; i < inputs.length; i++)
    for (let source = stretchedFrom(inputs[i]!); source; source = stretchedFrom(source)) {
      const shapes = inputs.map((t, k) => (k === i ? source!.shape : t.shape))
      if (!sameShape(broadcast(shapes), shape)) break
      inputs[i] = source
      changed = true
    }
  return changed ? outputsOf(makeNode(node.op, inputs, node.attrs, node.outputs)) : undefined
}
const stretchedFrom = ({ node }: Tensor): Tensor | undefined => (node.op === 'expand' && !isComputed(node) ? node.inputs[0] : undefined)

/** Whether a node exchanges the last two axes and nothing else. */
const exchangesLast = ({ op, attrs, outputs, values }: Node): boolean => {
  if (op !== 'transpose' || values) return false
  const last = outputs[0]!.shape.length - 1
  return (attrs.order as readonly number[]).every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i))
}

/** Transposes around a product become its flags: of its operands, and of a result that nobody else reads, (AB)ᵀ = BᵀAᵀ. */
const foldTransposes: Rewrite = (node, { readersOf }) => {
  if (node.op === 'matmul') {
    const [a, b, ...bias] = node.inputs
    const [left, right] = [exchangesLast(a!.node), exchangesLast(b!.node)]
    if (!left && !right) return undefined
    const { transA, transB } = node.attrs
    const inputs = [left ? a!.node.inputs[0]! : a!, right ? b!.node.inputs[0]! : b!, ...bias]
    return outputsOf(makeNode('matmul', inputs, { transA: transA !== left, transB: transB !== right }, node.outputs))
  }
  if (!exchangesLast(node)) return undefined
  const product = node.inputs[0]!.node
  if (product.op !== 'matmul' || product.inputs.length > 2 || isComputed(product) || readersOf(product) > 1) return undefined
  const { transA, transB } = product.attrs
  return outputsOf(makeNode('matmul', [...product.inputs].reverse(), { transA: !transB, transB: !transA }, node.outputs))
}

/** Where an op has no kernel for a dtype, it computes in the nearest that holds all its values. */
const castForKernels: Rewrite = (node) => {
  const { facts } = opOf(node.op)
  const { data = 0 } = facts
  const dtype = node.inputs[data]?.dtype
  if (dtype === undefined) return undefined
  const target = kernelDtype(facts, dtype)
  if (target === undefined) throw new HebbError(`${node.op}: no kernel computes in ${dtype}`)
  if (target === dtype) return undefined
  const inputs = node.inputs.map((t, i) => (i >= data && t.dtype === dtype ? cast(t, target) : t))
  const outputs = node.outputs.map((spec) => (spec.dtype === dtype ? { ...spec, dtype: target } : spec))
  return outputsOf(makeNode(node.op, inputs, node.attrs, outputs)).map((t, i) => cast(t, node.outputs[i]!.dtype))
}

/** Which operand changes nothing: x + 0, x − 0, x · 1, x ÷ 1. */
const neutral: Readonly<Record<string, { readonly number: number; readonly either: boolean }>> = {
  add: { number: 0, either: true },
  sub: { number: 0, either: false },
  mul: { number: 1, either: true },
  div: { number: 1, either: false },
}

/**
 * Arithmetic that changes nothing is left out. ONNX Runtime would leave it out too, but where such a product of a scalar meets a reciprocal, as in
 * the mean of one number times 1 / y, it loses the operand and calls the model invalid.
 */
const dropNeutral: Rewrite = ({ op, inputs, outputs }, { constantOf }) => {
  const rule = neutral[op]
  if (!rule) return undefined
  for (const [kept, other] of rule.either
    ? [
        [0, 1],
        [1, 0],
      ]
    : [[0, 1]])
    if (sameShape(inputs[kept!]!.shape, outputs[0]!.shape) && constantOf(inputs[other!]!) === rule.number) return [inputs[kept!]!]
  return undefined
}

const rewrites: readonly Rewrite[] = [dropNames, writePlainly, settleEmpties, dropStretches, dropNeutral, foldTransposes, castForKernels]

/** The rewritten form of graphs; what was rewritten once is not looked at again. */
export class Rewriter {
  /** what stands in place of a node's outputs */
  private readonly replaced = new Map<Node, readonly Tensor[]>()
  private readonly settled = new Set<Node>()
  private readonly origins = new Map<Node, Node>()
  private readonly readers = new Map<Node, number>()

  constructor(private readonly native: boolean) {}

  /** The node that a rewritten one stands for. */
  originOf(node: Node): Node {
    return this.origins.get(node) ?? node
  }

  /** `outputs` as they are to be written, in steps; walks end where `known` says that a node has a name already. */
  *rewrite(outputs: readonly Tensor[], known: (node: Node) => boolean): Generator<void, readonly Tensor[]> {
    for (const { node } of outputs) this.count(node)
    for (const node of this.orderOf(outputs, known)) {
      this.settle(node, known)
      yield
    }
    return outputs.map(this.now)
  }

  private settleAll(outputs: readonly Tensor[], known: (node: Node) => boolean): readonly Tensor[] {
    for (const node of this.orderOf(outputs, known)) this.settle(node, known)
    return outputs.map(this.now)
  }

  private orderOf(outputs: readonly Tensor[], known: (node: Node) => boolean): Node[] {
    const isEnd = (node: Node): boolean => isComputed(node) || this.settled.has(node) || known(node)
    const order = topological(outputs, isEnd).filter((node) => !isEnd(node) && !isLeaf(node))
    for (const node of order) for (const t of node.inputs) this.count(t.node)
    return order
  }

  private settle(node: Node, known: (node: Node) => boolean): void {
    this.settled.add(node)
    const inputs = node.inputs.map(this.now)
    const moved = inputs.some((t, i) => t !== node.inputs[i])
    const current = moved ? makeNode(node.op, inputs, node.attrs, node.outputs) : node
    if (moved) {
      this.stands(current, node)
      this.settled.add(current)
    }
    for (const rewrite of rewrites) {
      const found = rewrite(current, {
        native: this.native,
        readersOf: (n) => this.readers.get(n) ?? 0,
        constantOf: (t) => (known(t.node) ? undefined : onlyNumber(t)),
      })
      if (!found) continue
      requireSame(current, found)
      const made = topological(found, (n) => isComputed(n) || this.settled.has(n) || known(n))
      for (const n of made) if (!this.settled.has(n) && !isLeaf(n)) this.stands(n, node)
      this.replaced.set(node, this.settleAll(found, known))
      return
    }
    if (moved) this.replaced.set(node, outputsOf(current))
  }

  private stands(made: Node, node: Node): void {
    this.origins.set(made, this.originOf(node))
    this.readers.set(made, this.readers.get(node) ?? 0)
  }

  private readonly now = (t: Tensor): Tensor => this.replaced.get(t.node)?.[t.index] ?? t

  private count(node: Node): void {
    this.readers.set(node, (this.readers.get(node) ?? 0) + 1)
  }
}

/** The number of a constant that has one. */
function onlyNumber({ node, index, size }: Tensor): number | undefined {
  if (node.op === 'literal') return node.attrs.value as number
  const array = node.values?.[index] ?? storageOf(node)?.array
  return array && size === 1 && !(array instanceof Uint16Array) ? Number(array[0]) : undefined
}

/** A rewrite must not be seen from outside. */
function requireSame(node: Node, found: readonly Tensor[]): void {
  for (const [i, { shape, dtype }] of node.outputs.entries()) {
    const t = found[i]
    if (!t || t.dtype !== dtype || !sameShape(t.shape, shape))
      throw new HebbError(
        `${node.op}: output ${i} was ${showShape(shape)} ${dtype} and was rewritten as ${t ? `${showShape(t.shape)} ${t.dtype}` : 'nothing'}`,
      )
  }
}
