/** Sums over the steps of a loop, taken out of it: one product over all steps instead of one for each. */
import type { Tensor } from '../../tensor/tensor.js'
import { add } from '../elementwise/arithmetic.js'
import { reshape, transpose } from '../move/reshape.js'
import { matmul } from '../products/matmul.js'
import { sum } from '../reduce/sum.js'

/** Part of a sum over steps, as a function of what its factors are at all steps, stacked on a new axis 0. */
export interface Hoisted {
  readonly factors: readonly Tensor[]
  /** Σ over the steps */
  total(stacked: readonly Tensor[]): Tensor
}

const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0]! * x.shape[1]!, x.shape[2]!])

/**
 * The addends of a step's contribution to a sum: those that are aᵀ b of matrices, or sums of a matrix over its rows, can be had from stacked
 * factors at once; `rest` must be added up step by step. A gradient of a weight is such a product nearly always, and the
 * sum that a loop would carry, as large as the weight, is copied at each step.
 */
export function hoist(term: Tensor): { hoisted: Hoisted[]; rest: Tensor[] } {
  const { node } = term
  if (node.values === undefined && node.inputs.every((x) => x.node.values === undefined)) {
    const [a, b, ...more] = node.inputs
    const sameShape = (x: Tensor): boolean => x.shape.join() === term.shape.join()
    if (node.op === 'add' && sameShape(a!) && sameShape(b!)) {
      const [left, right] = [hoist(a!), hoist(b!)]
      return { hoisted: [...left.hoisted, ...right.hoisted], rest: [...left.rest, ...right.rest] }
    }
    const { transA, transB, axes, keep } = node.attrs as {
      transA?: boolean | undefined
      transB?: boolean | undefined
      axes?: readonly number[] | undefined
      keep?: boolean | undefined
    }
    if (node.op === 'matmul' && transA && !transB && more.length === 0 && a!.rank === 2 && b!.rank === 2)
      return { hoisted: [{ factors: [a!, b!], total: ([x, y]) => matmul(transpose(rows(x!)), rows(y!)) }], rest: [] }
    if (node.op === 'transpose' && term.rank === 2) {
      const { hoisted, rest } = hoist(a!)
      const turned = hoisted.map(({ factors, total }) => ({ factors, total: (stacked: readonly Tensor[]) => transpose(total(stacked)) }))
      return { hoisted: turned, rest: rest.map((t) => transpose(t)) }
    }
    if (node.op === 'sum' && a!.rank === 2 && axes?.join() === '0' && !keep)
      return { hoisted: [{ factors: [a!], total: ([x]) => sum(rows(x!), 0) }], rest: [] }
  }
  return { hoisted: [], rest: [term] }
}

/** The addends as one. */
export const addAll = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b))
