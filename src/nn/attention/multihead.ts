/** Multi-head attention, as PyTorch names its parameters. */

import { attentionWeights, scaledDotProductAttention } from '../../functional/attention.js'
import { describe } from '../../graph/leaf.js'
import { squeeze, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { split } from '../../ops/move/slice.js'
import { linear } from '../../ops/products/matmul.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Dropout } from '../dropout.js'
import { xavierUniform, zeros } from '../init.js'
import { Linear } from '../linear.js'
import { Param } from '../param.js'
import { joinHeads, splitHeads } from './heads.js'
import { bothMasks } from './masks.js'

/** Options of MultiheadAttention. */
export interface MultiheadAttentionOptions {
  /** default true */
  readonly bias?: boolean | undefined
  /** probability with which a weight is dropped in training; default 0 */
  readonly dropout?: number | undefined
  /** width of the keys; default D */
  readonly keyWidth?: number | undefined
  /** width of the values; default D */
  readonly valueWidth?: number | undefined
  /** inputs and output are (T, N, D) instead of (N, T, D); default false */
  readonly timeFirst?: boolean | undefined
}

/** Who may look where. */
export interface AttentionMasks {
  /** bool: true where a query may look; float: added to the scores. Broadcasts to (N, H, T, S) */
  readonly mask?: Tensor | undefined
  /** bool (N, S): true for keys that are there, false for padding */
  readonly keyMask?: Tensor | undefined
  /** whether query t sees keys 0 … t only; default false */
  readonly causal?: boolean | undefined
}

/** What attention gives. */
export interface AttentionResult<D extends Dtype = Dtype> {
  /** (N, T, D) */
  readonly output: Tensor<D>
  /** how much each query took from each key, (N, H, T, S), before dropout; `weights.mean(1)` averages the heads. Computed only when used */
  readonly weights: Tensor<D>
}

/**
 * Concat(head₁ … head_H) W_O + b_O with headᵢ = softmax(q kᵀ/√(D/H) + mask) v, where q, k, v are projections of query, key and value
 * [Vaswani 2017]. Without key and value the query attends to itself; without value the keys are the values.
 *
 * Shapes: query (N, T, D), key (N, S, keyWidth), value (N, S, valueWidth), or all without N → output (N, T, D), weights (N, H, T, S);
 * in_proj_weight (3 · D, D), or q_proj_weight, k_proj_weight and v_proj_weight when widths differ; in_proj_bias (3 · D), out_proj (D, D).
 * Initial values: projections Xavier uniform, out_proj.weight uniform within ±1/√D, biases 0, as in PyTorch.
 * Unlike there batches come first, a bool mask is true where a query may look, weights are not averaged over heads, and a query that may look
 * nowhere gives the bias of out_proj instead of NaN.
 * Throws HebbError when H does not divide D, ShapeError when shapes do not fit.
 *
 * @example const { output, weights } = new MultiheadAttention(64, 4).forward(x, memory, memory, { keyMask: lengthMask([7, 5], 7) })
 */
export class MultiheadAttention {
  readonly in_proj_weight?: Param
  readonly q_proj_weight?: Param
  readonly k_proj_weight?: Param
  readonly v_proj_weight?: Param
  readonly in_proj_bias?: Param
  readonly out_proj: Linear
  private readonly drop: Dropout
  private readonly widths: readonly [number, number, number]
  private readonly timeFirst: boolean

  constructor(
    private readonly width: number,
    private readonly heads: number,
    { bias = true, dropout = 0, keyWidth = width, valueWidth = width, timeFirst = false }: MultiheadAttentionOptions = {},
  ) {
    checkHeadCount('MultiheadAttention', width, heads)
    this.widths = [width, keyWidth, valueWidth]
    this.timeFirst = timeFirst
    this.drop = new Dropout(dropout)
    if (keyWidth === width && valueWidth === width) this.in_proj_weight = new Param([3 * width, width], xavierUniform())
    else {
      this.q_proj_weight = new Param([width, width], xavierUniform())
      this.k_proj_weight = new Param([width, keyWidth], xavierUniform())
      this.v_proj_weight = new Param([width, valueWidth], xavierUniform())
    }
    if (bias) this.in_proj_bias = new Param([3 * width], zeros)
    const out = new Linear(width, width, { bias: false })
    this.out_proj = bias ? Object.assign(out, { bias: new Param([width], zeros) }) : out
  }

  forward<D extends Dtype>(query: Tensor<D>, key?: Tensor<D>, value?: Tensor<D>, masks?: AttentionMasks): AttentionResult<Fractional[D]>
  forward(query: Tensor, key: Tensor = query, value: Tensor = key, masks: AttentionMasks = {}): AttentionResult {
    this.check(query, key, value)
    if (query.rank === 2) return this.single(query, key, value, masks)
    const [q, k, v] = this.project(query, key, value).map((x) => splitHeads(x, this.heads)) as [Tensor, Tensor, Tensor]
    const { causal = false } = masks
    const options = { causal, mask: bothMasks(masks) }
    const y = scaledDotProductAttention(q, k, v, { ...options, onWeights: (w) => this.drop.forward(w) })
    const output = this.out_proj.forward(joinHeads(y))
    return {
      output: this.timeFirst ? transpose(output, 0, 1) : output,
      get weights() {
        return attentionWeights(q, k, options)
      },
    }
  }

  /** Queries, keys and values (N, T, D): one product for inputs that are the same. */
  private project(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    const [q, k, v] = this.timeFirst ? [query, key, value].map((x) => transpose(x, 0, 1)) : [query, key, value]
    const { width, in_proj_weight: whole, in_proj_bias: bias } = this
    if (whole && query === key && key === value) return split(linear(q!, whole, bias), width, 2)
    const [qBias, kvBias] = bias ? split(bias, [width, 2 * width]) : []
    if (whole && key === value) {
      const [qWeight, kvWeight] = split(whole, [width, 2 * width])
      return [linear(q!, qWeight!, qBias), ...split(linear(k!, kvWeight!, kvBias), width, 2)]
    }
    const weights = whole ? split(whole, width) : [this.q_proj_weight!, this.k_proj_weight!, this.v_proj_weight!]
    const biases = bias ? split(bias, width) : []
    return [q!, k!, v!].map((x, i) => linear(x, weights[i]!, biases[i]))
  }

  /** A sequence without a batch is a batch of one. */
  private single(query: Tensor, key: Tensor, value: Tensor, { keyMask, ...rest }: AttentionMasks): AttentionResult {
    const axis = this.timeFirst ? 1 : 0
    const seen = new Map<Tensor, Tensor>()
    const lift = (x: Tensor): Tensor => {
      const lifted = seen.get(x) ?? unsqueeze(x, axis)
      seen.set(x, lifted)
      return lifted
    }
    const padding = keyMask?.rank === 1 ? unsqueeze(keyMask, 0) : keyMask
    const result = this.forward(lift(query), lift(key), lift(value), { ...rest, keyMask: padding })
    return {
      output: squeeze(result.output, axis),
      get weights() {
        return squeeze(result.weights, 0)
      },
    }
  }

  private check(query: Tensor, key: Tensor, value: Tensor): void {
    const inputs = [query, key, value]
    const [batch, time] = this.timeFirst ? [1, 0] : [0, 1]
    const says = `\n  inputs: query ${describe(query)}, key ${describe(key)}, value ${describe(value)}`
    if (inputs.some((x) => x.rank !== query.rank) || (query.rank !== 2 && query.rank !== 3))
      throw new ShapeError(
        `MultiheadAttention: needs query, key and value (${this.timeFirst ? 'T, N' : 'N, T'}, D), or all without N${says}`,
      )
    inputs.forEach((x, i) => {
      if (x.shape.at(-1) !== this.widths[i])
        throw new ShapeError(
          `MultiheadAttention: the ${['query', 'key', 'value'][i]} has width ${x.shape.at(-1)}, not ${this.widths[i]}${says}`,
        )
    })
    const along = query.rank === 2 ? 0 : time
    if (key.shape[along] !== value.shape[along]) throw new ShapeError(`MultiheadAttention: there is not one value for each key${says}`)
    if (query.rank === 3 && inputs.some((x) => x.shape[batch] !== query.shape[batch]))
      throw new ShapeError(`MultiheadAttention: batches differ${says}`)
  }
}

/** Throws HebbError unless the heads share the width evenly. */
export function checkHeadCount(name: string, width: number, heads: number): void {
  if (!Number.isInteger(width) || width < 1) throw new HebbError(`${name}: ${width} is no width: give a whole number of 1 or more`)
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0)
    throw new HebbError(`${name}: width ${width} cannot be shared evenly between ${heads} heads: choose a number that divides it`)
}
