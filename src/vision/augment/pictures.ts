/** What every layer for pictures asks of its input. */
import { HebbError, ShapeError, type Tensor } from '../../tensor/index.js'
import { showShape } from '../../tensor/shape.js'

/** The sizes (N, C, Y, X) of a batch of pictures. Throws ShapeError where x is none, or has another number of channels than the one given. */
export function requirePictures(x: Tensor, layer: string, channels?: number): readonly [number, number, number, number] {
  const [N, C, Y, X] = x.shape
  if (x.rank !== 4 || (channels !== undefined && C !== channels))
    throw new ShapeError(`${layer}: ${showShape(x.shape)} is no batch of pictures (N, ${channels ?? 'C'}, Y, X)`)
  return [N!, C!, Y!, X!]
}

/** Throws HebbError unless p is a probability. */
export function requireProbability(p: number, layer: string): void {
  if (!(p >= 0 && p <= 1)) throw new HebbError(`${layer}: ${p} is no probability: give 0 to 1`)
}
