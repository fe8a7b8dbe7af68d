/** What a tensor's computation is: its graph as text, its cost, the model it becomes, and where the time goes. */
import { describe, pathOf } from '../../graph/leaf.js'
import { Body, opOf } from '../../graph/op.js'
import { isComputed, signature } from '../../graph/walk.js'
import { allocate } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape, sizeOf } from '../../tensor/shape.js'
import { type Node, type Tensor, totalBytes } from '../../tensor/tensor.js'
import type { ProfileEvent, Slot } from '../backend.js'
import { leafArrays } from '../compute.js'
import { modelOf } from '../model.js'
import { Program } from '../program.js'

/** One node of an explained graph. */
export interface ExplainedNode {
  /** its op and place in the order of computation: `matmul_12` */
  readonly id: string
  readonly op: string
  /** ids of the nodes it reads */
  readonly inputs: readonly string[]
  /** path of the parameter it is, or of the nearest one it reads */
  readonly path?: string
  /** shapes and dtypes of its results */
  readonly outputs: readonly string[]
  readonly attrs: string
  /** floating-point operations of one run, as far as its op counts them */
  readonly flops: number
  /** bytes of its results */
  readonly bytes: number
}

/** All nodes of one op together. */
export interface OpCost {
  readonly count: number
  readonly flops: number
  readonly bytes: number
}

/** The time of a node: mean over the runs. */
export interface NodeTime {
  /** id of the graph's node; undefined for nodes that ONNX Runtime made itself */
  readonly id: string | undefined
  /** ONNX type, such as Gemm */
  readonly type: string
  /** name in the optimised model */
  readonly name: string
  readonly microseconds: number
  /** how often it runs in one run of the graph: more than once inside a loop */
  readonly count: number
}

/** A measured graph; `String(profile)` is a table, the longest first. */
export interface Profile {
  readonly runs: number
  /** sum over the nodes outside loops and branches, of one run */
  readonly microseconds: number
  /** longest first */
  readonly nodes: readonly NodeTime[]
  toString(): string
}

/** What `explain` finds; `String(…)` is the graph as text. */
export class Explanation {
  readonly nodes: readonly ExplainedNode[]
  /** floating-point operations of one run */
  readonly flops: number
  /** bytes of all results, parameters and inputs left out */
  readonly bytes: number
  readonly byOp: ReadonlyMap<string, OpCost>
  readonly #outputs: readonly Tensor[]
  readonly #traced: ReturnType<typeof signature>
  readonly #ids: ReadonlyMap<Node, string>

  constructor(outputs: readonly Tensor[]) {
    if (outputs.length === 0) throw new HebbError('explain: there is no tensor to explain: give one or several')
    this.#outputs = outputs
    this.#traced = signature(outputs, 'fixed')
    this.#ids = new Map(this.#traced.order.map((node, i) => [node, `${isComputed(node) ? 'constant' : node.op}_${i}`]))
    this.nodes = this.#traced.order.map((node) => this.#explained(node))
    const byOp = new Map<string, OpCost>()
    for (const { op, flops, bytes, inputs } of this.nodes) {
      if (inputs.length === 0) continue
      const before = byOp.get(op) ?? { count: 0, flops: 0, bytes: 0 }
      byOp.set(op, { count: before.count + 1, flops: before.flops + flops, bytes: before.bytes + bytes })
    }
    this.byOp = byOp
    this.flops = [...byOp.values()].reduce((sum, c) => sum + c.flops, 0)
    this.bytes = [...byOp.values()].reduce((sum, c) => sum + c.bytes, 0)
  }

  /** The bytes of the ONNX model that computes the graph on this machine. It may use kernels beyond standard ONNX; for files there is `exportOnnx`. */
  model(): Promise<Uint8Array> {
    const options = { label: (node: Node) => this.#ids.get(node), given: false }
    return modelOf({ outputs: this.#outputs, leaves: this.#traced.leaves }, options).then(({ bytes }) => bytes)
  }

  /**
   * Runs the graph `runs` times (default 10, after 3 that do not count) and measures every node. Compiles a program of its own.
   * Throws HebbError when the graph reads a placeholder or a parameter without values.
   */
  async profile({ runs = 10, threads }: { runs?: number; threads?: number } = {}): Promise<Profile> {
    if (!Number.isInteger(runs) || runs < 1) throw new HebbError(`explain: ${runs} runs: give a whole number of at least 1`)
    const arrays = this.#traced.leaves.map(leafArrays)
    const program = new Program({
      profile: true,
      label: (node) => this.#ids.get(node),
      ...(threads !== undefined && { threads }),
    })
    const warm = 3
    let events: readonly ProfileEvent[] = []
    try {
      await program.load({ outputs: this.#outputs, ...this.#traced })
      const inputs = this.#traced.leaves.flatMap((node, i) => arrays[i]!.map((array, k): Slot => ({ array, ...node.outputs[k]! })))
      const binding = program.bind(
        inputs,
        this.#outputs.map(({ shape, dtype }) => ({ array: allocate(dtype, sizeOf(shape)), shape, dtype })),
      )
      for (let i = 0; i < warm + runs; i++) await program.run(binding)
    } finally {
      // the end of the recording also removes what it left behind
      events = (await program.session?.profile()) ?? []
      program.release()
    }
    return profileOf(events, { runs, warm, ids: new Set(this.#ids.values()) })
  }

  /** One line per node, then the totals. */
  toString(): string {
    const lines = this.nodes.map(({ id, inputs, outputs, path, attrs, flops }) => {
      const call = inputs.length > 0 ? ` = (${inputs.join(', ')})` : ''
      return `${id}${call} → ${outputs.join(', ')}${attrs === '' ? '' : `  ${attrs}`}${path === undefined ? '' : `  ${path}`}${flops > 0 ? `  ${si(flops)}FLOP` : ''}`
    })
    const costs = [...this.byOp].sort(([, a], [, b]) => b.flops - a.flops || b.bytes - a.bytes)
    return [
      ...lines,
      `total ${si(this.flops)}FLOP, ${si(this.bytes)}B of results`,
      ...costs.map(([op, { count, flops, bytes }]) => `  ${op} × ${count}: ${si(flops)}FLOP, ${si(bytes)}B`),
    ].join('\n')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #explained(node: Node): ExplainedNode {
    const leaf = node.inputs.length === 0 || isComputed(node)
    const path = pathOf(node) ?? node.inputs.map((t) => pathOf(t.node)).find((p) => p !== undefined)
    return {
      id: this.#ids.get(node)!,
      op: isComputed(node) ? 'constant' : node.op,
      inputs: leaf ? [] : node.inputs.map((t) => `${this.#ids.get(t.node)}${t.node.outputs.length > 1 ? `.${t.index}` : ''}`),
      ...(path !== undefined && { path }),
      outputs: node.outputs.map(({ shape, dtype }) => `${showShape(shape)} ${dtype}`),
      attrs:
        node.op === 'param'
          ? ''
          : Object.entries(node.attrs)
              .map(([key, value]) => `${key}=${showAttr(value)}`)
              .join(' '),
      flops: leaf ? 0 : (opOf(node.op).flops?.(node) ?? 0),
      bytes: totalBytes(node.outputs),
    }
  }
}

/**
 * Looks at how tensors are computed without computing them: the graph as text with FLOPs and bytes, the ONNX model, and on demand the time of every node.
 * A tensor whose numbers were already asked for has no history left: explain it before.
 *
 * @example
 * const e = explain(model.forward(x))
 * console.log(String(e), String(await e.profile()))
 */
export const explain = (x: Tensor | readonly Tensor[]): Explanation =>
  new Explanation(Array.isArray(x) ? [...(x as readonly Tensor[])] : [x as Tensor])

/** Means over the runs after the warm-up, by node. */
function profileOf(
  events: readonly ProfileEvent[],
  { runs, warm, ids }: { runs: number; warm: number; ids: ReadonlySet<string> },
): Profile {
  const byName = new Map<string, { type: string; times: number[] }>()
  for (const { node, type, microseconds } of events) {
    const found = byName.get(node) ?? { type, times: [] }
    found.times.push(microseconds)
    byName.set(node, found)
  }
  const nodes = [...byName].map(([name, { type, times }]): NodeTime => {
    const counted = times.slice(Math.round((times.length * warm) / (warm + runs)))
    const id = idIn(name, ids)
    return { id, type, name, microseconds: counted.reduce((sum, t) => sum + t, 0) / runs, count: times.length / (warm + runs) }
  })
  nodes.sort((a, b) => b.microseconds - a.microseconds)
  const microseconds = nodes.filter(({ id }) => id !== undefined).reduce((sum, n) => sum + n.microseconds, 0)
  return {
    runs,
    microseconds,
    nodes,
    toString: () =>
      nodes
        .map((n) => `${n.microseconds.toFixed(1).padStart(10)} µs  ${n.type}  ${n.name}${n.count === 1 ? '' : ` × ${n.count}`}`)
        .join('\n'),
  }
}

/** The first id in the name of a node, which the backend may have put together from several: a word that ends in `_` and a number. */
export function idIn(name: string, ids: ReadonlySet<string>): string | undefined {
  let from = 0
  for (const { index, 0: number } of name.matchAll(/_\d+/g)) {
    const end = index + number.length
    const word = name.slice(from, end).split(/\W/).pop()!
    const id = word.replace(/^[\d_]+/, '')
    if (ids.has(id)) return id
    from = end
  }
  return undefined
}

function showAttr(value: unknown): string {
  if (value instanceof Body)
    return `{${value.params.map(describe).join(', ')} → ${value.outputs.map((t) => `${t.node.op} ${describe(t)}`).join(', ')}}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** 1,234,000 as `1.23 M`. */
function si(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P']
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`
}
