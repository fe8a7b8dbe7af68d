/** From a graph to its model: what it costs to run, which leaves stay inputs, and its bytes, written with turns of the event loop in between. */

import { isLeaf } from '../graph/leaf.js'
import { Body, opOf } from '../graph/op.js'
import { isComputed, signature, topological } from '../graph/walk.js'
import { inOneGo, inPieces } from '../host/pace.js'
import { HebbError } from '../tensor/errors.js'
import { type Node, type Tensor, tensorOf, totalBytes } from '../tensor/tensor.js'
import { channelBlock, findChannelBlock } from './machine.js'
import { type LowerOptions, lowering } from './onnx/lower.js'

/** A graph to compile, that nobody changes: its results, its nodes with inputs before users, and the leaves that the program reads at every run. */
export interface Graph {
  readonly outputs: readonly Tensor[]
  readonly order: readonly Node[]
  readonly leaves: readonly Node[]
}

/** What lowering writes as a flag or leaves out, as a rule. */
const views = new Set(['transpose', 'expand'])

/** Rough size of a graph's work, to choose threads and whether to block the event loop for it. */
export function costOf(order: readonly Node[]): { flops: number; bytes: number } {
  let flops = 0
  let bytes = 0
  for (const node of order) {
    if (node.inputs.length === 0 || node.values) continue
    flops += opOf(node.op).flops?.(node) ?? 0
    if (!views.has(node.op)) bytes += totalBytes(node.outputs)
  }
  return { flops, bytes }
}

/** What a model's nodes are called, and where its bytes go. */
export type Labels = Pick<LowerOptions, 'label' | 'allocate'>

/** A graph by its results and the leaves that are its inputs. */
export type Lowered = Pick<Graph, 'outputs' | 'leaves'>

// its leaves are the inputs `i0.0`, …, its results `o0`, …
const steps = ({ outputs, leaves }: Lowered, options: Labels): ReturnType<typeof lowering> =>
  lowering(
    leaves.flatMap((node, i) => node.outputs.map((_, k) => ({ tensor: tensorOf(node, k), name: `i${i}.${k}` }))),
    outputs.map((tensor, i) => ({ tensor, name: `o${i}` })),
    { native: true, channelBlock, ...options },
  )

/** The ONNX bytes of a program. */
export async function modelOf(graph: Lowered, options: Labels = {}): Promise<Uint8Array> {
  if (isBlocked(topological(graph.outputs))) await findChannelBlock()
  return inPieces(steps(graph, options))
}

/** {@link modelOf} without a pause, for small graphs, and those of which {@link modelOf} was asked before. */
export const modelNow = (graph: Lowered, options: Labels = {}): Uint8Array => inOneGo(steps(graph, options))

/** Whether a node, or one inside a body, asks for blocked kernels. */
export const isBlocked = (order: readonly Node[]): boolean =>
  order.some(({ op, attrs, inputs }) => {
    if (inputs.length === 0) return false
    if (opOf(op).facts.blocked) return true
    for (const key in attrs) if (attrs[key] instanceof Body && isBlocked(topological(attrs[key].outputs))) return true
    return false
  })

/**
 * The leaves that stay inputs of a frozen program: those whose numbers are not known before it runs, and large tables of which it only takes rows, as
 * constants they would be held several times and take no less time.
 */
export function fluid({ order, leaves }: Pick<Graph, 'order' | 'leaves'>): Node[] {
  const computed = new Set(order.flatMap(({ op, inputs }) => inputs.filter((_, i) => op !== 'take' || i > 0).map((t) => t.node)))
  return leaves.filter(
    (node) => node.op === 'placeholder' || node.op === 'random' || (totalBytes(node.outputs) > smallBytes && !computed.has(node)),
  )
}

/** Throws HebbError where more numbers would become constants than a model's bytes can hold. */
export function requireFreezable(outputs: readonly Tensor[]): void {
  const traced = signature(outputs, 'fixed')
  const open = new Set(fluid(traced))
  const bytes = traced.leaves.reduce((sum, node) => sum + (open.has(node) ? 0 : totalBytes(node.outputs)), 0)
  if (bytes > mostFrozen)
    throw new HebbError(
      `frozen: the numbers to be kept take ${(bytes / 1e9).toFixed(1)} GB, and a program holds at most ${mostFrozen / 1e9} GB: compile without frozen`,
    )
}

/** A protocol buffer ends at 2 GiB. */
const mostFrozen = 2e9

/**
 * Where the numbers of results are made: a last reshape changes none of them, and as a node would copy them all. It stays where its source is
 * a leaf, or a result too.
 */
export function sourcesOf(results: readonly Tensor[]): Tensor[] {
  const taken = new Set(results.map((t) => t.node))
  const isMade = (node: Node): boolean => !isLeaf(node) && !isComputed(node)
  return results.map((result) => {
    let t = result
    while (t.node.op === 'reshape' && isMade(t.node) && isMade(t.node.inputs[0]!.node)) t = t.node.inputs[0]!
    if (taken.has(t.node)) return result
    taken.add(t.node)
    return t
  })
}

/** Memory for a model. With frozen numbers it is large, and of no use once it is loaded: it need not wait for the garbage collector. */
export const giveable = (bytes: number): ArrayBuffer =>
  bytes < smallBytes ? new ArrayBuffer(bytes) : new ArrayBuffer(bytes, { maxByteLength: bytes })
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0)
}

/** Below this much of results a program counts as small. */
export const smallBytes = 1e6

/** Bytes of what a program holds as constants. */
export function constantBytes({ order, leaves }: Graph): number {
  const read = new Set(leaves)
  return order.reduce((sum, node) => (isComputed(node) && !read.has(node) ? sum + totalBytes(node.outputs) : sum), 0)
}

/** From so many nodes on loading a model would hold the event loop for some milliseconds: it is loaded beside it. */
const manyNodes = 100

/** Whether a graph is loaded in less time than the way around the event loop would take. */
export const isQuick = (graph: Graph): boolean => graph.order.length < manyNodes && constantBytes(graph) < smallBytes

/**
 * What a loaded model takes, roughly: something for itself, its constants twice, as they are also laid out anew for the processor, and 100 bytes for each
 * byte of its nodes. Measured: of an MLP 131 kB with 0.7 kB of nodes, of an LSTM 600 with 4.6, of a GPT of 4 layers 840 with 8.9.
 */
export const loadedBytes = (model: number, constants: number): number => 1e5 + 2 * constants + 100 * (model - constants)
