/** Products of vectors, and the trace. */
import { describe } from '../../graph/leaf.js'
import { ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { unsqueeze } from '../move/reshape.js'
import { diagonal } from '../move/triangle.js'
import { sum } from '../reduce/sum.js'
import { matmul } from './matmul.js'

function needVectors(op: string, x: Tensor, other: Tensor): void {
  if (x.rank !== 1 || other.rank !== 1) throw new ShapeError(`${op}: needs two vectors\n  inputs: ${describe(x)}, ${describe(other)}`)
}

/** Σ xᵢ yᵢ of two vectors. Throws ShapeError unless both have one axis of one size. */
export function dot(x: Tensor, other: Tensor): Tensor {
  needVectors('dot', x, other)
  return matmul(x, other)
}

/** xᵢ yⱼ of two vectors: (n), (m) → (n, m). Throws ShapeError unless both have one axis. */
export function outer(x: Tensor, other: Tensor): Tensor {
  needVectors('outer', x, other)
  return mul(unsqueeze(x, 1), other)
}

/** The sum of the main diagonal of the last two axes: (…, n, m) → (…). Throws ShapeError below rank 2. */
export const trace = (x: Tensor): Tensor => sum(diagonal(x), -1)
