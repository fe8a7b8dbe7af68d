/** The vision Transformer: a picture as a sentence of patches. */

import { init, Linear, Param, TransformerEncoder } from '../../nn/index.js'
import { add, at, concat, expand, eye, matmul, mul, reshape, slice, squeeze, sum, transpose } from '../../ops/index.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, type Tensor } from '../../tensor/index.js'

/** What a VisionTransformer is made of. */
export interface VisionTransformerConfig {
  /** channels, height and width of a picture */
  readonly picture: readonly [channels: number, height: number, width: number]
  /** side of a patch; divides height and width */
  readonly patch: number
  readonly classes: number
  /** width, D */
  readonly width: number
  readonly heads: number
  readonly layers: number
  /** width inside the feed-forward nets; default 4 · D */
  readonly hidden?: number | undefined
  /** default 0 */
  readonly dropout?: number | undefined
}

/**
 * The picture is cut into patches, each becomes a vector by one matrix, a vector for its place is added, and an encoder lets all patches look at
 * one another. A further place, the class token, begins with nothing of the picture; what it has gathered at the end says the class
 * [Dosovitskiy 2021].
 *
 * Shapes: x (N, C, H, W) → logits (N, classes); patch.weight (D, C · P · P), class_token (1, 1, D), positions (1, patches + 1, D), encoder.*
 * as {@link TransformerEncoder}, head. Initial values: class token 0, positions normal with deviation 0.02, the rest as its layers.
 * Throws HebbError when patches do not tile the picture, ShapeError for pictures of another size.
 *
 * @example new VisionTransformer({ picture: [1, 28, 28], patch: 7, classes: 10, width: 64, heads: 4, layers: 4 })
 */
export class VisionTransformer {
  readonly patch: Linear
  readonly class_token: Param
  readonly positions: Param
  readonly encoder: TransformerEncoder
  readonly head: Linear
  private readonly picture: readonly [number, number, number]
  /** patches along height and width */
  private readonly grid: readonly [number, number]
  private readonly side: number

  constructor({ picture, patch, classes, width, heads, layers, hidden = 4 * width, dropout = 0 }: VisionTransformerConfig) {
    const [C, H, W] = picture
    if (!Number.isInteger(patch) || patch < 1 || H % patch !== 0 || W % patch !== 0)
      throw new HebbError(`VisionTransformer: patches of ${patch} do not tile pictures of ${H} × ${W}: choose a side that divides both`)
    this.picture = picture
    this.side = patch
    this.grid = [H / patch, W / patch]
    this.patch = new Linear(C * patch * patch, width)
    this.class_token = new Param([1, 1, width], init.zeros)
    this.positions = new Param([1, this.grid[0] * this.grid[1] + 1, width], init.normal(0.02))
    this.encoder = new TransformerEncoder(width, heads, layers, { hidden, dropout, normFirst: true, activation: 'gelu' })
    this.head = new Linear(width, classes)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const seen = this.encoder.forward(this.embed(x))
    return this.head.forward(squeeze(slice(seen, [null, [0, 1]]), 1))
  }

  /**
   * Which patches reached the class token, (N, H / P, W / P), each picture's summing to 1: the attention of all layers multiplied, half of
   * each place staying where it is, heads averaged [Abnar 2020].
   */
  rollout(x: Tensor): Tensor {
    let h = this.embed(x)
    const T = h.shape[1]!
    let flow: Tensor | undefined
    for (const layer of this.encoder.layers) {
      const weights = layer.self_attn.forward(layer.norm1.forward(h)).weights.mean(1)
      const step = mul(add(weights, eye(T)), 0.5)
      flow = flow ? matmul(step, flow) : step
      h = layer.forward(h)
    }
    const reached = slice(at(transpose(flow!, 0, 1), 0), [null, [1, T]])
    return reshape(reached.div(sum(reached, 1, { keep: true })), [x.shape[0]!, ...this.grid])
  }

  private embed(x: Tensor): Tensor {
    const [C, H, W] = this.picture
    const { N } = x.sizes(`N ${C} ${H} ${W}`, 'VisionTransformer')
    const [P, [rows, columns]] = [this.side, this.grid]
    const cut = transpose(reshape(x, [N, C, rows, P, columns, P]), [0, 2, 4, 1, 3, 5])
    const patches = this.patch.forward(reshape(cut, [N, rows * columns, C * P * P]))
    return add(concat([expand(this.class_token, [N, 1, patches.shape[2]!]), patches], 1), this.positions)
  }
}
