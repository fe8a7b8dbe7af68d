/** Computing tensors on demand: `await x.data()`. */
import { parameterArray } from '../graph/leaf.js'
import { type Arrays, allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { encode } from '../tensor/nested.js'
import { sizeOf } from '../tensor/shape.js'
import { type Node, outputsOf, setEvaluator, type Tensor, totalBytes } from '../tensor/tensor.js'
import type { Slot } from './backend.js'
import { roomFor, settled } from './machine.js'
import type { Graph } from './model.js'
import { explained } from './outOfRange.js'
import { type Program, programFor } from './program.js'
import { fillRandom } from './random.js'

/**
 * Computes tensors together, in one program, and remembers their results: later graphs start from those. Gives copies, as `data()` does. Random numbers
 * are those of seed 0 and step 0, the same at every call: for others there is `compile`.
 * Throws HebbError when the graph reads a placeholder or a parameter without values.
 */
export const compute = async <const T extends readonly Tensor[]>(
  tensors: T,
): Promise<{ -readonly [I in keyof T]: Arrays[T[I]['dtype']] }> =>
  (await evaluate(tensors)).map((array) => array.slice()) as { -readonly [I in keyof T]: Arrays[T[I]['dtype']] }

/** Computes tensors; the arrays are the graph's own, but for parameters, which change. */
async function evaluate(tensors: readonly Tensor[], away = false): Promise<TypedArray[]> {
  while (settled()) await settled()
  const open = [...new Set(tensors.map((t) => t.node))].filter((n) => !n.values && n.op !== 'param')
  const found = new Map<Node, readonly TypedArray[]>()
  if (open.length > 0) {
    const results = open.map((node) => outputsOf(node).map((tensor) => ({ tensor, array: roomFor(tensor) })))
    const all = results.flat()
    const { program, graph } = programFor(
      all.map((r) => r.tensor),
      'inputs',
    )
    const inputs = inputsOf(graph)
    program.users++
    try {
      while (!program.session) await program.load(graph)
      const binding = program.bind(inputs, all.map(slotOf))
      try {
        await program.run(binding)
      } catch (error) {
        throw await explained(error, graph.outputs, new Map(graph.leaves.map((node) => [node, leafArrays(node)])))
      } finally {
        binding.release()
      }
    } finally {
      program.leave()
    }
    for (const [i, node] of open.entries()) {
      const values = results[i]!.map((r) => r.array)
      found.set(node, values)
      // a gradient taken meanwhile may have asked the node for more
      if (node.outputs.length > values.length) continue
      node.values = values
      // the result stands for its history, which may hold much memory
      node.inputs = []
      if (away && open.length === 1 && isWorthGiving(program, graph)) node.again = () => [repeat(program, graph, inputs)]
    }
  }
  return tensors.map((t) => (t.node.op === 'param' ? parameterArray(t.node).slice() : (t.node.values ?? found.get(t.node)!)[t.index]!))
}

const slotOf = ({ tensor, array }: { tensor: Tensor; array: TypedArray }): Slot => ({ array, dtype: tensor.dtype, shape: tensor.shape })
const inputsOf = ({ leaves }: Graph): Slot[] =>
  leaves.flatMap((node) => leafArrays(node).map((array, i) => ({ array, ...node.outputs[i]! })))

/** From here on a copy takes time that shows: memory that was never touched costs more than the copying. */
const largeBytes = 1 << 20

/**
 * Whether the one result of a graph is worth handing over, and can be had again: nothing it is made of changes, or takes much more memory than the result
 * itself.
 */
function isWorthGiving(program: Program, graph: Graph): boolean {
  const { outputs, leaves } = graph
  const bytes = totalBytes(outputs)
  return (
    outputs.length === 1 &&
    bytes >= largeBytes &&
    program.isRepeatable &&
    leaves.every(({ op, attrs }) => op !== 'param' && attrs.borrowed !== true) &&
    leaves.reduce((sum, leaf) => sum + totalBytes(leaf.outputs), 0) <= 4 * bytes
  )
}

function repeat(program: Program, graph: Graph, inputs: readonly Slot[]): TypedArray {
  const [tensor] = graph.outputs as [Tensor]
  const array = roomFor(tensor)
  program.repeat(graph, () => program.bind(inputs, [slotOf({ tensor, array })]))
  return array
}

/** The arrays a leaf brings into a program. */
export function leafArrays(node: Node): readonly TypedArray[] {
  if (node.values) return node.values
  const { shape, dtype } = node.outputs[0]!
  if (node.op === 'literal') return [encode([node.attrs.value as number], dtype)]
  if (node.op === 'param') return [parameterArray(node)]
  if (node.op === 'random') return [fillRandom(node, allocate('f32', sizeOf(shape)), 0, 0)]
  throw new HebbError(
    `the graph reads a placeholder [${shape.join(', ')}], which has a value only when the compiled function runs: return the tensor from the function that is traced, and await it outside`,
  )
}

setEvaluator(evaluate)
