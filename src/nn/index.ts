/** What a layer is: parameters, layers, what a model holds. */

export { type DecoderMasks, TransformerDecoder, TransformerDecoderLayer } from './attention/decoder.js'
export { TransformerEncoder, TransformerEncoderLayer, type TransformerLayerOptions, type TransformerOptions } from './attention/encoder.js'
export { type LinearAttentionOptions, linearAttention } from './attention/linear.js'
export { slidingWindowMask, type WindowOptions } from './attention/masks.js'
export { type AttentionMasks, type AttentionResult, MultiheadAttention, type MultiheadAttentionOptions } from './attention/multihead.js'
export { type OwnAttentionOptions, ownAttention } from './attention/ownAttention.js'
export { LearnedPositions, SinusoidalPositions, sinusoidalPositions } from './attention/positions.js'
export { type RotaryOptions, rotaryEmbedding } from './attention/rotary.js'
export { SelfAttention, type SelfAttentionOptions, type SelfAttentionRun } from './attention/selfAttention.js'
export { AdditiveAttention, DotAttention, type SoftAttention, type SoftAttentionRun } from './attention/soft.js'
export { type SlidingWindowOptions, slidingWindowAttention } from './attention/window.js'
export { Dropout } from './dropout.js'
export { Embedding, EmbeddingBag, type EmbeddingBagLayerOptions } from './embedding.js'
/** First values of parameters: zeros, ones, uniform, normal, xavierUniform, kaimingNormal, … */
export * as init from './init.js'
export { initialize, initializeAsync } from './initialize.js'
export { Bilinear, Linear } from './linear.js'
export { type Activations, activations, capture } from './module/activations.js'
export { frozen, unfrozen } from './module/frozen.js'
export { type Held, held } from './module/held.js'
export { type QuantizedOptions, quantized } from './module/quantized.js'
export type { Select } from './module/select.js'
export { type LayerRow, type SummarizeOptions, type Summary, summarize } from './module/summarize.js'
export { type Wrapped, wrap } from './module/wrap.js'
export { type AnyLayer, countParameters, type Layer, type Model, parameters } from './module.js'
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormLayerOptions } from './normal/batchNorm.js'
export { GroupNorm, LayerNorm, type NormLayerOptions, RMSNorm } from './normal/layerNorm.js'
export { Param, type ParamOptions } from './param.js'
export { Perceptron } from './perceptron.js'
export { Carried } from './recurrent/carried.js'
export { type CellOptions, GRUCell, LSTMCell, RNNCell } from './recurrent/cells.js'
export type { RecurrentOptions, RecurrentRun } from './recurrent/layer.js'
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type LSTMResult,
  type LSTMStart,
  type RecurrentResult,
  type RecurrentStart,
  RNN,
  type RNNOptions,
} from './recurrent/layers.js'
export { lengthMask } from './recurrent/lengths.js'
export { isTraining, latest, oncePerTrace, randomFor, updateBuffer, usesBatch } from './scope.js'
export { type LayerLike, Residual, residual, Sequential, Surrounded, sequential, surround } from './sequential.js'
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
  type PaddingMode,
} from './spatial/conv.js'
export { ChannelShuffle, Fold, PixelShuffle, PixelUnshuffle, Unfold, Upsample } from './spatial/layout.js'
export {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  Flatten,
  GlobalAvgPool,
  MaxPool1d,
  MaxPool2d,
  type PooledSize,
} from './spatial/pool.js'
export { PReLU } from './spatial/prelu.js'
