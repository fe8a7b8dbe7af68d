/** Loops as one node: `scan` carries a state along an axis, in time flat in the length to compile and with gradients. */
import { placeholder } from '../../graph/leaf.js'
import { Body, defineMultiOp, SubGraph } from '../../graph/op.js'
import { closeOver } from '../../graph/walk.js'
import { dtypes } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { nodeMark, type Spec, type Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'
import { takeDraws } from './draws.js'
import { counter, filledUp, holdsEmpties, withoutEmpties } from './empties.js'
import { type ScanAttrs, scanGradient, zeros } from './scanGradient.js'

// outputs: last carries, every carry before its step, which the gradient starts each step from, and stacked results; gradients may ask for more of these
const loop: (inputs: readonly Tensor[], attrs: ScanAttrs) => Tensor[] = defineMultiOp({
  name: 'scan',
  kernels: dtypes,
  empty: (inputs, attrs, outputs) => {
    const { body, carries, scanned, reverse } = attrs as ScanAttrs
    const length = inputs[carries]!.shape[0]!
    // without steps the carries come out as they went in
    if (length === 0) return [...inputs.slice(0, carries), ...outputs.slice(carries).map(zeros)]
    if (!holdsEmpties(body)) return undefined
    const { params, outputs: results } = withoutEmpties(body)
    const full = body.params.map(({ size }) => size > 0)
    const [kept, left] = [full.slice(0, carries).filter(Boolean).length, full.slice(carries, carries + scanned).filter(Boolean).length]
    const given = inputs.filter((_, i) => full[i])
    const { slice, steps } = counter(length)
    const more = left === 0 ? 1 : 0
    const found = loop(more ? given.toSpliced(kept, 0, steps) : given, {
      body: new Body(more ? params.toSpliced(kept, 0, slice) : params, results),
      carries: kept,
      scanned: left + more,
      reverse,
    })
    return filledUp(outputs, found)
  },
  args: (inputs: readonly Tensor[], attrs: ScanAttrs) => [inputs, attrs],
  spec: (inputs, { body, carries, scanned }) => {
    const length = inputs[carries]!.shape[0]!
    const stacked = ({ shape, dtype }: Spec): Spec => ({ shape: [length, ...shape], dtype })
    for (const x of inputs.slice(carries, carries + scanned))
      if (x.shape[0] !== length) throw new ShapeError(`scan: inputs differ in length: ${length} and ${x.shape[0]} on axis 0`)
    body.outputs.slice(0, carries).forEach((c, i) => {
      const { shape, dtype } = inputs[i]!
      if (!sameShape(c.shape, shape) || c.dtype !== dtype)
        throw new ShapeError(
          `scan: carry ${i} goes in as ${showShape(shape)} ${dtype} and comes out as ${showShape(c.shape)} ${c.dtype}: both must be the same`,
        )
    })
    return [
      ...inputs.slice(0, carries).map(({ shape, dtype }) => ({ shape, dtype })),
      ...inputs.slice(0, carries).map(stacked),
      ...body.outputs.slice(carries).map(stacked),
    ]
  },
  vjp: (gs, context) => scanGradient(gs, context, loop),
  onnx: (e, inputs, { body, carries, scanned, reverse }, node) => {
    const used = e.used(node)
    // only the results someone reads are written
    const stacks = [...body.params.slice(0, carries), ...body.outputs.slice(carries)]
    const read = [...stacks.keys()].filter((i) => used[carries + i])
    const written = new Body(body.params, [...body.outputs.slice(0, carries), ...read.map((i) => stacks[i]!)])
    const bound = body.params.map((_, i) => (i < carries + scanned ? undefined : inputs[i]))
    const direction = reverse ? 1 : 0
    const names = e.many('Scan', inputs.slice(0, carries + scanned), written.outputs.length, {
      body: new SubGraph(written, bound),
      num_scan_inputs: scanned,
      scan_input_directions: Array<number>(scanned).fill(direction),
      scan_output_directions: read.length > 0 ? Array<number>(read.length).fill(direction) : undefined,
    })
    const out = Array<string>(carries + stacks.length).fill('')
    for (let i = 0; i < carries; i++) out[i] = names[i]!
    for (const [at, i] of read.entries()) out[carries + i] = names[carries + at]!
    return out
  },
})

/**
 * Runs `step` along axis 0 of `xs`, from the first slice to the last (or back with `reverse`): `[carry, y] = step(carry, x)`.
 * Gives the last carry and all `y` stacked on a new axis 0, in the order of `xs`. Values used from outside get gradients too.
 * Random numbers that `step` draws are other ones at each step. A loop of no steps gives `init` and empty `ys`.
 * Gradients keep the inner values of every step that they read again; with `step` in a `checkpoint` they compute them anew: less memory, more time.
 * Throws ShapeError when the carry changes shape or dtype, or lengths differ.
 *
 * @example scan((total, x) => [total.add(x), total], tensor(0), tensor([1, 2, 3])) // carry 6, ys [0, 1, 3]
 */
export function scan<C extends Tree, X extends Tree, Y extends Tree>(
  step: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  { reverse = false }: { reverse?: boolean | undefined } = {},
): { carry: C; ys: Y } {
  const first = leavesOf(init)
  const rows = leavesOf(xs)
  if (rows.length === 0) throw new ShapeError('scan: nothing to loop over: xs holds no tensor')
  for (const x of rows) if (x.rank === 0) throw new ShapeError('scan: a scalar has no axis 0 to loop over')
  const mark = nodeMark()
  const carryIn = first.map((c) => placeholder(c.shape, c.dtype))
  const slices = rows.map((x) => placeholder(x.shape.slice(1), x.dtype))
  const [carry, y] = step(rebuild(init, carryIn), rebuild(xs, slices))
  const [carryOut, results] = [leavesOf(carry), leavesOf(y)]
  if (carryOut.length !== first.length)
    throw new ShapeError(`scan: the carry goes in as ${first.length} tensors and comes out as ${carryOut.length}`)
  const drawn = takeDraws([...carryOut, ...results], mark, rows[0]!.shape[0]!)
  const { body, captured } = closeOver([...carryIn, ...slices, ...drawn.slices], drawn.results)
  const outs = loop([...first, ...rows, ...drawn.draws, ...captured], {
    body,
    carries: first.length,
    scanned: rows.length + drawn.draws.length,
    reverse,
  })
  return { carry: rebuild(carry, outs.slice(0, first.length)), ys: rebuild(y, outs.slice(2 * first.length)) }
}
