/** Inputs whose numbers stay as they are: which of them become constants of the model, and how. */
import type { TypedArray } from '../../tensor/dtype.js'
import { Graph } from './messages.js'

/** Operands that products lay out for the processor once where they are constants: node type and place among its inputs. */
const weights: Readonly<Record<string, readonly number[]>> = {
  Gemm: [1],
  MatMul: [1],
  FusedMatMul: [1],
  MatMulNBits: [1, 2, 3],
}

/** Below this numbers are written into the model (bytes). */
const fewBytes = 1 << 16
/** Below this too, where something else than products reads them: kernels of convolutions are laid out anew, norms are folded into what stands before. */
const written = 1 << 24
/** Larger ones that only lend rows, or are cast first, are no better off as constants, and would be held twice. */
const readInPlace = new Set(['Gather', 'Cast', 'DequantizeLinear'])

/**
 * Takes inputs that stay as they are out of a graph's inputs where constants serve them: small ones are written into the model, weights of products are
 * only named, and given with the session, which copies none. The others are read in place at every run. With `given` false none is only named.
 */
export function settleStill(
  graph: Graph,
  still: ReadonlyMap<string, TypedArray>,
  given: boolean,
): { readonly given: readonly string[]; readonly written: number } {
  if (still.size === 0) return { given: [], written: 0 }
  const readers = readersOf(graph)
  let bytes = 0
  graph.inputs = graph.inputs.filter(({ name, dtype, shape }) => {
    const numbers = still.get(name)
    const found = readers.get(name)
    if (!numbers || !found) return true
    const constant = { name, dtype, shape: shape as readonly number[] }
    if (numbers.byteLength > fewBytes) {
      if (found.every(({ type, place }) => weights[type]?.includes(place))) {
        if (given) graph.given.push(constant)
        return !given
      }
      if (numbers.byteLength > written || found.some(({ type }) => readInPlace.has(type))) return true
    }
    graph.constants.push({ ...constant, bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength) })
    bytes += numbers.byteLength
    return false
  })
  return { given: graph.given.map(({ name }) => name), written: bytes }
}

interface Reader {
  readonly type: string
  readonly place: number
}

/** Who reads each value of a graph, in bodies too. */
function readersOf(graph: Graph): Map<string, Reader[]> {
  const readers = new Map<string, Reader[]>()
  const visit = (g: Graph): void => {
    for (const { type, inputs, attributes } of g.nodes) {
      for (const [place, name] of inputs.entries()) {
        const list = readers.get(name)
        if (list) list.push({ type, place })
        else readers.set(name, [{ type, place }])
      }
      for (const [, value] of attributes) if (value instanceof Graph) visit(value)
    }
    if (g !== graph) for (const { name } of g.outputs) readers.set(name, [...(readers.get(name) ?? []), { type: 'result', place: 0 }])
  }
  visit(graph)
  return readers
}
