/** Channels as pixels, pixels as channels, and channels in another order. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

function factorOf(op: string, x: Tensor, factor: number): void {
  if (!Number.isInteger(factor) || factor < 1) throw new HebbError(`${op}: ${factor} is no factor: give a whole number from 1`)
  if (x.rank < 3) throw new ShapeError(`${op}: needs x (…, C, H, W)\n  input: ${describe(x)}`)
}

/**
 * Each group of r² channels becomes one channel of r times the height and width [Shi 2016]: y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w].
 *
 * x (…, C·r², H, W) → (…, C, H·r, W·r). Throws ShapeError when r² does not divide the channels.
 *
 * @example pixelShuffle(features, 2) // a quarter of the channels, twice the height and width
 */
export function pixelShuffle<D extends Dtype>(x: Tensor<D>, factor: number): Tensor<D>
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  factorOf('pixelShuffle', x, factor)
  const [channels, h, w] = x.shape.slice(-3) as [number, number, number]
  const r = factor
  if (channels % (r * r) !== 0)
    throw new ShapeError(`pixelShuffle: ${channels} channels are no multiple of ${r}² = ${r * r}\n  input: ${describe(x)}`)
  const lead = x.shape.slice(0, -3)
  const n = lead.length
  const c = channels / (r * r)
  const apart = x.reshape([...lead, c, r, r, h, w]).transpose([...lead.keys(), n, n + 3, n + 1, n + 4, n + 2])
  return apart.reshape([...lead, c, h * r, w * r])
}

/**
 * The other way round of {@link pixelShuffle}: squares of r × r pixels become r² channels. x (…, C, H·r, W·r) → (…, C·r², H, W).
 * Throws ShapeError when r does not divide height and width.
 */
export function pixelUnshuffle<D extends Dtype>(x: Tensor<D>, factor: number): Tensor<D>
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  factorOf('pixelUnshuffle', x, factor)
  const [c, height, width] = x.shape.slice(-3) as [number, number, number]
  const r = factor
  if (height % r !== 0 || width % r !== 0)
    throw new ShapeError(`pixelUnshuffle: ${height} × ${width} pixels do not divide into squares of ${r} × ${r}\n  input: ${describe(x)}`)
  const lead = x.shape.slice(0, -3)
  const n = lead.length
  const apart = x.reshape([...lead, c, height / r, r, width / r, r]).transpose([...lead.keys(), n, n + 2, n + 4, n + 1, n + 3])
  return apart.reshape([...lead, c * r * r, height / r, width / r])
}

/**
 * Channels dealt out anew so that each group gets some of every other [Zhang 2017]: with C = groups · n channels, channel i·n + j becomes j·groups + i.
 * x (N, C, …) → (N, C, …). Throws ShapeError when the groups do not divide the channels.
 */
export function channelShuffle<D extends Dtype>(x: Tensor<D>, groups: number): Tensor<D>
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (x.rank < 2) throw new ShapeError(`channelShuffle: needs x (N, C, …)\n  input: ${describe(x)}`)
  const [n, c, ...rest] = x.shape as readonly [number, number, ...number[]]
  if (!Number.isInteger(groups) || groups < 1 || c % groups !== 0)
    throw new ShapeError(`channelShuffle: ${c} channels do not divide into ${groups} groups\n  input: ${describe(x)}`)
  return x
    .reshape([n, groups, c / groups, ...rest])
    .transpose(1, 2)
    .reshape(x.shape)
}
