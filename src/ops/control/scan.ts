/** Loops as one node: `scan` carries a state along an axis, in time flat in the length to compile and with gradients. */
import { literal, placeholder } from '../../graph/leaf.js'
import { Body, defineMultiOp, extend, SubGraph } from '../../graph/op.js'
import { closeOver, same, substitute } from '../../graph/walk.js'
import { dtypes } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { nodeMark, type Spec, type Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'
import { add } from '../elementwise/arithmetic.js'
import { expand } from '../move/reshape.js'
import { takeDraws } from './draws.js'
import { counter, filledUp, holdsEmpties, withoutEmpties } from './empties.js'
import { addAll, hoist } from './hoist.js'
import { valuesToKeep } from './kept.js'

interface ScanAttrs {
  /** parameters: carries, one slice of each scanned input, captured values; outputs: new carries, one slice of each result */
  readonly body: Body
  readonly carries: number
  readonly scanned: number
  readonly reverse: boolean
  readonly [key: string]: unknown
}

const zeros = (s: Spec): Tensor => expand(literal(0, s.dtype), s.shape)

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
  vjp: (gs, { inputs, out, attrs: { body, carries, scanned, reverse }, needs, pullback }) => {
    const xs = inputs.slice(carries, carries + scanned)
    const captured = inputs.slice(carries + scanned)
    const slices = xs.map((x) => placeholder(x.shape.slice(1), x.dtype))
    const starts = inputs.slice(0, carries).map((c) => placeholder(c.shape, c.dtype))
    const inner = captured.map((c) => placeholder(c.shape, c.dtype))
    const params = [...starts, ...slices, ...inner]
    const step = substitute(body.outputs, new Map(body.params.map((p, i) => [p, params[i]!])))
    const dCarry = starts.map((c) => placeholder(c.shape, c.dtype))
    // carries before a step have a cotangent when someone differentiates this loop's gradient
    const cotangent = (t: Tensor, i: number): Tensor | undefined => (gs[carries + i] ? placeholder(t.shape, t.dtype) : undefined)
    const [dBefore, dResults] = [starts.map(cotangent), step.slice(carries).map((y, i) => cotangent(y, carries + i))]
    const wanted = captured.flatMap((_, i) => (needs[carries + scanned + i] ? [i] : []))
    const wrt = [...starts, ...slices, ...wanted.map((i) => inner[i]!)]
    const pulled = pullback(step, [...dCarry, ...dResults], wrt)
    const gradients = pulled.map((g, i) => g ?? zeros(wrt[i]!))
    // what the loop forward has computed comes from there
    const values = valuesToKeep(step, [...starts, ...slices], gradients)
    const results = step.slice(carries)
    results.push(...values.filter((v) => !results.some((y) => same(y, v))))
    const outs = extend(out.node, { ...out.node.attrs, body: new Body(params, [...step.slice(0, carries), ...results]) })
    const before = outs.slice(carries, 2 * carries)
    const everyValue = values.map((v) => outs[2 * carries + results.findIndex((y) => same(y, v))]!)
    const slots = values.map((v) => placeholder(v.shape, v.dtype))
    const found = substitute(gradients, new Map(values.map((v, i) => [v, slots[i]!])))
    const newCarry = starts.map((_, i) => (dBefore[i] ? add(found[i]!, dBefore[i]!) : found[i]!))
    // weights' gradients are products over all steps where they can be, sums carried from step to step where not
    const parts = wanted.map((_, i) => (pulled[carries + scanned + i] ? hoist(found[carries + scanned + i]!) : { hoisted: [], rest: [] }))
    const carried = parts.flatMap(({ rest }, i) => (rest.length > 0 ? [i] : []))
    const sums = carried.map((i) => placeholder(captured[wanted[i]!]!.shape, captured[wanted[i]!]!.dtype))
    const stacks = found.slice(carries, carries + scanned)
    const given = [...slices, ...starts, ...slots]
    const everyStep = [...xs, ...before, ...everyValue]
    for (const factor of parts.flatMap(({ hoisted }) => hoisted.flatMap(({ factors }) => factors)))
      if (![...given, ...stacks].some((t) => same(t, factor))) stacks.push(factor)
    const further = [...dBefore, ...dResults].filter((d) => d !== undefined)
    const back = loop(
      [
        ...starts.map((c, i) => gs[i] ?? zeros(c)),
        ...sums.map(zeros),
        ...everyStep,
        ...gs.slice(carries).filter((g) => g !== undefined),
        ...captured,
      ],
      {
        body: new Body(
          [...dCarry, ...sums, ...given, ...further, ...inner],
          [...newCarry, ...carried.map((i, k) => addAll([sums[k]!, ...parts[i]!.rest])), ...stacks],
        ),
        carries: carries + sums.length,
        scanned: given.length + further.length,
        reverse: !reverse,
      },
    )
    const first = 2 * (carries + sums.length)
    const stacked = (factor: Tensor): Tensor => {
      const place = given.findIndex((t) => same(t, factor))
      return place >= 0 ? everyStep[place]! : back[first + stacks.findIndex((t) => same(t, factor))]!
    }
    const dCaptured = captured.map((_, k) => {
      const i = wanted.indexOf(k)
      if (i < 0) return undefined
      const terms = [
        ...(carried.includes(i) ? [back[carries + carried.indexOf(i)]!] : []),
        ...parts[i]!.hoisted.map(({ factors, total }) => total(factors.map(stacked))),
      ]
      return terms.length > 0 ? addAll(terms) : undefined
    })
    return [...back.slice(0, carries), ...back.slice(first, first + scanned), ...dCaptured]
  },
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
      ...(read.length > 0 && { scan_output_directions: Array<number>(read.length).fill(direction) }),
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
  { reverse = false }: { reverse?: boolean } = {},
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
