/** Results of a graph of other ops with a name and a gradient of their own, and what all functions of matrices share. */
import { describe } from '../../../graph/leaf.js'
import { defineMultiOp, type VjpContext } from '../../../graph/op.js'
import { real } from '../../../ops/elementwise/real.js'
import { eye } from '../../../ops/move/create.js'
import { ShapeError } from '../../../tensor/errors.js'
import { type Shape, showShape } from '../../../tensor/shape.js'
import type { Attrs, Tensor } from '../../../tensor/tensor.js'

/** Cotangents of the results become cotangents of the inputs; `outs` are the results. */
export type Rule<A extends Attrs> = (
  gs: readonly (Tensor | undefined)[],
  context: { inputs: readonly Tensor[]; outs: readonly Tensor[]; attrs: A; needs: VjpContext['needs'] },
) => readonly (Tensor | undefined)[]

/**
 * Gives results of `inputs` that other ops have made a gradient of their own: loops that no chain rule should walk through backward.
 * The rule uses public ops, so it differentiates again.
 */
export const ruled = <A extends Attrs>(
  name: string,
  rule: Rule<A>,
): ((results: readonly Tensor[], inputs: readonly Tensor[], attrs: A) => Tensor[]) =>
  defineMultiOp({
    name,
    args: (results: readonly Tensor[], inputs: readonly Tensor[], attrs: A) => [
      [...results, ...inputs],
      { ...attrs, results: results.length },
    ],
    spec: (all, { results }) => all.slice(0, results),
    vjp: (gs, { inputs, outs, attrs, needs }) => [
      ...outs.map(() => undefined),
      ...rule(gs, { inputs: inputs.slice(attrs.results), outs, attrs, needs: needs.slice(attrs.results) }),
    ],
    onnx: (_, names, { results }) => names.slice(0, results),
  })

const constant = ruled<Attrs>('held', () => [])

/** Numbers through which no gradient passes. */
export const held = (x: Tensor): Tensor => constant([x], [], {})[0]!

/** Matrices with one batch axis, and how results get their own leading axes back. */
export interface Matrices {
  /** (B, n, m), f32 or f64 */
  readonly a: Tensor
  readonly rows: number
  readonly columns: number
  /** leading axes */
  readonly lead: Shape
  /** puts the leading axes in the place of axis 0 */
  readonly restore: (y: Tensor) => Tensor
}

/** The last two axes as matrices. Throws ShapeError below rank 2, and for other than square ones where `square`. */
export function matrices(op: string, x: Tensor, square = false): Matrices {
  if (x.rank < 2) throw new ShapeError(`${op}: ${describe(x)} is no matrix: it needs two axes or more`)
  const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!]
  if (square && rows !== columns)
    throw new ShapeError(`${op}: needs square matrices, and ${describe(x)} has ${rows} rows and ${columns} columns`)
  const lead = x.shape.slice(0, -2)
  const batch = lead.reduce((n, d) => n * d, 1)
  return { a: real(x).reshape([batch, rows, columns]), rows, columns, lead, restore: (y) => y.reshape([...lead, ...y.shape.slice(1)]) }
}

/** Two operands whose leading axes are stretched to the common ones. Throws ShapeError where they do not fit. */
export function together(op: string, a: Tensor, b: Tensor, common: Shape): [Tensor, Tensor] {
  const wide = (t: Tensor): Tensor => {
    const shape = [...common, ...t.shape.slice(-2)]
    if (shape.length < t.rank) throw new ShapeError(`${op}: leading axes of ${describe(t)} do not fit ${showShape(common)}`)
    return t.expand(shape)
  }
  return [wide(a), wide(b)]
}

/** The distance from 1 to the next number of the dtype. */
export const epsilon = (x: Tensor): number => (x.dtype === 'f64' ? 2 ** -52 : 2 ** -23)

/** The matrices transposed. */
export const flipped = (x: Tensor): Tensor => x.transpose(-2, -1)

/** Vectors (…, n) as diagonal matrices (…, n, n). */
export const diagonalOf = (v: Tensor): Tensor => {
  const n = v.shape.at(-1)!
  return v.unsqueeze(-1).mul(eyeLike(v, n))
}

/** The unit matrix of n rows in the dtype of x. */
export const eyeLike = (x: Tensor, n: number, columns = n): Tensor => eye(n, columns, { dtype: x.dtype })
