/** From graph to ONNX: nodes are written, tidied up, and put into a model's bytes. */
import { inOneGo, type Steps } from '../../host/pace.js'
import { modelBytes } from './bytes.js'
import { Graph } from './messages.js'
import { settleStill } from './still.js'
import { dropIdentities, identity, joinReshapes } from './tidy.js'
import { type Port, Writer, type WriterOptions } from './writer.js'

/** A model in its file form. */
export interface LoweredModel {
  readonly bytes: Uint8Array
  /** inputs that became constants whose numbers are given with the session */
  readonly given: readonly string[]
  /** bytes of inputs that were written into the model */
  readonly written: number
}

/** How a model is written. */
export interface LowerOptions extends WriterOptions {
  /** written into the model's metadata */
  readonly metadata?: Readonly<Record<string, string>>
  /** whether constants may be named only, their numbers given with the session; default true */
  readonly given?: boolean
  /** finds room for the model */
  readonly allocate?: (bytes: number) => ArrayBuffer
}

/** The opset Hebb's graphs are written in. */
export const opset = 21

/** The serialised ONNX model that computes `outputs` from `inputs`. Other leaves become constants of the model. */
export const lower = (inputs: readonly Port[], outputs: readonly Port[], options: LowerOptions = {}): Uint8Array =>
  inOneGo(lowering(inputs, outputs, options)).bytes

/** `lower` in steps of well below a millisecond, but for the last. The graph must not change in between. */
export function* lowering(inputs: readonly Port[], outputs: readonly Port[], options: LowerOptions = {}): Steps<LoweredModel> {
  const writer = new Writer(options)
  for (const { tensor, name } of inputs) {
    const names = [...(writer.names.get(tensor.node) ?? [])]
    names[tensor.index] = name
    writer.names.set(tensor.node, names)
  }
  const ends = yield* writer.writing(outputs.map((o) => o.tensor))
  const results = outputs.map((o) => ({ name: o.name, dtype: o.tensor.dtype, shape: o.shape ?? o.tensor.shape }))
  const graph = writer.graph('hebb', inputs, results)
  graph.nodes.push(...outputs.map(({ name }, i) => identity(ends[i]!, name)))
  graph.constants.push(...writer.shared.constants)
  if (options.native) joinReshapes(graph)
  yield
  dropIdentities(graph, new Set(inputs.map((i) => i.name)))
  const still = new Map(inputs.flatMap(({ name, still }) => (still ? [[name, still] as const] : [])))
  const settled = settleStill(graph, still, options.given ?? true)
  const foreign = new Set(graph.nodes.map((n) => n.domain))
  const nested = graph.nodes.some((n) => n.attributes.some(([, value]) => value instanceof Graph))
  const opsets = [
    { domain: '', version: opset },
    { domain: 'com.microsoft', version: 1 },
    { domain: 'com.microsoft.nchwc', version: 1 },
  ]
  const used = opsets.filter(({ domain }) => domain === '' || nested || foreign.has(domain))
  return { bytes: modelBytes({ graph, opsets: used, metadata: options.metadata ?? {} }, options.allocate), ...settled }
}
