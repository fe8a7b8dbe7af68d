/** What every layer for pictures asks of its input. */
import { HebbError, type Tensor } from '../../tensor/index.js'

/** The sizes (N, C, Y, X) of a batch of pictures. Throws ShapeError where x is none, or has another number of channels than the one given. */
export function requirePictures(x: Tensor, layer: string, channels?: number): readonly [number, number, number, number] {
  if (channels !== undefined) x.sizes(`N ${channels} Y X`, layer)
  const { N, C, Y, X } = x.sizes('N C Y X', layer)
  return [N, C, Y, X]
}

/** Throws HebbError unless p is a probability. */
export function requireProbability(p: number, layer: string): void {
  if (!(p >= 0 && p <= 1)) throw new HebbError(`${layer}: ${p} is no probability: give 0 to 1`)
}
