/** Adding rows by number: what the gradient of a table needs. */
import { defineOp } from '../../graph/op.js'
import { isFloat, numberDtypes } from '../../tensor/dtype.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { fromStart } from './ids.js'
import { take } from './take.js'

/** Up to this many different ids a product with one-hot rows beats adding element by element (N 1024, D 128: equal near V 250). */
const fewRows = 256
/** Below this many elements adding one by one takes no time, and keeps an infinity in its own row. */
const fewElements = 4096

/**
 * Row v of the result is the sum of the rows of g whose id is v: g (N, D), ids (N) → (size, D). The same bytes in every run:
 * ScatterND with addition, which would be the plain way, loses updates when several threads meet on one row.
 */
export const sumRows: (g: Tensor, ids: Tensor, size: number) => Tensor = defineOp({
  name: 'sumRows',
  kernels: numberDtypes,
  places: ([, ids], { size }) => ({ ids: ids!, size: size as number }),
  empty: 0,
  args: (g: Tensor, ids: Tensor, size: number) => [[g, ids], { size }],
  spec: ([g], { size }) => ({ shape: [size, g!.shape[1]!], dtype: g!.dtype }),
  vjp: (g, { inputs: [, ids] }) => [take(g, ids!), undefined],
  onnx: (e, [g, ids], { size }, node) => {
    const { shape, dtype } = node.inputs[0]!
    const [rows, columns] = shape as readonly [number, number]
    if (size <= fewRows && rows * columns >= fewElements && isFloat(dtype)) {
      const index = node.inputs[1]!.dtype as 'i32' | 'i64'
      const all = e('Range', [e.scalar(0, index), e.scalar(size, index), e.scalar(1, index)])
      const hot = e('Equal', [e('Unsqueeze', [fromStart(e, ids!, size, index), e.ints([1])]), all])
      return e('Gemm', [e.cast(hot, dtype), g], { transA: 1 })
    }
    const zeros = e('Expand', [e.scalar(0, dtype), e.ints([size, columns])])
    const wide = e('Expand', [e('Unsqueeze', [ids, e.ints([1])]), e.ints([rows, columns])])
    return e('ScatterElements', [zeros, wide, g], { axis: 0, reduction: 'add' })
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})
