/** What every activation with kinks needs backward: a gradient that passes on one side of zero. */
import { defineOp, float } from '../../graph/op.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** 1 / (smallest number) would overflow; this makes every y down to 3·10⁻³⁹ count as positive */
const steep = 3.4028234e38

/**
 * g where y > 0, elsewhere `below`·g; g and y of one shape. As g times a mask: ±∞ meeting a 0 of the mask gives NaN.
 *
 * The mask is one saturating node: 0.5 ms for 10⁶ numbers on two threads, where a comparison and a choice take 1.2 to 1.8 ms, and a comparison
 * cast to numbers 1.1 to 1.4.
 */
export const gate: (g: Tensor, y: Tensor, below?: number) => Tensor = defineOp({
  name: 'gate',
  args: (g: Tensor, y: Tensor, below?: number) => [[g, y], { below: below ?? 0 }],
  spec: ([g]) => g!,
  vjp: (gg, { inputs: [, y], attrs: { below }, needs }) => [needs[0] ? gate(gg, y!, below) : undefined],
  onnx: (e, [g, y], { below }, node) => {
    const { dtype } = node.outputs[0]!
    if (dtype === 'f32' && below >= 0 && below <= 1) {
      const mask = e('HardSigmoid', [y], { alpha: float(steep), beta: float(0) })
      return e('Mul', [g, below === 0 ? mask : e('Max', [mask, e.scalar(below, dtype)])])
    }
    // NaN passes, as in PyTorch
    const stopped = e('LessOrEqual', [y, e.scalar(0, dtype)])
    return e('Where', [stopped, below === 0 ? e.scalar(0, dtype) : e('Mul', [g, e.scalar(below, dtype)]), g])
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})
