/** Layers for pictures in training, and the numbers they drew. */

import { randomLeaf } from '../../src/graph/leaf.js'
import { compute, type Layer, type Tensor, tensor } from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'

/** Pixels as nested loops like them. */
export interface Pixels {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
  at(n: number, c: number, y: number, x: number): number
}

export function pixelsOf(data: ArrayLike<number>, shape: readonly number[]): Pixels {
  const [, C, Y, X] = shape as [number, number, number, number]
  return { shape, data, at: (n, c, y, x) => data[((n * C + c) * Y + y) * X + x]! }
}

/** Pixels that are all different, from 0.01 on. */
export const countedPictures = (N: number, C: number, Y: number, X: number): Float32Array =>
  Float32Array.from({ length: N * C * Y * X }, (_, i) => 0.01 + i / (N * C * Y * X))

/** What a layer does to pictures in training, with the uniform numbers its first `draws` draws of `drawn` gave, in order. */
export async function inTraining(
  layer: Layer,
  data: Float32Array,
  shape: readonly number[],
  drawn: readonly (readonly number[])[],
): Promise<{ got: Pixels; draws: readonly Float32Array[] }> {
  const x = tensor(data, { shape })
  const { result } = trace({ layer }, { training: true }, () => layer.forward(x))
  const leaves = drawn.map((s, i): Tensor => randomLeaf(s, 'uniform', `layer#${i}`).add(0))
  const [got, ...draws] = await compute([result, ...leaves])
  return { got: pixelsOf(got as Float32Array, result.shape), draws: draws as Float32Array[] }
}

/** What a function of places gives, in the order of the pixels. */
export function filled(shape: readonly number[], f: (n: number, c: number, y: number, x: number) => number): Float32Array {
  const [N, C, Y, X] = shape as [number, number, number, number]
  const out = new Float32Array(N * C * Y * X)
  let i = 0
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) for (let y = 0; y < Y; y++) for (let x = 0; x < X; x++) out[i++] = f(n, c, y, x)
  return out
}
