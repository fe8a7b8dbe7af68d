/** The gradient of a loop: a loop back over its steps, which reads what the loop forward keeps, with the sums over steps taken out of it. */
import { literal, placeholder } from '../../graph/leaf.js'
import { Body, extend, type VjpContext } from '../../graph/op.js'
import { substitute } from '../../graph/walk.js'
import type { Spec, Tensor } from '../../tensor/tensor.js'
import { add } from '../elementwise/arithmetic.js'
import { expand } from '../move/reshape.js'
import { addAll, hoist } from './hoist.js'
import { valuesToKeep } from './kept.js'

/** How a loop is made. */
export interface ScanAttrs {
  /** parameters: carries, one slice of each scanned input, captured values; outputs: new carries, one slice of each result */
  readonly body: Body
  readonly carries: number
  readonly scanned: number
  readonly reverse: boolean
  readonly [key: string]: unknown
}

/** What a loop is given, what a step of it is given, or the gradients of either: by kind. */
interface Groups<T = Tensor> {
  readonly carries: readonly Tensor[]
  /** scanned inputs, or one slice of each */
  readonly slices: readonly Tensor[]
  readonly captured: readonly T[]
}

const grouped = (all: readonly Tensor[], { carries, scanned }: ScanAttrs): Groups => ({
  carries: all.slice(0, carries),
  slices: all.slice(carries, carries + scanned),
  captured: all.slice(carries + scanned),
})

/** Zeros of a shape and dtype. */
export const zeros = (s: Spec): Tensor => expand(literal(0, s.dtype), s.shape)

const holder = ({ shape, dtype }: Spec): Tensor => placeholder(shape, dtype)
const isThere = (t: Tensor | undefined): t is Tensor => t !== undefined

/** One step, and one step back: placeholders, and what is computed from them. */
interface StepBack {
  /** what the step is given */
  readonly given: Groups
  /** what the step gives: new carries, one slice of each result */
  readonly results: readonly Tensor[]
  /** cotangents of the carries after the step, of those before it, of the results of the step; of the last two where anyone asks */
  readonly cotangents: {
    readonly after: readonly Tensor[]
    readonly before: readonly (Tensor | undefined)[]
    readonly results: readonly (Tensor | undefined)[]
  }
  /** of what the step is given; of captured values those that are asked for */
  readonly gradients: Groups<Tensor | undefined>
}

/** The gradient of one step, in placeholders of its own. */
function stepBack(
  cotangents: readonly (Tensor | undefined)[],
  { inputs, attrs, needs, pullback }: VjpContext<ScanAttrs>,
  whole: Groups,
): StepBack {
  const { body, carries, scanned } = attrs
  const given: Groups = {
    carries: whole.carries.map(holder),
    slices: whole.slices.map((x) => placeholder(x.shape.slice(1), x.dtype)),
    captured: whole.captured.map(holder),
  }
  const params = [...given.carries, ...given.slices, ...given.captured]
  const results = substitute(body.outputs, new Map(body.params.map((p, i) => [p, params[i]!])))
  const asked = (t: Tensor, i: number): Tensor | undefined => (cotangents[i] ? holder(t) : undefined)
  const after = given.carries.map(holder)
  // carries before a step have a cotangent when someone differentiates this loop's gradient
  const before = given.carries.map((t, i) => asked(t, carries + i))
  const ofResults = results.slice(carries).map((t, i) => asked(t, 2 * carries + i))
  const wanted = given.captured.filter((_, i) => needs[carries + scanned + i])
  const wrt = [...given.carries, ...given.slices, ...wanted]
  const found = pullback(results, [...after, ...ofResults], wrt)
  const captured = new Map(wanted.map((t, i) => [t, found[carries + scanned + i]]))
  const gradients = {
    ...grouped(
      wrt.slice(0, carries + scanned).map((t, i) => found[i] ?? zeros(t)),
      attrs,
    ),
    captured: inputs.slice(carries + scanned).map((_, i) => captured.get(given.captured[i]!)),
  }
  return { given, results, cotangents: { after, before, results: ofResults }, gradients }
}

/** What a step back reads of each step: what it stands for in the step, and that of all steps, stacked on axis 0. */
type EveryStep = ReadonlyMap<Tensor, Tensor>

/** Lets the loop forward give what the step back would compute again, and takes it from there. */
function keep(
  { out, attrs }: VjpContext<ScanAttrs>,
  whole: Groups,
  { given, results, gradients }: StepBack,
): { everyStep: EveryStep; gradients: StepBack['gradients'] } {
  const { carries } = attrs
  const listed = [...gradients.carries, ...gradients.slices, ...gradients.captured.filter(isThere)]
  const values = valuesToKeep(results, [...given.carries, ...given.slices], listed)
  // a step may give one result twice
  const own = results.slice(carries)
  const stacks = [...own, ...values.filter((v) => !own.includes(v))]
  const body = new Body([...given.carries, ...given.slices, ...given.captured], [...results.slice(0, carries), ...stacks])
  const outs = extend(out.node, { ...out.node.attrs, body })
  const slots = new Map(values.map((v) => [v, holder(v)]))
  const everyStep = new Map<Tensor, Tensor>()
  for (const [i, slice] of given.slices.entries()) everyStep.set(slice, whole.slices[i]!)
  for (const [i, start] of given.carries.entries()) everyStep.set(start, outs[carries + i]!)
  for (const [v, slot] of slots) everyStep.set(slot, outs[2 * carries + stacks.indexOf(v)]!)
  const read = substitute(listed, slots)
  let next = carries + given.slices.length
  return {
    everyStep,
    gradients: { ...grouped(read, attrs), captured: gradients.captured.map((g) => g && read[next++]!) },
  }
}

/** The loop back, and what comes out of it: gradients of what the loop was given. */
function loopBack(
  cotangents: readonly (Tensor | undefined)[],
  { reverse }: ScanAttrs,
  whole: Groups,
  { given, cotangents: slots }: StepBack,
  { everyStep, gradients }: ReturnType<typeof keep>,
  loop: (inputs: readonly Tensor[], attrs: ScanAttrs) => Tensor[],
): (Tensor | undefined)[] {
  const carries = given.carries.length
  // weights' gradients are products over all steps where they can be, sums carried from step to step where not
  const parts = gradients.captured.map((g) => (g ? hoist(g) : { hoisted: [], rest: [] }))
  const sums = new Map(parts.flatMap(({ rest }, i) => (rest.length > 0 ? [[i, holder(given.captured[i]!)] as const] : [])))
  const factors = parts.flatMap(({ hoisted }) => hoisted.flatMap((h) => h.factors))
  const stacks = [...gradients.slices]
  for (const factor of factors) if (!everyStep.has(factor) && !stacks.includes(factor)) stacks.push(factor)
  const before = slots.before
  const further = [...before, ...slots.results].filter(isThere)
  const first = [...given.carries.map((c, i) => cotangents[i] ?? zeros(c)), ...[...sums.values()].map(zeros)]
  const back = loop([...first, ...everyStep.values(), ...cotangents.slice(carries).filter(isThere), ...whole.captured], {
    body: new Body(
      [...slots.after, ...sums.values(), ...everyStep.keys(), ...further, ...given.captured],
      [
        ...gradients.carries.map((g, i) => (before[i] ? add(g, before[i]) : g)),
        ...[...sums].map(([i, sum]) => addAll([sum, ...parts[i]!.rest])),
        ...stacks,
      ],
    ),
    carries: first.length,
    scanned: everyStep.size + further.length,
    reverse: !reverse,
  })
  const [lastSums, stacked] = [back.slice(carries, first.length), back.slice(2 * first.length)]
  const ofAll = (factor: Tensor): Tensor => everyStep.get(factor) ?? stacked[stacks.indexOf(factor)]!
  const carried = [...sums.keys()]
  const captured = parts.map(({ hoisted }, i) => {
    const sum = sums.has(i) ? [lastSums[carried.indexOf(i)]!] : []
    const terms = [...sum, ...hoisted.map(({ factors, total }) => total(factors.map(ofAll)))]
    return terms.length > 0 ? addAll(terms) : undefined
  })
  return [...back.slice(0, carries), ...stacked.slice(0, given.slices.length), ...captured]
}

/** Gradients of what a loop was given, from cotangents of its last carries, of every carry before its step, and of its results. */
export function scanGradient(
  cotangents: readonly (Tensor | undefined)[],
  context: VjpContext<ScanAttrs>,
  loop: (inputs: readonly Tensor[], attrs: ScanAttrs) => Tensor[],
): (Tensor | undefined)[] {
  const whole = grouped(context.inputs, context.attrs)
  const step = stepBack(cotangents, context, whole)
  return loopBack(cotangents, context.attrs, whole, step, keep(context, whole, step), loop)
}
