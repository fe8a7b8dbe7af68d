/** Losses of yes-or-no answers. */
import { defineOp } from '../../graph/op.js'
import { logOnePlus } from '../../ops/activation/logOnePlus.js'
import { logSigmoid } from '../../ops/activation/softplus.js'
import { add, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { clamp } from '../../ops/elementwise/select.js'
import { log, sigmoid } from '../../ops/elementwise/unary.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { note } from './facts.js'
import { checkSame, type LossOptions, weighted } from './reduction.js'

/** Options of the binary cross entropies. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** one factor per element, or broadcasting; the mean is over elements all the same */
  readonly weight?: Tensor
}

/** (1 − y)x + log(1 + e^(−x)), whose gradient is σ(x) − y. */
const surprise: (logits: Tensor, target: Tensor) => Tensor = defineOp({
  name: 'binarySurprise',
  args: (logits: Tensor, target: Tensor) => [[logits, target], {}],
  spec: ([logits]) => logits!,
  vjp: (g, { inputs: [x, y], needs }) => [mul(g, sub(sigmoid(x!), y!)), needs[1] ? neg(mul(g, x!)) : undefined],
  onnx: (e, [x, y], _, node) => {
    const { dtype } = node.outputs[0]!
    const no = e('Mul', [e('Sub', [e.scalar(1, dtype), y]), x])
    // log(1 + e^(−x)) = max(−x, 0) + log(1 + e^(−|x|))
    return e('Add', [e('Add', [no, e('Max', [e('Neg', [x]), e.scalar(0, dtype)])]), logOnePlus(e, x!, dtype)])
  },
  flops: (node) => 12 * sizeOf(node.outputs[0]!.shape),
})

/**
 * −(y log σ(x) + (1 − y) log(1 − σ(x))), averaged, from logits x: neither overflows nor loses digits, however far out they are. `positiveWeight`
 * multiplies the part of the positives, for data where they are rare.
 *
 * Shapes: logits and targets (…) alike, targets 0 … 1; positiveWeight broadcasts. Throws ShapeError when logits and targets differ.
 *
 * @example binaryCrossEntropyWithLogits(model.forward(x), y)
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { positiveWeight, weight, reduction }: BinaryCrossEntropyOptions & { readonly positiveWeight?: Tensor } = {},
): Tensor {
  checkSame('binaryCrossEntropyWithLogits', logits, target)
  const x = real(logits)
  const y = cast(target, x.dtype)
  const decided = (each: Tensor): Tensor => note(weighted(each, weight, reduction), { answers: { kind: 'decisions', level: 0 } })
  if (!positiveWeight) return decided(surprise(x, y))
  const factor = add(mul(sub(positiveWeight, 1), y), 1)
  return decided(sub(mul(sub(1, y), x), mul(factor, logSigmoid(x))))
}

/**
 * −(y log p + (1 − y) log(1 − p)), averaged, from probabilities p; logarithms stop at −100, as in PyTorch. Logits are better served by
 * `binaryCrossEntropyWithLogits`.
 *
 * Shapes: probabilities and targets (…) alike. Throws ShapeError when they differ.
 */
export function binaryCrossEntropy(probabilities: Tensor, target: Tensor, { weight, reduction }: BinaryCrossEntropyOptions = {}): Tensor {
  checkSame('binaryCrossEntropy', probabilities, target)
  const p = real(probabilities)
  const y = cast(target, p.dtype)
  const [yes, no] = [clamp(log(p), { min: -100 }), clamp(log(sub(1, p)), { min: -100 })]
  return note(weighted(neg(add(mul(y, yes), mul(sub(1, y), no))), weight, reduction), { answers: { kind: 'decisions', level: 0.5 } })
}
