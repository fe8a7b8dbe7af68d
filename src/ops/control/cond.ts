/** A branch taken at run time. */
import { literal, placeholder } from '../../graph/leaf.js'
import { Body, defineMultiOp, SubGraph } from '../../graph/op.js'
import { closeOver, substitute } from '../../graph/walk.js'
import { dtypes } from '../../tensor/dtype.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { nodeMark, type Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'
import { expand } from '../move/reshape.js'
import { filledUp, holdsEmpties, withoutEmpties } from './empties.js'

interface CondAttrs {
  /** both bodies take the captured values as parameters */
  readonly yes: Body
  readonly no: Body
  readonly [key: string]: unknown
}

const branch: (inputs: readonly Tensor[], attrs: CondAttrs) => Tensor[] = defineMultiOp({
  name: 'cond',
  kernels: dtypes,
  empty: ([predicate, ...captured], attrs, outputs) => {
    const { yes, no } = attrs as CondAttrs
    if (!holdsEmpties(yes) && !holdsEmpties(no)) return undefined
    const full = captured.filter(({ size }) => size > 0)
    return filledUp(outputs, branch([predicate!, ...full], { yes: withoutEmpties(yes), no: withoutEmpties(no) }))
  },
  args: (inputs: readonly Tensor[], attrs: CondAttrs) => [inputs, attrs],
  spec: (_, { yes, no }) => {
    if (yes.outputs.length !== no.outputs.length)
      throw new ShapeError(`cond: the branches give ${yes.outputs.length} and ${no.outputs.length} tensors`)
    return yes.outputs.map((a, i) => {
      const b = no.outputs[i]!
      if (!sameShape(a.shape, b.shape) || a.dtype !== b.dtype)
        throw new ShapeError(
          `cond: the branches give ${showShape(a.shape)} ${a.dtype} and ${showShape(b.shape)} ${b.dtype}: both must be the same`,
        )
      return { shape: a.shape, dtype: a.dtype }
    })
  },
  vjp: (gs, { inputs, outs, attrs, needs, pullback }) => {
    const [predicate, ...captured] = inputs
    const wanted = captured.flatMap((_, i) => (needs[i + 1] ? [i] : []))
    const given = outs.flatMap((_, i) => (gs[i] ? [i] : []))
    const back = (body: Body): Body => {
      const inner = captured.map((c) => placeholder(c.shape, c.dtype))
      const cotangents = outs.map((o, i) => (gs[i] ? placeholder(o.shape, o.dtype) : undefined))
      const ends = substitute(body.outputs, new Map(body.params.map((p, i) => [p, inner[i]!])))
      const wrt = wanted.map((i) => inner[i]!)
      const found = pullback(ends, cotangents, wrt).map((g, i) => g ?? expand(literal(0, wrt[i]!.dtype), wrt[i]!.shape))
      return new Body([...inner, ...given.map((i) => cotangents[i]!)], found)
    }
    const results = branch([predicate!, ...captured, ...given.map((i) => gs[i]!)], {
      yes: back(attrs.yes),
      no: back(attrs.no),
    })
    return [undefined, ...captured.map((_, i) => (wanted.includes(i) ? results[wanted.indexOf(i)] : undefined))]
  },
  onnx: (e, [predicate, ...captured], { yes, no }) =>
    e.many('If', [predicate], yes.outputs.length, {
      then_branch: new SubGraph(yes, captured),
      else_branch: new SubGraph(no, captured),
    }),
})

/**
 * The result of `then()` where the predicate is true, else of `otherwise()`; only the branch taken is computed. Both must give the same shapes and dtypes.
 * Values used from outside get gradients. Throws DtypeError unless the predicate is one boolean.
 *
 * @example cond(x.sum().greater(0), () => x, () => x.neg())
 */
export function cond<T extends Tree>(predicate: Tensor, then: () => T, otherwise: () => T): T {
  if (predicate.dtype !== 'bool' || predicate.size !== 1)
    throw new DtypeError(`cond: the predicate is ${showShape(predicate.shape)} ${predicate.dtype}, not one bool: compare it first`)
  const mark = nodeMark()
  const [a, b] = [then(), otherwise()]
  const closed = [closeOver([], leavesOf(a), mark), closeOver([], leavesOf(b), mark)] as const
  const captured = [...new Set(closed.flatMap((branch) => branch.captured))]
  const widen = ({ body, captured: own }: { body: Body; captured: Tensor[] }): Body =>
    new Body(
      captured.map((t) => body.params[own.indexOf(t)] ?? placeholder(t.shape, t.dtype)),
      body.outputs,
    )
  return rebuild(a, branch([predicate, ...captured], { yes: widen(closed[0]), no: widen(closed[1]) }))
}
