/** From a graph to its model: what it costs to run, which leaves stay inputs, and its bytes, written with turns of the event loop in between. */

import { isLeaf } from '../graph/leaf.js'
import { Body, opOf } from '../graph/op.js'
import { isComputed, topological } from '../graph/walk.js'
import { inOneGo, inPieces } from '../host/pace.js'
import { type Node, type Tensor, tensorOf, totalBytes } from '../tensor/tensor.js'
import { channelBlock, findChannelBlock } from './machine.js'
import { stillNumbers } from './onnx/homes.js'
import { type LoweredModel, type LowerOptions, lowering } from './onnx/lower.js'

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

/** What a model's nodes are called, where its bytes go, and whether it may name numbers that are given with the session. */
export type Labels = Pick<LowerOptions, 'label' | 'allocate' | 'given'>

/** The name of an input: an output of a leaf, by numbers. */
export const inputName = (leaf: number, output: number): string => `i${leaf}.${output}`

/** A graph by its results and the leaves that are its inputs. */
export type Lowered = Pick<Graph, 'outputs' | 'leaves'>

// its leaves are the inputs `i0.0`, …, its results `o0`, …
const steps = ({ outputs, leaves }: Lowered, options: Labels): ReturnType<typeof lowering> =>
  lowering(
    leaves.flatMap((node, i) => {
      const still = stillNumbers(node)
      return node.outputs.map((_, k) => ({ tensor: tensorOf(node, k), name: inputName(i, k), ...(still && { still }) }))
    }),
    outputs.map((tensor, i) => ({ tensor, name: `o${i}` })),
    { native: true, channelBlock, ...options },
  )

/** The ONNX model of a program. */
export async function modelOf(graph: Lowered, options: Labels = {}): Promise<LoweredModel> {
  if (isBlocked(topological(graph.outputs))) await findChannelBlock()
  return inPieces(steps(graph, options))
}

/** {@link modelOf} without a pause, for small graphs, and those of which {@link modelOf} was asked before. */
export const modelNow = (graph: Lowered, options: Labels = {}): LoweredModel => inOneGo(steps(graph, options))

/** Whether a node, or one inside a body, asks for blocked kernels. */
export const isBlocked = (order: readonly Node[]): boolean =>
  order.some(({ op, attrs, inputs }) => {
    if (inputs.length === 0) return false
    if (opOf(op).facts.blocked) return true
    for (const key in attrs) if (attrs[key] instanceof Body && isBlocked(topological(attrs[key].outputs))) return true
    return false
  })

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

/** Memory for a model. With constants it is large, and of no use once it is loaded: it need not wait for the garbage collector. */
export const giveable = (bytes: number): ArrayBuffer =>
  bytes < smallBytes ? new ArrayBuffer(bytes) : new ArrayBuffer(bytes, { maxByteLength: bytes })
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0)
}

/** Below this much of results a program counts as small. */
export const smallBytes = 1e6

/** Bytes of numbers that stay as they are, which a program may lay out anew when it is loaded. */
const stillBytes = ({ leaves }: Graph): number => leaves.reduce((sum, node) => sum + (stillNumbers(node)?.byteLength ?? 0), 0)

/** From so many nodes on loading a model would hold the event loop for some milliseconds: it is loaded beside it. */
const manyNodes = 100

/** Whether a graph is loaded in less time than the way around the event loop would take. */
export const isQuick = (graph: Graph): boolean => graph.order.length < manyNodes && stillBytes(graph) < smallBytes

/**
 * What a loaded model takes, roughly: something for itself, its constants twice, as they are also laid out anew for the processor, and 100 bytes for each
 * byte of its nodes. Measured: of an MLP 131 kB with 0.7 kB of nodes, of an LSTM 600 with 4.6, of a GPT of 4 layers 840 with 8.9.
 */
export const loadedBytes = (model: number, constants: number): number => 1e5 + 2 * constants + 100 * (model - constants)
