/** Attention: values averaged by how well their keys answer a query. */

import { describe, literal } from '../graph/leaf.js'
import { defineMultiOp } from '../graph/op.js'
import { add, mul, sub } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { greater, lessEqual } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { tanh } from '../ops/elementwise/unary.js'
import { concat } from '../ops/move/concat.js'
import { arange, full } from '../ops/move/create.js'
import { reshape, transpose, unsqueeze } from '../ops/move/reshape.js'
import { slice } from '../ops/move/slice.js'
import { matmul } from '../ops/products/matmul.js'
import { any, max } from '../ops/reduce/extremes.js'
import { sum } from '../ops/reduce/sum.js'
import type { Dtype } from '../tensor/dtype.js'
import { isFloat, promote } from '../tensor/dtype.js'
import type { Fractional, Promoted } from '../tensor/dtypes.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { broadcast, type Shape, sameShape, showShape, sizeOf } from '../tensor/shape.js'
import type { Node, Tensor } from '../tensor/tensor.js'
import { softmax } from './normal/softmax.js'

/** Options of scaledDotProductAttention. */
export interface AttentionOptions {
  /** bool: true where a query may look; float: added to the scores. Broadcasts to (…, H, T, S) */
  readonly mask?: Tensor | undefined
  /** whether query t sees keys 0 … t only; aligned at the top left. Default false */
  readonly causal?: boolean | undefined
  /** factor of the scores; default 1/√D */
  readonly scale?: number | undefined
  /** c: scores become c · tanh(score / c) before anything is hidden, and so stay within ±c [Riviere 2024]; default none */
  readonly softCap?: number | undefined
}

/** What may happen to the weights between the softmax and the values. */
export interface AveragingOptions extends AttentionOptions {
  /** given the weights, each head's queries by keys; dropout in training */
  readonly onWeights?: ((weights: Tensor) => Tensor) | undefined
}

/** What hidden places add to a score: its exponential is 0 beside any other, yet a row of nothing else stays finite. */
export const hidden = -1e30

/**
 * softmax(q kᵀ · scale + mask) v [Vaswani 2017], scores capped softly first where `softCap` says so.
 *
 * q (…, H, T, D), k (…, G, S, D), v (…, G, S, E) → (…, H, T, E). With fewer heads G of keys than of queries, each serves H/G queries in a row
 * [Ainslie 2023]. A query that may look nowhere gives 0 and has gradient 0, as in PyTorch.
 * Throws ShapeError when shapes do not fit or H is no multiple of G, DtypeError for a mask of integers.
 *
 * @example scaledDotProductAttention(q, k, v, { causal: true })
 */
export function scaledDotProductAttention<D extends Dtype>(
  q: Tensor<D>,
  k: Tensor<D>,
  v: Tensor<D>,
  options?: AveragingOptions,
): Tensor<Fractional[D]>
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AveragingOptions = {}): Tensor {
  const groups = checkHeads(q, k, v)
  const { onWeights, mask, causal } = options
  const blocks = causal && !mask && !onWeights ? causalBlocks(q.shape.at(-2)!) : []
  if (blocks.length > 1)
    return concat(
      blocks.map((block) => oneBlock(q, k, v, groups, block, options)),
      -2,
    )
  const { scores, sees } = foldedScores(q, k, groups, options)
  const mean = onWeights ? matmul(onWeights(softmax(scores)), real(v)) : averaged(scores, v)
  const y = unfold(mean, q.shape, v.shape.at(-1)!)
  return sees ? mul(y, cast(sees, y.dtype)) : y
}

/**
 * softmax(q kᵀ · scale + mask): how much each query takes from each key, the weights of {@link scaledDotProductAttention}.
 *
 * q (…, H, T, D), k (…, G, S, D) → (…, H, T, S). A query that may look nowhere has weights 0. Throws as there.
 *
 * @example attentionWeights(q, k, { causal: true }) // a map to draw
 */
export function attentionWeights<D extends Dtype, E extends Dtype>(
  q: Tensor<D>,
  k: Tensor<E>,
  options?: AttentionOptions,
): Tensor<Fractional[Promoted[D][E]]>
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionOptions = {}): Tensor {
  const { scores, sees } = foldedScores(q, k, checkHeads(q, k, k), options)
  const weights = unfold(softmax(scores), q.shape, k.shape.at(-2)!)
  return sees ? mul(weights, cast(sees, weights.dtype)) : weights
}

/**
 * y = w v with w = softmax(scores), and w itself: scores (…, T, S), v (…, S, E) → y (…, T, E), w (…, T, S). One primitive for its gradient:
 * what softmax takes off, Σₛ gw·w, is Σₑ gy·y, which has no S [Dao 2022], so two passes over T × S numbers fewer.
 */
const average: (scores: Tensor, v: Tensor) => Tensor[] = defineMultiOp({
  name: 'softmaxAverage',
  empty: ([scores], _, [y]) => [full(y!.shape, 0, y), softmax(scores!)],
  args: (scores: Tensor, v: Tensor) => [[scores, v], {}],
  spec: ([scores, v]) => [{ shape: [...scores!.shape.slice(0, -1), v!.shape.at(-1)!], dtype: v!.dtype }, scores!],
  vjp: ([gy, gw], { inputs: [, v], outs: [y, w], needs }) => {
    const terms = [
      gy && sub(matmul(gy, transpose(v!)), sum(mul(gy, y!), -1, { keep: true })),
      gw && sub(gw, sum(mul(gw, w!), -1, { keep: true })),
    ]
    const [first, second] = terms.filter((t) => t !== undefined)
    return [needs[0] ? mul(w!, second ? add(first!, second) : first!) : undefined, needs[1] && gy ? matmul(transpose(w!), gy) : undefined]
  },
  onnx: (e, [scores, v]) => {
    const weights = e('Softmax', [scores], { axis: -1 })
    return [e('MatMul', [weights, v]), weights]
  },
  flops: (node) => 5 * sizeOf(node.outputs[1]!.shape) + 2 * sizeOf(node.outputs[1]!.shape) * node.outputs[0]!.shape.at(-1)!,
})

/** softmax(scores) v in the larger of both dtypes. */
function averaged(scores: Tensor, v: Tensor): Tensor {
  const dtype = promote(scores.dtype, real(v).dtype)
  return average(cast(scores, dtype), cast(v, dtype))[0]!
}

/** Queries in a block of causal attention at least, and blocks at most: more of them save little of what is left, and each is a dozen nodes. */
const [leastBlock, mostBlocks] = [128, 4]

/** Queries from … to − 1. */
interface Block {
  readonly from: number
  readonly to: number
}

/** The blocks of queries in which causal attention without a mask is taken; one if there are few. */
export function causalBlocks(steps: number): Block[] {
  const blocks = Math.max(1, Math.min(mostBlocks, Math.floor(steps / leastBlock)))
  return Array.from({ length: blocks }, (_, i) => ({
    from: Math.floor((i * steps) / blocks),
    to: Math.floor(((i + 1) * steps) / blocks),
  }))
}

/** Causal attention of one block of queries, which looks at the keys up to its last query alone: with four blocks 3/8 of T × S are never computed. */
function oneBlock(q: Tensor, k: Tensor, v: Tensor, groups: number, { from, to }: Block, options: AttentionOptions): Tensor {
  const rows = (x: Tensor, first: number, end: number): Tensor => slice(x, [...x.shape.slice(2).map(() => null), [first, end]])
  const [own, end] = [rows(q, from, to), Math.min(to, k.shape.at(-2)!)]
  const { scores } = foldedScores(own, rows(k, 0, end), groups, options, from)
  return unfold(averaged(scores, rows(v, 0, end)), own.shape, v.shape.at(-1)!)
}

/** The scores, where queries that share keys are rows of one product, and which queries see anything at all. */
function foldedScores(
  q: Tensor,
  k: Tensor,
  groups: number,
  options: AttentionOptions,
  from = 0,
): { scores: Tensor; sees: Tensor | undefined } {
  const { mask, causal = false, scale = 1 / Math.sqrt(q.shape.at(-1) ?? 1), softCap } = options
  if (mask && mask.dtype !== 'bool' && !isFloat(mask.dtype))
    throw new DtypeError(`scaledDotProductAttention: the mask is ${mask.dtype}: bool hides, floats are added; compare or cast it`)
  const [steps, places] = [q.shape.at(-2)!, k.shape.at(-2)!]
  // (…, H, T, D) → (…, G, H/G·T, D)
  let scores = capped(matmul(fold(mul(real(q), scale), groups), transpose(real(k))), softCap)
  const visible = mask && checkMask(mask, [...q.shape.slice(0, -1), places], q)
  if (visible || causal) {
    let full = unfold(scores, q.shape, places)
    if (causal) full = add(full, triangle(steps, places, full, from))
    if (visible) full = add(full, visible.dtype === 'bool' ? shade(visible, full) : clamp(cast(visible, full.dtype), { min: hidden }))
    scores = fold(full, groups)
  }
  return { scores, sees: visible && seesSomething(visible, causal ? [steps, places] : undefined) }
}

/** cap · tanh(x / cap): nearly x near 0, and never beyond ±cap; x itself without a cap. */
export function capped(x: Tensor, cap: number | undefined): Tensor {
  if (cap === undefined) return x
  if (!(cap > 0)) throw new HebbError(`attention: softCap ${cap}: give a number above 0`)
  const y = mul(tanh(mul(x, 1 / cap)), cap)
  caps.set(y.node, { x, cap })
  return y
}

const caps = new WeakMap<Node, { readonly x: Tensor; readonly cap: number }>()

/** What was capped, and by how much, where a tensor comes of {@link capped}. */
export const capOf = ({ node }: Tensor): { readonly x: Tensor; readonly cap: number } | undefined => caps.get(node)

/** How many queries share a head of keys. */
function checkHeads(q: Tensor, k: Tensor, v: Tensor): number {
  const inputs = `\n  inputs: q ${describe(q)}, k ${describe(k)}, v ${describe(v)}`
  if (q.rank < 2 || k.rank !== q.rank || v.rank !== q.rank)
    throw new ShapeError(`scaledDotProductAttention: needs q, k and v (…, H, T, D) of one rank, at least 2${inputs}`)
  if (q.shape.at(-1) !== k.shape.at(-1)) throw new ShapeError(`scaledDotProductAttention: queries and keys differ in width${inputs}`)
  if (k.shape.at(-2) !== v.shape.at(-2)) throw new ShapeError(`scaledDotProductAttention: there is not one value for each key${inputs}`)
  const [heads, shared] = [q.shape.at(-3) ?? 1, k.shape.at(-3) ?? 1]
  if ((v.shape.at(-3) ?? 1) !== shared || shared === 0 || heads % shared !== 0)
    throw new ShapeError(`scaledDotProductAttention: ${heads} heads of queries are no multiple of ${shared} of keys and values${inputs}`)
  if (!sameShape(q.shape.slice(0, -3), k.shape.slice(0, -3)) || !sameShape(k.shape.slice(0, -3), v.shape.slice(0, -3)))
    throw new ShapeError(`scaledDotProductAttention: the axes before the heads differ${inputs}`)
  return heads / shared
}

/** (…, H, T, C) → (…, H/g, g·T, C) */
function fold<D extends Dtype>(x: Tensor<D>, g: number): Tensor<D>
function fold(x: Tensor, g: number): Tensor {
  if (g === 1) return x
  const [heads, steps, width] = x.shape.slice(-3)
  return reshape(x, [...x.shape.slice(0, -3), heads! / g, g * steps!, width!])
}

/** Back to (…, H, T, width), with H and T of the queries. */
function unfold<D extends Dtype>(x: Tensor<D>, queries: Shape, width: number): Tensor<D>
function unfold(x: Tensor, queries: Shape, width: number): Tensor {
  return reshape(x, [...queries.slice(0, -1), width])
}

/** Whether query from + t comes no earlier than key s: (T, S). */
const notLater = (steps: number, places: number, from = 0): Tensor => lessEqual(arange(places), unsqueeze(arange(from, from + steps), 1))
const shade = (visible: Tensor, like: Tensor): Tensor => where(visible, literal(0, like.dtype), literal(hidden, like.dtype))
/** What is added to scores (…, T, S) so that no query, the first being number `from`, sees a later key. */
export const triangle = (steps: number, places: number, like: Tensor, from = 0): Tensor => shade(notLater(steps, places, from), like)

function checkMask(mask: Tensor, shape: Shape, q: Tensor): Tensor {
  if (mask.rank > shape.length || !sameShape(broadcast([mask.shape, shape], 'scaledDotProductAttention'), shape))
    throw new ShapeError(
      `scaledDotProductAttention: the mask does not broadcast to the scores ${showShape(shape)}\n  inputs: mask ${describe(mask)}, q ${describe(q)}`,
    )
  return mask
}

/** Whether each query sees any key through the mask, and the causal triangle if there is one: (…, T or 1, 1). */
function seesSomething(mask: Tensor, size: readonly [number, number] | undefined): Tensor {
  if (mask.rank < 1) return mask.dtype === 'bool' ? mask : greater(mask, hidden)
  if (!size) return mask.dtype === 'bool' ? any(mask, -1, { keep: true }) : greater(max(mask, -1, { keep: true }), hidden)
  const open = mask.dtype === 'bool' ? mask : greater(mask, hidden)
  return any(where(notLater(...size), open, literal(0, 'bool')), -1, { keep: true })
}
