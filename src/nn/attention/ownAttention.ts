/** Causal attention of places that have nothing before them. */

import { type AveragingOptions, scaledDotProductAttention } from '../../functional/attention.js'
import type { AttentionAfterOptions } from '../../functional/attentionAfter.js'
import type { Tensor } from '../../tensor/tensor.js'
import { slidingWindowAttention } from './window.js'

/** Options of ownAttention. */
export interface OwnAttentionOptions
  extends Pick<AttentionAfterOptions, 'window' | 'scale' | 'softCap'>,
    Pick<AveragingOptions, 'onWeights'> {}

/**
 * {@link scaledDotProductAttention}, causal, with a window where there is one: what `attentionAfter` gives where nothing has been read, and with gradients at its speed.
 *
 * Shapes: q (N, H, T, D), k (N, G, T, D), v (N, G, T, E) where G divides H → (N, H, T, E).
 *
 * @example ownAttention(q, k, v, { window: 4096 })
 */
export function ownAttention(q: Tensor, k: Tensor, v: Tensor, { window, scale, softCap, onWeights }: OwnAttentionOptions = {}): Tensor {
  const how = { scale, softCap, onWeights }
  if (window !== undefined && window < q.shape[2]!) return slidingWindowAttention(q, k, v, { ...how, window })
  return scaledDotProductAttention(q, k, v, { ...how, causal: true })
}
