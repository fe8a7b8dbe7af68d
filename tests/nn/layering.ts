/** What tests of layers share. */
import { type Layer, parameters, type Tensor, tensor } from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'

/** Numbers without a pattern, the same in every run. */
export const numbers = (shape: readonly number[], salt = 0): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * salt) * 2 + 0.3),
    { shape },
  )
}
/** The shapes of parameters by path. */
export const shapesOf = (layer: object): Record<string, readonly number[]> =>
  Object.fromEntries([...parameters(layer)].map(([name, p]) => [name, p.shape]))
/** The numbers of parameters by path, copied. */
export const snapshot = (layer: object): Record<string, unknown> =>
  Object.fromEntries([...parameters(layer)].map(([name, p]) => [name, p.storage.array!.slice()]))
/** A layer traced in training or evaluation: its result and the buffers it would update. */
export const forward = (layer: Layer, x: Tensor, training: boolean) => trace(layer, { training }, () => layer.forward(x))
