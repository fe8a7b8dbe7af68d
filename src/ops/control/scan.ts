/** Loops as one node: `scan` carries a state along an axis, in time flat in the length to compile and with gradients. */
import { literal, placeholder } from '../../graph/leaf.js'
import { Body, defineMultiOp, extend, SubGraph } from '../../graph/op.js'
import { closeOver, same, substitute } from '../../graph/walk.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Spec, Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'
import { add } from '../elementwise/arithmetic.js'
import { expand } from '../move/reshape.js'
import { addAll, hoist } from './hoist.js'
import { valuesToKeep } from './kept.js'

interface ScanAttrs {
  /** parameters: carries, one slice of each scanned input, captured values; outputs: new carries, one slice of each result and each value kept */
  readonly body: Body
  readonly carries: number
  readonly results: number
  readonly scanned: number
  readonly reverse: boolean
  readonly [key: string]: unknown
}

const zeros = (s: Spec): Tensor => expand(literal(0, s.dtype), s.shape)

// outputs: last carries, stacked results, every carry before its step, which the gradient starts each step from, and what gradients asked to be kept
const loop: (inputs: readonly Tensor[], attrs: ScanAttrs) => Tensor[] = defineMultiOp({
  name: 'scan',
  args: (inputs: readonly Tensor[], attrs: ScanAttrs) => [inputs, attrs],
  spec: (inputs, { body, carries, results, scanned }) => {
    const length = inputs[carries]!.shape[0]!
    const stacked = ({ shape, dtype }: Spec): Spec => ({ shape: [length, ...shape], dtype })
    for (const x of inputs.slice(carries, carries + scanned))
      if (x.shape[0] !== length) throw new ShapeError(`scan: inputs differ in length: ${length} and ${x.shape[0]} on axis 0`)
    if (length === 0) throw new ShapeError('scan: nothing to loop over: axis 0 has length 0')
    body.outputs.slice(0, carries).forEach((c, i) => {
      const { shape, dtype } = inputs[i]!
      if (!sameShape(c.shape, shape) || c.dtype !== dtype)
        throw new ShapeError(
          `scan: carry ${i} goes in as ${showShape(shape)} ${dtype} and comes out as ${showShape(c.shape)} ${c.dtype}: both must be the same`,
        )
    })
    return [
      ...inputs.slice(0, carries).map(({ shape, dtype }) => ({ shape, dtype })),
      ...body.outputs.slice(carries, carries + results).map(stacked),
      ...inputs.slice(0, carries).map(stacked),
      ...body.outputs.slice(carries + results).map(stacked),
    ]
  },
  vjp: (gs, { inputs, out, attrs: { body, carries, results, scanned, reverse }, needs, pullback }) => {
    const xs = inputs.slice(carries, carries + scanned)
    const captured = inputs.slice(carries + scanned)
    const slices = xs.map((x) => placeholder(x.shape.slice(1), x.dtype))
    const starts = inputs.slice(0, carries).map((c) => placeholder(c.shape, c.dtype))
    const inner = captured.map((c) => placeholder(c.shape, c.dtype))
    const params = [...starts, ...slices, ...inner]
    const step = substitute(body.outputs, new Map(body.params.map((p, i) => [p, params[i]!])))
    // carries before a step and kept values are results too, when someone differentiates this loop's gradient
    const cotangent = (t: Tensor, g: number): Tensor | undefined => (gs[g] ? placeholder(t.shape, t.dtype) : undefined)
    const dCarry = starts.map((c) => placeholder(c.shape, c.dtype))
    const dResults = step.slice(carries, carries + results).map((y) => placeholder(y.shape, y.dtype))
    const dBefore = starts.map((c, i) => cotangent(c, carries + results + i))
    const dKept = step.slice(carries + results).map((y, i) => cotangent(y, 2 * carries + results + i))
    const wanted = captured.flatMap((_, i) => (needs[carries + scanned + i] ? [i] : []))
    const wrt = [...starts, ...slices, ...wanted.map((i) => inner[i]!)]
    const pulled = pullback(step, [...dCarry, ...dResults, ...dKept], wrt)
    const some = pulled.filter((g) => g !== undefined)
    // what the loop forward has computed comes from there
    const values = valuesToKeep(step, [...starts, ...slices], some)
    const added = values.filter((v) => !step.slice(carries).some((y) => same(y, v)))
    const outputs = [...step, ...added]
    const outs = extend(out.node, { ...out.node.attrs, body: new Body(params, outputs) })
    const before = outs.slice(carries + results, 2 * carries + results)
    const everyValue = values.map((v) => {
      const i = outputs.findIndex((y, at) => at >= carries && same(y, v))
      return outs[i < carries + results ? i : i + carries]!
    })
    const slots = values.map((v) => placeholder(v.shape, v.dtype))
    const read = substitute(some, new Map(values.map((v, i) => [v, slots[i]!])))
    let next = 0
    const found = pulled.map((g) => g && read[next++])
    const orZeros = found.map((g, i) => g ?? zeros(wrt[i]!))
    const newCarry = starts.map((_, i) => (dBefore[i] ? add(orZeros[i]!, dBefore[i]!) : orZeros[i]!))
    // weights' gradients are products over all steps where they can be, sums carried from step to step where not
    const parts = wanted.map((_, i) => (found[carries + scanned + i] ? hoist(found[carries + scanned + i]!) : { hoisted: [], rest: [] }))
    const carried = parts.flatMap(({ rest }, i) => (rest.length > 0 ? [i] : []))
    const sums = carried.map((i) => placeholder(captured[wanted[i]!]!.shape, captured[wanted[i]!]!.dtype))
    const stacks: Tensor[] = orZeros.slice(carries, carries + scanned)
    const given = [...slices, ...starts, ...slots]
    const everyStep = [...xs, ...before, ...everyValue]
    for (const factor of parts.flatMap(({ hoisted }) => hoisted.flatMap(({ factors }) => factors)))
      if (![...given, ...stacks].some((t) => same(t, factor))) stacks.push(factor)
    const extra = [...dBefore, ...dKept].filter((d) => d !== undefined)
    const back = loop(
      [
        ...starts.map((c, i) => gs[i] ?? zeros(c)),
        ...sums.map(zeros),
        ...everyStep,
        ...dResults.map((_, i) => gs[carries + i] ?? zeros(outs[carries + i]!)),
        ...gs.slice(carries + results).filter((g) => g !== undefined),
        ...captured,
      ],
      {
        body: new Body(
          [...dCarry, ...sums, ...given, ...dResults, ...extra, ...inner],
          [...newCarry, ...carried.map((i, k) => addAll([sums[k]!, ...parts[i]!.rest])), ...stacks],
        ),
        carries: carries + sums.length,
        results: stacks.length,
        scanned: given.length + dResults.length + extra.length,
        reverse: !reverse,
      },
    )
    const stacked = (factor: Tensor): Tensor => {
      const place = given.findIndex((t) => same(t, factor))
      return place >= 0 ? everyStep[place]! : back[carries + sums.length + stacks.findIndex((t) => same(t, factor))]!
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
    return [...back.slice(0, carries), ...back.slice(carries + sums.length, carries + sums.length + scanned), ...dCaptured]
  },
  onnx: (e, inputs, { body, carries, results, scanned, reverse }, node) => {
    const used = e.used(node)
    // only the results someone reads are written
    const stacks: readonly Tensor[] = [
      ...body.outputs.slice(carries, carries + results),
      ...body.params.slice(0, carries),
      ...body.outputs.slice(carries + results),
    ]
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
  const carryIn = first.map((c) => placeholder(c.shape, c.dtype))
  const slices = rows.map((x) => placeholder(x.shape.slice(1), x.dtype))
  const [carry, y] = step(rebuild(init, carryIn), rebuild(xs, slices))
  const [carryOut, results] = [leavesOf(carry), leavesOf(y)]
  if (carryOut.length !== first.length)
    throw new ShapeError(`scan: the carry goes in as ${first.length} tensors and comes out as ${carryOut.length}`)
  const { body, captured } = closeOver([...carryIn, ...slices], [...carryOut, ...results])
  const outs = loop([...first, ...rows, ...captured], {
    body,
    carries: first.length,
    results: results.length,
    scanned: rows.length,
    reverse,
  })
  return { carry: rebuild(carry, outs.slice(0, first.length)), ys: rebuild(y, outs.slice(first.length, first.length + results.length)) }
}
