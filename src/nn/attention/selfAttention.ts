/** Self-attention as language models have it: shared heads of keys, rotary places, windows. */

import { scaledDotProductAttention } from '../../functional/attention.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Dropout } from '../dropout.js'
import { Linear } from '../linear.js'
import { joinHeads, splitHeads } from './heads.js'
import { bothMasks, checkWindow } from './masks.js'
import { type RotaryOptions, rotaryEmbedding } from './rotary.js'
import { slidingWindowAttention } from './window.js'

/** Options of SelfAttention. */
export interface SelfAttentionOptions {
  /** heads of keys and values, each shared by heads / keyHeads of queries; default heads */
  readonly keyHeads?: number | undefined
  /** width of a head; default D / heads */
  readonly headWidth?: number | undefined
  /** of the projections to queries, keys and values; default false */
  readonly bias?: boolean | undefined
  /** of the projection back; default `bias` */
  readonly outputBias?: boolean | undefined
  /** turns queries and keys by their places; true for the defaults. Default false */
  readonly rotary?: boolean | RotaryOptions | undefined
  /** whether a step sees no later ones; default true */
  readonly causal?: boolean | undefined
  /** how many steps back (and forward, when not causal) a step sees, its own counted; default all */
  readonly window?: number | undefined
  /** probability with which a weight is dropped in training; default 0 */
  readonly dropout?: number | undefined
}

/** What one call of SelfAttention may be given. */
export interface SelfAttentionRun {
  /** bool: true where a step may look; float: added to the scores. Broadcasts to (N, H, T, T); not together with a window */
  readonly mask?: Tensor | undefined
  /** bool (N, T): true for steps that are there */
  readonly keyMask?: Tensor | undefined
  /** places of the steps for rotary embedding: (T) or (N, T) */
  readonly positions?: Tensor | undefined
}

/**
 * y = W_O · attention(W_Q x, W_K x, W_V x), causal, where groups of query heads share a head of keys and values [Ainslie 2023], queries and
 * keys may be turned by their places [Su 2021], and steps may see a window only, in O(T · window) [Beltagy 2020].
 *
 * Shapes: x (N, T, D) → (N, T, D); q_proj.weight (heads · headWidth, D), k_proj.weight and v_proj.weight (keyHeads · headWidth, D),
 * o_proj.weight (D, heads · headWidth): the names that Llama's kin have in checkpoints.
 * Initial values: as Linear. Throws HebbError when heads do not divide, ShapeError when x is no (N, T, D).
 *
 * @example new SelfAttention(512, 8, { keyHeads: 2, rotary: { base: 500_000 } }).forward(x)
 */
export class SelfAttention {
  readonly q_proj: Linear
  readonly k_proj: Linear
  readonly v_proj: Linear
  readonly o_proj: Linear
  private readonly drop: Dropout
  private readonly keyHeads: number
  private readonly rotary: RotaryOptions | undefined
  private readonly causal: boolean
  private readonly window: number | undefined

  constructor(
    private readonly width: number,
    private readonly heads: number,
    options: SelfAttentionOptions = {},
  ) {
    const { keyHeads = heads, headWidth = width / heads, bias = false, outputBias = bias, rotary = false, dropout = 0 } = options
    if (!Number.isInteger(headWidth) || headWidth < 1)
      throw new HebbError(
        `SelfAttention: width ${width} cannot be shared evenly between ${heads} heads: choose another number, or give headWidth`,
      )
    if (!Number.isInteger(keyHeads) || keyHeads < 1 || heads % keyHeads !== 0)
      throw new HebbError(`SelfAttention: ${heads} heads cannot share ${keyHeads} heads of keys evenly: choose a number that divides it`)
    this.q_proj = new Linear(width, heads * headWidth, { bias })
    this.k_proj = new Linear(width, keyHeads * headWidth, { bias })
    this.v_proj = new Linear(width, keyHeads * headWidth, { bias })
    this.o_proj = new Linear(heads * headWidth, width, { bias: outputBias })
    this.drop = new Dropout(dropout)
    this.keyHeads = keyHeads
    this.rotary = rotary === true ? {} : rotary || undefined
    this.causal = options.causal ?? true
    this.window = options.window
    if (this.window !== undefined) checkWindow(this.window)
  }

  forward<D extends Dtype>(x: Tensor<D>, run?: SelfAttentionRun): Tensor<Fractional[D]>
  forward(x: Tensor, { mask, keyMask, positions }: SelfAttentionRun = {}): Tensor {
    x.sizes(`N T ${this.width}`, 'SelfAttention')
    if (mask && this.window !== undefined)
      throw new HebbError('SelfAttention: a layer with a window takes no mask: the window is its mask; padding goes into keyMask')
    const turn = (h: Tensor): Tensor => (this.rotary ? rotaryEmbedding(h, { ...this.rotary, positions }) : h)
    const q = turn(splitHeads(this.q_proj.forward(x), this.heads))
    const k = turn(splitHeads(this.k_proj.forward(x), this.keyHeads))
    const v = splitHeads(this.v_proj.forward(x), this.keyHeads)
    const { causal, window } = this
    const onWeights = (w: Tensor): Tensor => this.drop.forward(w)
    const y =
      window === undefined
        ? scaledDotProductAttention(q, k, v, { causal, onWeights, mask: bothMasks({ mask, keyMask }) })
        : slidingWindowAttention(q, k, v, { window, causal, onWeights, keyMask })
    return this.o_proj.forward(joinHeads(y))
  }
}
