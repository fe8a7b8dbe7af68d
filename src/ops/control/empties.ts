/** Loops and branches without what is empty: no kernel gets nothing to carry, to slice or to stack. */
import { literal, placeholder } from '../../graph/leaf.js'
import { Body } from '../../graph/op.js'
import { substitute } from '../../graph/walk.js'
import { emptyTensor, isEmpty, type Spec, type Tensor } from '../../tensor/tensor.js'
import { expand } from '../move/reshape.js'

/** Whether any parameter or output of a body is empty. */
export const holdsEmpties = ({ params, outputs }: Body): boolean => [...params, ...outputs].some(isEmpty)

/** The body without its empty parameters, which are constants then, and empty outputs. */
export function withoutEmpties({ params, outputs }: Body): Body {
  const constants = new Map(params.flatMap((p) => (isEmpty(p) ? [[p, emptyTensor(p)] as const] : [])))
  const kept = outputs.filter((y) => !isEmpty(y))
  return new Body(
    params.filter((p) => !isEmpty(p)),
    substitute(kept, constants),
  )
}

/** The outputs of a node with constants where they are empty, and otherwise `found` in order. */
export function filledUp(specs: readonly Spec[], found: readonly Tensor[]): Tensor[] {
  let next = 0
  return specs.map((spec) => (isEmpty(spec) ? emptyTensor(spec) : found[next++]!))
}

/** What a loop runs over when all its slices are empty: a number for each step, which the body does not read. */
export const counter = (length: number): { slice: Tensor; steps: Tensor } => ({
  slice: placeholder([], 'f32'),
  steps: expand(literal(0, 'f32'), [length]),
})
