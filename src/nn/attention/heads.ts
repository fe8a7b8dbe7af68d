/** Heads: a width as several narrow ones side by side. */
import { reshape, transpose } from '../../ops/move/reshape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** (N, T, H · E) → (N, H, T, E) */
export const splitHeads = (x: Tensor, heads: number): Tensor => {
  const [batch, steps, width] = x.shape as readonly [number, number, number]
  return transpose(reshape(x, [batch, steps, heads, width / heads]), 1, 2)
}

/** (N, H, T, E) → (N, T, H · E) */
export const joinHeads = (x: Tensor): Tensor => {
  const [batch, heads, steps, width] = x.shape as readonly [number, number, number, number]
  return reshape(transpose(x, 1, 2), [batch, steps, heads * width])
}
