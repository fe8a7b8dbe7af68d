/** Loops whose number of steps shows only when they run: for algorithms that go on until they are exact enough. */
import { placeholder } from '../../graph/leaf.js'
import { type Body, defineMultiOp, SubGraph } from '../../graph/op.js'
import { closeOver } from '../../graph/walk.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'

interface IterateAttrs {
  /** parameters: number of the step, whether to go on, carries, captured values; outputs: whether to go on, new carries */
  readonly body: Body
  readonly carries: number
  readonly limit: number
  readonly [key: string]: unknown
}

const loop: (inputs: readonly Tensor[], attrs: IterateAttrs) => Tensor[] = defineMultiOp({
  name: 'iterate',
  args: (inputs: readonly Tensor[], attrs: IterateAttrs) => [inputs, attrs],
  spec: (inputs, { body, carries }) =>
    inputs.slice(0, carries).map(({ shape, dtype }, i) => {
      const out = body.outputs[i + 1]!
      if (!sameShape(out.shape, shape) || out.dtype !== dtype)
        throw new ShapeError(
          `iterate: carry ${i} goes in as ${showShape(shape)} ${dtype} and comes out as ${showShape(out.shape)} ${out.dtype}: both must be the same`,
        )
      return { shape, dtype }
    }),
  onnx: (e, inputs, { body, carries, limit }) =>
    e.many('Loop', [e.scalar(limit, 'i64'), e.scalar(1, 'bool'), ...inputs.slice(0, carries)], carries, {
      body: new SubGraph(
        body,
        body.params.map((_, i) => (i < 2 + carries ? undefined : inputs[i - 2])),
      ),
    }),
})

/**
 * Repeats `step` on a carry at least once and at most `limit` times, and stops after a step whose `more` is false. The step is given its
 * number, 0-d i64. Without a gradient: whoever uses it knows one in closed form.
 */
export function iterate<C extends Tree>(
  step: (carry: C, index: Tensor) => { carry: C; more?: Tensor | undefined },
  init: C,
  limit: number,
): C {
  const first = leavesOf(init)
  const [index, going] = [placeholder([], 'i64'), placeholder([], 'bool')]
  const carryIn = first.map((c) => placeholder(c.shape, c.dtype))
  const { carry, more } = step(rebuild(init, carryIn), index)
  const { body, captured } = closeOver([index, going, ...carryIn], [more ?? going, ...leavesOf(carry)])
  return rebuild(init, loop([...first, ...captured], { body, carries: first.length, limit }))
}
