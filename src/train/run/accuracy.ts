/** Accuracy as part of a graph, where a task is one of classes. */

import { cast } from '../../ops/elementwise/cast.js'
import { equal } from '../../ops/elementwise/compare.js'
import { argmax } from '../../ops/reduce/extremes.js'
import { mean } from '../../ops/reduce/sum.js'
import { isFloat } from '../../tensor/dtype.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * The share of examples whose highest score is the target's class, for scores (N, C) or (N, C, …) and class ids (N) or (N, …);
 * undefined for other tasks.
 */
export function accuracyOf(output: Tensor, target: Tensor): Tensor | undefined {
  if (isFloat(target.dtype) || output.rank !== target.rank + 1) return undefined
  if (!sameShape([output.shape[0]!, ...output.shape.slice(2)], target.shape)) return undefined
  return mean(cast(equal(argmax(output, 1), cast(target, 'i32')), 'f32'))
}
