/** The Transformer's encoder: layers in which all places look at one another. */

import { gelu } from '../../functional/activation/gelu.js'
import { relu } from '../../functional/activation/relu.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Dropout } from '../dropout.js'
import { Linear } from '../linear.js'
import { LayerNorm } from '../normal/layerNorm.js'
import { type AttentionMasks, MultiheadAttention } from './multihead.js'

/** Options of Transformer layers. */
export interface TransformerLayerOptions {
  /** width inside the feed-forward net; default 4 · D */
  readonly hidden?: number | undefined
  /** probability of each dropout in training: of attention weights, inside the feed-forward net, and of what each part adds; default 0.1 */
  readonly dropout?: number | undefined
  /** default 'relu' */
  readonly activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor) | undefined
  /** whether each part normalises its input instead of its sum [Xiong 2020]; default false */
  readonly normFirst?: boolean | undefined
  /** of the normalisations; default 1e-5 */
  readonly eps?: number | undefined
  /** of all projections and normalisations; default true */
  readonly bias?: boolean | undefined
  /** inputs and output are (T, N, D) instead of (N, T, D); default false */
  readonly timeFirst?: boolean | undefined
}

/** Options of a stack of layers. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** whether the last layer's output is normalised; default normFirst, where nothing else does it */
  readonly norm?: boolean | undefined
}

const activations = { relu, gelu }

/** What encoder and decoder layers share: the feed-forward net, and a part with its detour and normalisation. */
export class TransformerPart {
  readonly linear1: Linear
  readonly linear2: Linear
  protected readonly normFirst: boolean
  private readonly activate: (x: Tensor) => Tensor
  private readonly inner: Dropout

  constructor(
    width: number,
    { hidden = 4 * width, dropout = 0.1, activation = 'relu', normFirst = false, bias = true }: TransformerLayerOptions,
  ) {
    const activate = typeof activation === 'function' ? activation : activations[activation]
    if (!activate)
      throw new HebbError(`Transformer layer: activation '${String(activation)}' is neither 'relu' nor 'gelu': give a function`)
    if (!Number.isInteger(hidden) || hidden < 1) throw new HebbError(`Transformer layer: hidden ${hidden} is no width: give 1 or more`)
    this.linear1 = new Linear(width, hidden, { bias })
    this.linear2 = new Linear(hidden, width, { bias })
    this.normFirst = normFirst
    this.activate = activate
    this.inner = new Dropout(dropout)
  }

  protected feed(x: Tensor): Tensor {
    return this.linear2.forward(this.inner.forward(this.activate(this.linear1.forward(x))))
  }

  /** norm(x + drop(f(x))), or x + drop(f(norm(x))) */
  protected around(x: Tensor, f: (x: Tensor) => Tensor, norm: LayerNorm, drop: Dropout): Tensor {
    if (this.normFirst) return add(x, drop.forward(f(norm.forward(x))))
    return norm.forward(add(x, drop.forward(f(x))))
  }
}

/**
 * x′ = norm(x + attention(x)), y = norm(x′ + W₂ f(W₁ x′ + b₁) + b₂) [Vaswani 2017]; with normFirst each part normalises its input
 * instead, and the sums stay as they are [Xiong 2020].
 *
 * Shapes: x (N, T, D) or (T, D) → the same; masks as {@link MultiheadAttention}. Parameters self_attn, linear1 (hidden, D), linear2 (D, hidden),
 * norm1, norm2, named and initialised as in PyTorch. Unlike there `hidden` defaults to 4 · D as in the paper, not 2048.
 * Throws HebbError when heads do not divide D, ShapeError when shapes do not fit.
 *
 * @example new TransformerEncoderLayer(64, 4, { normFirst: true, activation: 'gelu' }).forward(x, { keyMask })
 */
export class TransformerEncoderLayer extends TransformerPart {
  readonly self_attn: MultiheadAttention
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  private readonly dropout1: Dropout
  private readonly dropout2: Dropout

  constructor(width: number, heads: number, options: TransformerLayerOptions = {}) {
    super(width, options)
    const { dropout = 0.1, eps = 1e-5, bias = true, timeFirst = false } = options
    this.self_attn = new MultiheadAttention(width, heads, { bias, dropout, timeFirst })
    this.norm1 = new LayerNorm(width, { eps, bias })
    this.norm2 = new LayerNorm(width, { eps, bias })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
  }

  forward<D extends Dtype>(x: Tensor<D>, masks?: AttentionMasks): Tensor<Fractional[D]>
  forward(x: Tensor, masks: AttentionMasks = {}): Tensor {
    const mixed = this.around(x, (h) => this.self_attn.forward(h, h, h, masks).output, this.norm1, this.dropout1)
    return this.around(mixed, (h) => this.feed(h), this.norm2, this.dropout2)
  }
}

/**
 * Encoder layers one after another, and a normalisation at the end when `norm` says so [Vaswani 2017].
 *
 * Shapes: x (N, T, D) → the same. Parameters layers.0 …, norm, as in PyTorch.
 *
 * @example new TransformerEncoder(128, 4, 6, { normFirst: true }).forward(x, { keyMask: lengthMask(lengths, steps) })
 */
export class TransformerEncoder {
  readonly layers: readonly TransformerEncoderLayer[]
  readonly norm?: LayerNorm

  constructor(width: number, heads: number, layers: number, { norm, ...options }: TransformerOptions = {}) {
    this.layers = Array.from(
      { length: checkLayers('TransformerEncoder', layers) },
      () => new TransformerEncoderLayer(width, heads, options),
    )
    if (norm ?? options.normFirst) this.norm = new LayerNorm(width, { eps: options.eps ?? 1e-5, bias: options.bias ?? true })
  }

  forward<D extends Dtype>(x: Tensor<D>, masks?: AttentionMasks): Tensor<Fractional[D]>
  forward(x: Tensor, masks: AttentionMasks = {}): Tensor {
    const y = this.layers.reduce((h, layer) => layer.forward(h, masks), x)
    return this.norm ? this.norm.forward(y) : y
  }
}

/** Throws HebbError unless there is a whole number of layers, 1 or more. */
export function checkLayers(name: string, layers: number): number {
  if (!Number.isInteger(layers) || layers < 1) throw new HebbError(`${name}: ${layers} is no number of layers: give 1 or more`)
  return layers
}
