/** What losses over classes share: scores as rows, ids that count, and the surprise at an id. */

import { logSoftmax } from '../functional/normal/softmax.js'
import { describe } from '../graph/leaf.js'
import { defineOp } from '../graph/op.js'
import { mul } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { equal, not } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { where } from '../ops/elementwise/select.js'
import { exp } from '../ops/elementwise/unary.js'
import { scatterAdd } from '../ops/gather/along.js'
import { take } from '../ops/gather/take.js'
import { reshape, transpose } from '../ops/move/reshape.js'
import { isFloat } from '../tensor/dtype.js'
import { DtypeError, ShapeError } from '../tensor/errors.js'
import { type Shape, sameShape, showShape, sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** The axis of classes: the only one, else the second. */
export const classAxis = (scores: Tensor): number => (scores.rank === 1 ? 0 : 1)

/** Scores (N, C, …) or (C) as rows (M, C). */
export function rowsOfClasses(scores: Tensor): Tensor {
  const axis = classAxis(scores)
  const classes = scores.shape[axis]!
  const last = scores.rank > 2 ? transpose(scores, [...scores.shape.keys()].filter((i) => i !== axis).concat(axis)) : scores
  return reshape(real(last), [classes === 0 ? 0 : scores.size / classes, classes])
}

/** The shape of one id, or one loss, per row. */
export const idShape = (scores: Tensor): Shape => scores.shape.filter((_, i) => i !== classAxis(scores))

/** What a loss over classes is asked about. */
export interface Question {
  readonly loss: string
  readonly scores: Tensor
  /** the scores as rows (M, C) */
  readonly rows: Tensor
  readonly target: Tensor
  /** id whose rows do not count; every id counts where it is missing */
  readonly ignoreIndex?: number | undefined
  readonly weight: Tensor | undefined
}

/** Target ids made safe to look up, each in a row of its own as its scores are: what comes of them needs no other shape up to the mean. */
export interface Ids {
  /** ids (M, 1), 0 where they do not count */
  readonly ids: Tensor
  /** where they do not count (M, 1) */
  readonly ignored: Tensor | undefined
  /** weight of each id's class (M, 1), 0 where it does not count */
  readonly factors: Tensor | undefined
  readonly asked: Question
}

/** Ids of classes, those that do not count set aside. Throws ShapeError or DtypeError naming the loss where they or the weight do not fit. */
export function idsOf(asked: Question): Ids {
  const { loss, scores, rows, target, ignoreIndex, weight } = asked
  const inputs = `\n  inputs: scores ${describe(scores)}, targets ${describe(target)}`
  if (!sameShape(target.shape, idShape(scores)))
    throw new ShapeError(`${loss}: class ids for scores ${showShape(scores.shape)} have the shape ${showShape(idShape(scores))}${inputs}`)
  if (isFloat(target.dtype) || target.dtype === 'bool')
    throw new DtypeError(`${loss}: class ids are ${target.dtype}: cast them to i32${inputs}`)
  const classes = rows.shape[1]!
  const wrong = target.value && Array.from(target.value, Number).find((id) => id !== ignoreIndex && (id < 0 || id >= classes))
  if (wrong !== undefined) throw new ShapeError(`${loss}: a target is class ${wrong}, but there are classes 0 to ${classes - 1} only`)
  const column = reshape(target.dtype === 'u8' ? cast(target, 'i32') : target, [target.size, 1])
  const ignored = ignoreIndex === undefined ? undefined : equal(column, ignoreIndex)
  const ids = fromStart(ignored ? mul(column, cast(not(ignored), column.dtype)) : column, loss, classes)
  const own = weight && take(classWeight(loss, weight, rows), ids)
  return { ids, ignored, factors: own && ignored ? where(ignored, 0, own) : own, asked }
}

/** One factor per class, in the dtype of the rows. */
export function classWeight(loss: string, weight: Tensor, rows: Tensor): Tensor {
  if (weight.rank !== 1 || weight.size !== rows.shape[1])
    throw new ShapeError(`${loss}: the weight ${describe(weight)} has not one number for each of ${rows.shape[1]} classes`)
  return cast(weight, rows.dtype)
}

/** Ids of a loss's classes that cannot count from the end: without its sign bit a negative one is far too large, and the run fails at it. */
export const fromStart: (ids: Tensor, loss: string, classes: number) => Tensor = defineOp({
  name: 'classIds',
  kernels: ['u8', 'i32', 'i64'],
  places: ([ids], { loss, classes }) => ({ ids: ids!, size: classes as number, loss: loss as string }),
  args: (ids: Tensor, loss: string, classes: number) => [[ids], { loss, classes }],
  spec: ([ids]) => ids!,
  onnx: (e, [ids], _, node) => {
    const wide = node.inputs[0]!.dtype === 'i64'
    const mask = wide ? e.constant(BigInt64Array.of(2n ** 63n - 1n), [], 'i64') : e.constant(Int32Array.of(2 ** 31 - 1), [], 'i32')
    return e('BitwiseAnd', [ids, mask])
  },
})

/**
 * −log softmax(logits)[id] per row: logits (M, C), ids (M, 1) → (M, 1). Its gradient is (softmax − 1 at the ids)·g: two passes over the logits.
 * A run fails when an id is no class.
 */
export const surprise: (logits: Tensor, ids: Tensor) => Tensor = defineOp({
  name: 'surprise',
  args: (logits: Tensor, ids: Tensor) => [[logits, ids], {}],
  spec: ([logits]) => ({ shape: [logits!.shape[0]!, 1], dtype: logits!.dtype }),
  vjp: (g, { inputs: [logits, ids] }) => [mul(scatterAdd(exp(logSoftmax(logits!, 1)), ids!, -1, 1), g), undefined],
  // LogSoftmax and GatherElements take 0.4 ms for 1024 × 1024 where SoftmaxCrossEntropyLoss takes 1.3
  onnx: (e, [logits, ids]) => e('Neg', [e('GatherElements', [e('LogSoftmax', [logits], { axis: 1 }), ids], { axis: 1 })]),
  flops: (node) => 5 * sizeOf(node.inputs[0]!.shape),
})
