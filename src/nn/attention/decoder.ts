/** The Transformer's decoder: layers that look back, and at what an encoder wrote. */
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Dropout } from '../dropout.js'
import { LayerNorm } from '../normal/layerNorm.js'
import { checkLayers, type TransformerLayerOptions, type TransformerOptions, TransformerPart } from './encoder.js'
import { type AttentionMasks, MultiheadAttention } from './multihead.js'

/** Who may look where in a decoder. */
export interface DecoderMasks extends AttentionMasks {
  /** whether step t sees steps 0 … t only; default true */
  readonly causal?: boolean | undefined
  /** like `mask`, for what is seen of the memory: broadcasts to (N, H, T, S) */
  readonly memoryMask?: Tensor | undefined
  /** bool (N, S): true for places of the memory that are there */
  readonly memoryKeyMask?: Tensor | undefined
}

/**
 * x′ = norm(x + causal attention(x)), x″ = norm(x′ + attention(x′ to memory)), y = norm(x″ + W₂ f(W₁ x″ + b₁) + b₂) [Vaswani 2017];
 * with normFirst each part normalises its input instead [Xiong 2020].
 *
 * Shapes: x (N, T, D), memory (N, S, D) → (N, T, D). Parameters self_attn, multihead_attn, linear1, linear2, norm1, norm2, norm3, named and
 * initialised as in PyTorch. Unlike there it is causal unless told otherwise, and `hidden` defaults to 4 · D.
 * Throws as {@link MultiheadAttention}.
 *
 * @example new TransformerDecoderLayer(64, 4).forward(x, memory, { memoryKeyMask })
 */
export class TransformerDecoderLayer extends TransformerPart {
  readonly self_attn: MultiheadAttention
  readonly multihead_attn: MultiheadAttention
  readonly norm1: LayerNorm
  readonly norm2: LayerNorm
  readonly norm3: LayerNorm
  private readonly dropout1: Dropout
  private readonly dropout2: Dropout
  private readonly dropout3: Dropout

  constructor(width: number, heads: number, options: TransformerLayerOptions = {}) {
    super(width, options)
    const { dropout = 0.1, eps = 1e-5, bias = true, timeFirst = false } = options
    this.self_attn = new MultiheadAttention(width, heads, { bias, dropout, timeFirst })
    this.multihead_attn = new MultiheadAttention(width, heads, { bias, dropout, timeFirst })
    this.norm1 = new LayerNorm(width, { eps, bias })
    this.norm2 = new LayerNorm(width, { eps, bias })
    this.norm3 = new LayerNorm(width, { eps, bias })
    this.dropout1 = new Dropout(dropout)
    this.dropout2 = new Dropout(dropout)
    this.dropout3 = new Dropout(dropout)
  }

  forward<D extends Dtype>(x: Tensor<D>, memory: Tensor<D>, masks?: DecoderMasks): Tensor<Fractional[D]>
  forward(x: Tensor, memory: Tensor, { memoryMask, memoryKeyMask, causal = true, ...masks }: DecoderMasks = {}): Tensor {
    const there = { mask: memoryMask, keyMask: memoryKeyMask }
    const mixed = this.around(x, (h) => this.self_attn.forward(h, h, h, { ...masks, causal }).output, this.norm1, this.dropout1)
    const informed = this.around(mixed, (h) => this.multihead_attn.forward(h, memory, memory, there).output, this.norm2, this.dropout2)
    return this.around(informed, (h) => this.feed(h), this.norm3, this.dropout3)
  }
}

/**
 * Decoder layers one after another over the same memory, and a normalisation at the end when `norm` says so [Vaswani 2017].
 *
 * Shapes: x (N, T, D), memory (N, S, D) → (N, T, D). Parameters layers.0 …, norm, as in PyTorch.
 *
 * @example new TransformerDecoder(128, 4, 6).forward(x, encoder.forward(source))
 */
export class TransformerDecoder {
  readonly layers: readonly TransformerDecoderLayer[]
  readonly norm?: LayerNorm

  constructor(width: number, heads: number, layers: number, { norm, ...options }: TransformerOptions = {}) {
    this.layers = Array.from(
      { length: checkLayers('TransformerDecoder', layers) },
      () => new TransformerDecoderLayer(width, heads, options),
    )
    if (norm ?? options.normFirst) this.norm = new LayerNorm(width, { eps: options.eps ?? 1e-5, bias: options.bias ?? true })
  }

  forward<D extends Dtype>(x: Tensor<D>, memory: Tensor<D>, masks?: DecoderMasks): Tensor<Fractional[D]>
  forward(x: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const y = this.layers.reduce((h, layer) => layer.forward(h, memory, masks), x)
    return this.norm ? this.norm.forward(y) : y
  }
}
