/** The networks whose landscapes are drawn, and how they are trained. */
import type { Dataset } from '../../data/index.js'
import { relu } from '../../functional/index.js'
import { flatWeights } from '../../look/index.js'
import { crossEntropy } from '../../loss/index.js'
import { BatchNorm1d, Flatten, type Layer, Linear, residual, sequential } from '../../nn/index.js'
import { sgd } from '../../optim/index.js'
import type { Tensor } from '../../tensor/index.js'
import { evaluate, fit } from '../../train/index.js'

const width = 32

/** (N, 1, 8, 8) → 32 relu units → (N, 10) */
export const shallow = (): Layer => sequential(new Flatten(), new Linear(64, width), relu, new Linear(width, 10))

/** As many blocks x ← relu(norm(linear x)), or with skips x ← x + relu(norm(linear x)): the same weights from the same first values. */
export function deep(depth: number, { skips }: { readonly skips: boolean }): Layer {
  const block = (): Layer => {
    const inner = sequential(new Linear(width, width), new BatchNorm1d(width), relu)
    // the plain block stands in a field of the same name, so that both nets start from the same numbers
    const plain = { inner, forward: (x: Tensor): Tensor => inner.forward(x) }
    return skips ? residual(inner) : plain
  }
  return sequential(new Flatten(), new Linear(64, width), relu, ...Array.from({ length: depth }, block), new Linear(width, 10))
}

/** What training gave. */
export interface Trained {
  readonly loss: number
  readonly testAccuracy: number
  /** the weights at first, some times in each epoch, and at the end */
  readonly path: readonly Float32Array[]
}

/** Momentum in batches of 32, gradients clipped to length 1; undefined when asked to stop. */
export async function trained(
  model: Layer,
  { train, test }: { readonly train: Dataset<'x' | 'y'>; readonly test: Dataset<'x' | 'y'> },
  { epochs, lr, seed, signal }: { readonly epochs: number; readonly lr: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<Trained | undefined> {
  const path: Float32Array[] = []
  const options = { loss: crossEntropy, optimizer: sgd({ lr, momentum: 0.9 }), clip: { norm: 1 }, epochs, seed, signal, every: 1 }
  for await (const e of fit(model, train, options)) if (e.kind === 'step' && (e.step - 1) % 5 === 0) path.push(flatWeights(model))
  if (signal.aborted) return undefined
  path.push(flatWeights(model))
  const { loss } = await evaluate(model, train, { loss: crossEntropy })
  const { accuracy = 0 } = await evaluate(model, test, { loss: crossEntropy })
  return { loss, testAccuracy: accuracy, path }
}
