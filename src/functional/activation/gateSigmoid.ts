/** The sigmoid of gates, where speed counts and digits far out do not. */

import { defineOp } from '../../graph/op.js'
import { mul, sub } from '../../ops/elementwise/arithmetic.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** σ to 6e-8 of 1, in one node: for gates, which multiply what is of the size of 1. */
export const gateSigmoid: <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]> = defineOp({
  name: 'gateSigmoid',
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => x!,
  vjp: (g, { out }) => [mul(g, mul(out, sub(1, out)))],
  onnx: (e, [x]) => e('Sigmoid', [x]),
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})
