/** What layerNorm and rmsNorm share: rows that are normalised together, and the gradient of that. */
import { describe } from '../../graph/leaf.js'
import { add, div, mul } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { square } from '../../ops/elementwise/unary.js'
import { expand, reshape, transpose } from '../../ops/move/reshape.js'
import { matmul } from '../../ops/products/matmul.js'
import type { Axes } from '../../ops/reduce/axes.js'
import { sum } from '../../ops/reduce/sum.js'
import { ShapeError } from '../../tensor/errors.js'
import { axesOf, type Shape, sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { scaleShift } from './scaleShift.js'

/** Statistics per row: sizes of normalised axes become 1. */
export const statisticsShape = (shape: Shape, first: number): Shape => shape.map((d, i) => (i < first ? d : 1))

interface Rows {
  /** x with the normalised axes last, as floats */
  readonly rows: Tensor
  /** where they begin */
  readonly first: number
  /** weight and bias in the dtype of the rows */
  readonly vectors: readonly (Tensor | undefined)[]
  /** puts the axes of a result back */
  restore(y: Tensor): Tensor
}

/** Checks and arranges the arguments of a normalisation over `axes`. */
export function rowsOf(op: string, x: Tensor, axes: Axes, vectors: readonly (Tensor | undefined)[]): Rows {
  const list = axesOf(axes, x.rank, op)
  if (list.length === 0) throw new ShapeError(`${op}: no axis to normalise\n  input: ${describe(x)}`)
  const normalised = list.map((a) => x.shape[a]!)
  for (const v of vectors)
    if (v && !sameShape(v.shape, normalised))
      throw new ShapeError(
        `${op}: weight and bias have the sizes of the normalised axes, ${showShape(normalised)}\n  inputs: ${describe(x)}, ${describe(v)}`,
      )
  const order = [...x.shape.keys()].filter((i) => !list.includes(i)).concat(list)
  const back = order.map((_, i) => order.indexOf(i))
  const rows = transpose(real(x), order)
  return { rows, first: x.rank - list.length, vectors: vectors.map((v) => v && cast(v, rows.dtype)), restore: (y) => transpose(y, back) }
}

/** What the gradient of a normalisation y = (x − mean)·inverse·weight + bias, or the same without mean and bias, starts from. */
export interface RowsGradient {
  readonly first: number
  /** cotangents of y and inverse; of mean where there is one */
  readonly g: Tensor | undefined
  readonly gInverse: Tensor | undefined
  readonly gMean?: Tensor | undefined
  /** (x − mean)·inverse */
  readonly normal: Tensor
  readonly inverse: Tensor
  readonly weight: Tensor | undefined
  readonly centred: boolean
  readonly needs: readonly boolean[]
}

/**
 * Gradients of x, weight and bias. With h = g·weight and D numbers per row,
 * dx = inverse·(h − mean(h) − normal·mean(h·normal)), without mean(h) where rows are not centred:
 * two passes that scale and shift rows, and their sum.
 */
export function rowsGradient({ first, g, gInverse, gMean, normal, inverse, weight, centred, needs }: RowsGradient): (Tensor | undefined)[] {
  const { shape } = normal
  const width = sizeOf(shape.slice(first))
  const flat = (t: Tensor): Tensor => reshape(t, [sizeOf(shape.slice(0, first)), width])
  const perRow = (t: Tensor): Tensor => reshape(t, [t.size])
  const xs = flat(normal)
  const inv = perRow(inverse)
  const gs = g && flat(g)
  const products = gs && (needs[0] || needs[1]) ? mul(gs, xs) : undefined
  const dWeight = products && weight && needs[1] ? reshape(sum(products, 0), weight.shape) : undefined
  const dBias = gs && needs[2] ? reshape(sum(gs, 0), shape.slice(first)) : undefined
  if (!needs[0]) return [undefined, dWeight, dBias]
  let dx: Tensor | undefined
  let along: Tensor | undefined
  let shift: Tensor | undefined = gMean && div(perRow(gMean), width)
  if (gs && products) {
    const factors = weight && reshape(weight, [1, width])
    const h = factors ? mul(gs, factors) : gs
    const dots = factors ? perRow(matmul(factors, transpose(products))) : sum(products, 1)
    along = mul(mul(inv, dots), -1 / width)
    if (centred) {
      const level = mul(mul(inv, sum(h, 1)), -1 / width)
      shift = shift ? add(shift, level) : level
    }
    dx = scaleShift(h, inv, shift, 0)
    shift = undefined
  }
  if (gInverse) {
    const pull = mul(mul(perRow(gInverse), square(inv)), -1 / width)
    along = along ? add(along, pull) : pull
  }
  if (along) {
    const part = scaleShift(xs, along, shift, 0)
    dx = dx ? add(dx, part) : part
  } else if (shift) dx = expand(reshape(shift, [shift.size, 1]), xs.shape)
  return [dx && reshape(dx, shape), dWeight, dBias]
}
