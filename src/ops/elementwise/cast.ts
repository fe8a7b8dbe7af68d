/** Changing the dtype. */
import { defineOp } from '../../graph/op.js'
import { type Dtype, dtypes, isFloat } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'

const convert = defineOp({
  name: 'cast',
  kernels: dtypes,
  args: (x: Tensor, dtype: Dtype) => [[x], { dtype }],
  spec: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  vjp: (g, { inputs: [x], attrs: { dtype } }) => [isFloat(x!.dtype) && isFloat(dtype) ? cast(g, x!.dtype) : undefined],
  onnx: (e, [x], { dtype }) => e.cast(x!, dtype),
})

/** x in another dtype: floats to integers drop the fraction, to bool become x ≠ 0. Gradients pass between floats. */
export const cast = <D extends Dtype>(x: Tensor, dtype: D): Tensor<D> => (x.dtype === dtype ? x : convert(x, dtype)) as Tensor<D>
