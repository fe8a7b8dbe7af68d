/** Losses of yes-or-no answers. */

import { logOnePlus } from '../functional/activation/logOnePlus.js'
import { logSigmoid } from '../functional/activation/softplus.js'
import { defineOp, type Emit } from '../graph/op.js'
import { add, div, maximum, mul, neg, sub } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { emitLog1p } from '../ops/elementwise/precise.js'
import { real } from '../ops/elementwise/real.js'
import { sigmoid } from '../ops/elementwise/unary.js'
import type { Dtype } from '../tensor/dtype.js'
import { sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { note } from './facts.js'
import { checkSame, type LossOptions, weighted } from './reduction.js'

/** Options of the binary cross entropies. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** one factor per element, or broadcasting; the mean is over elements all the same */
  readonly weight?: Tensor | undefined
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
  { positiveWeight, weight, reduction }: BinaryCrossEntropyOptions & { readonly positiveWeight?: Tensor | undefined } = {},
): Tensor {
  checkSame('binaryCrossEntropyWithLogits', logits, target)
  const x = real(logits)
  const y = cast(target, x.dtype)
  const decided = (each: Tensor): Tensor => note(weighted(each, weight, reduction), { answers: { kind: 'decisions', level: 0 } })
  if (!positiveWeight) return decided(surprise(x, y))
  const factor = add(mul(sub(positiveWeight, 1), y), 1)
  return decided(sub(mul(sub(1, y), x), mul(factor, logSigmoid(x))))
}

/** p(1 − p), at least 1e-12: what gradients of probabilities are divided by. */
const spread = (p: Tensor): Tensor => maximum(mul(p, sub(1, p)), 1e-12)

/** Writes log p and log(1 − p), neither below −100. */
function boundedLogs(e: Emit, p: string, dtype: Dtype): [yes: string, no: string] {
  const bounded = (log: string): string => e('Max', [log, e.scalar(-100, dtype)])
  return [bounded(e('Log', [p])), bounded(emitLog1p(e, e('Neg', [p]), dtype))]
}

/** log p − log(1 − p) of bounded logarithms, with the bounded gradient. */
const logOdds: (p: Tensor) => Tensor = defineOp({
  name: 'logOdds',
  args: (p: Tensor) => [[p], {}],
  spec: ([p]) => p!,
  vjp: (g, { inputs: [p] }) => [div(g, spread(p!))],
  onnx: (e, [p], _, node) => e('Sub', boundedLogs(e, p!, node.outputs[0]!.dtype)),
  flops: (node) => 20 * sizeOf(node.outputs[0]!.shape),
})

/** −(y log p + (1 − y) log(1 − p)): the gradient (p − y) / (p(1 − p)) stays finite at the ends, and is 0 where p = y. */
const shareSurprise: (p: Tensor, target: Tensor) => Tensor = defineOp({
  name: 'shareSurprise',
  args: (p: Tensor, target: Tensor) => [[p, target], {}],
  spec: ([p]) => p!,
  vjp: (g, { inputs: [p, y], needs }) => [
    needs[0] ? mul(g, div(sub(p!, y!), spread(p!))) : undefined,
    needs[1] ? neg(mul(g, logOdds(p!))) : undefined,
  ],
  onnx: (e, [p, y], _, node) => {
    const { dtype } = node.outputs[0]!
    const [yes, no] = boundedLogs(e, p!, dtype)
    return e('Neg', [e('Add', [e('Mul', [y, yes]), e('Mul', [e('Sub', [e.scalar(1, dtype), y]), no])])])
  },
  flops: (node) => 24 * sizeOf(node.outputs[0]!.shape),
})

/**
 * −(y log p + (1 − y) log(1 − p)), averaged, from probabilities p; logarithms stop at −100 and the gradient is (p − y) / max(p(1 − p), 1e-12), as in
 * PyTorch. Logits are better served by `binaryCrossEntropyWithLogits`.
 *
 * Shapes: probabilities and targets (…) alike. Throws ShapeError when they differ.
 *
 * @example binaryCrossEntropy(tensor([1, 0.5]), tensor([1, 1])) // ln 2 / 2
 */
export function binaryCrossEntropy(probabilities: Tensor, target: Tensor, { weight, reduction }: BinaryCrossEntropyOptions = {}): Tensor {
  checkSame('binaryCrossEntropy', probabilities, target)
  const p = real(probabilities)
  const each = shareSurprise(p, cast(target, p.dtype))
  return note(weighted(each, weight, reduction), { answers: { kind: 'decisions', level: 0.5 } })
}
