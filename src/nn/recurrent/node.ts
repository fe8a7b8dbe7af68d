/** A recurrent layer as ONNX's own node, LSTM, GRU or RNN: for evaluation and for exported models. */
import { alias } from '../../autodiff/grad.js'
import { defineMultiOp } from '../../graph/op.js'
import { maximum, minimum } from '../../ops/elementwise/arithmetic.js'
import { greater } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { at } from '../../ops/gather/at.js'
import { stack } from '../../ops/move/concat.js'
import { unsqueeze } from '../../ops/move/reshape.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { byLoop, type LayerResult, type LayerRun } from './recur.js'
import type { Recurrence } from './steps.js'

interface NodeAttrs {
  readonly kind: Recurrence
  readonly directions: number
  readonly bias: boolean
  readonly lengths: boolean
  /** which tensors of the first state are given */
  readonly given: readonly boolean[]
  readonly [key: string]: unknown
}

/** Inputs in the order x; weights of each direction; lengths; each given tensor of the first state, (directions, N, D). */
function flat({ x, lengths, directions }: LayerRun, given: readonly boolean[]): Tensor[] {
  const weights = directions.flatMap(({ input, hidden, biasIn, bias }) =>
    biasIn && bias ? [input, hidden, biasIn, bias] : [input, hidden],
  )
  const start = given.flatMap((is, i) => (is ? [stack(directions.map((d) => d.start[i]!))] : []))
  return [x, ...weights, ...(lengths ? [lengths] : []), ...start]
}

/** The other way. */
function unflat([x, ...rest]: readonly Tensor[], { directions, bias, lengths, given }: NodeAttrs): LayerRun {
  const weights = Array.from({ length: directions }, () => rest.splice(0, bias ? 4 : 2))
  const sizes = lengths ? rest.shift() : undefined
  const states = given.map((is) => (is ? rest.shift() : undefined))
  return {
    x: x!,
    lengths: sizes,
    directions: weights.map(([input, hidden, biasIn, ownBias], d) => {
      const start = states.map((s) => s && at(s, d))
      return { input: input!, hidden: hidden!, biasIn, bias: ownBias, projection: undefined, start }
    }),
  }
}

const layer: (inputs: readonly Tensor[], attrs: NodeAttrs) => Tensor[] = defineMultiOp({
  name: 'recurrentLayer',
  empty: (inputs, attrs) => {
    const { output, state } = byLoop((attrs as NodeAttrs).kind, unflat(inputs, attrs as NodeAttrs))
    return [output, ...state]
  },
  args: (inputs: readonly Tensor[], attrs: NodeAttrs) => [inputs, attrs],
  spec: ([x, , hidden], { kind, directions }) => {
    const [steps, batch] = x!.shape as readonly [number, number]
    const [width, { dtype }] = [hidden!.shape[1]!, x!]
    const state = { shape: [directions, batch, width], dtype }
    return [{ shape: [steps, batch, directions * width], dtype }, ...Array<typeof state>(kind.states).fill(state)]
  },
  // the loop, anew: it keeps what the gradient needs
  vjp: (gs, { inputs, attrs, pullback }) => {
    const own = inputs.map(alias)
    const { output, state } = byLoop(attrs.kind, unflat(own, attrs))
    return pullback([output, ...state], gs, own)
  },
  onnx: (e, inputs, { kind, directions, bias, lengths, given }, node) => {
    const [x, ...rest] = inputs
    const { type, order, activation } = kind.node
    const [gates, width] = [kind.gates, node.inputs[2]!.shape[1]!]
    // gates in the order of the node, with an axis for the direction in front
    const arranged = (w: string, after: readonly number[]): string => {
      if (gates === 1) return e('Reshape', [w, e.ints([1, width, ...after])])
      const blocks = e('Reshape', [w, e.ints([gates, width, ...after])])
      const turned = e('Gather', [blocks, e.constant(BigInt64Array.from(order, BigInt), [gates], 'i64')], { axis: 0 })
      return e('Reshape', [turned, e.ints([1, gates * width, ...after])])
    }
    const sides = Array.from({ length: directions }, () => rest.splice(0, bias ? 4 : 2))
    const joined = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : e('Concat', parts, { axis: 0 }))
    const biases = ([, , a, b]: readonly string[]): string => e('Concat', [arranged(a!, []), arranged(b!, [])], { axis: 1 })
    const used = e.used(node)
    const [y, ...last] = e.many(
      type,
      [
        x,
        joined(sides.map(([w]) => arranged(w!, [-1]))),
        joined(sides.map(([, w]) => arranged(w!, [width]))),
        bias ? joined(sides.map(biases)) : undefined,
        lengths ? rest.shift() : undefined,
        ...given.map((is) => (is ? rest.shift() : undefined)),
      ],
      1 + kind.states,
      {
        hidden_size: width,
        direction: directions === 2 ? 'bidirectional' : 'forward',
        linear_before_reset: type === 'GRU' ? 1 : undefined,
        activations: activation && Array<string>(directions).fill(activation),
      },
    )
    if (!used[0]) return [y!, ...last]
    // (T, directions, N, D)
    const output =
      directions === 1
        ? e('Squeeze', [y, e.ints([1])])
        : e('Reshape', [e('Transpose', [y], { perm: [0, 2, 1, 3] }), e.ints(node.outputs[0]!.shape)])
    return [output, ...last]
  },
  flops: ({ inputs: [x, input, hidden] }, { directions }) =>
    2 * directions * x!.shape[0]! * x!.shape[1]! * (sizeOf(input!.shape) + sizeOf(hidden!.shape)),
})

/** Whether there is a node for this run, and it is the better choice for a batch of N. */
export const hasNode = (kind: Recurrence, { x, directions }: LayerRun, exporting: boolean): boolean =>
  directions.every(({ input, hidden, biasIn, bias, projection, start }) =>
    projection ? false : [x, input, hidden, biasIn, bias, ...start].every((t) => t === undefined || t.dtype === 'f32'),
  ) &&
  (exporting || x.shape[1]! * directions[0]!.hidden.shape[1]! <= kind.node.upTo)

/** The layer as one node. It has gradients too: those of the loop, which they run anew. */
export function byNode(kind: Recurrence, run: LayerRun): LayerResult {
  const [{ start, bias }] = run.directions as readonly [LayerRun['directions'][0]]
  const given = start.map((s) => s !== undefined)
  // a loop takes a length beyond T as T; the node would refuse it
  const lengths = run.lengths && minimum(maximum(run.lengths, 0), run.x.shape[0]!)
  const attrs = { kind, directions: run.directions.length, bias: bias !== undefined, lengths: lengths !== undefined, given }
  const inputs = flat({ ...run, lengths }, given)
  const [output, ...state] = layer(inputs, attrs)
  if (!lengths) return { output: output!, state }
  // of a sequence without a step the node gives 0, not where it started
  const stepped = unsqueeze(greater(lengths, 0), 1)
  const starts = inputs.slice(inputs.length - given.filter(Boolean).length)
  return { output: output!, state: state.map((s, i) => (given[i] ? where(stepped, s, starts.shift()!) : s)) }
}
