/** A small task, its model and their bytes, shared by tests of training. */
import {
  adam,
  type Dataset,
  Dropout,
  dataset,
  ema,
  type FitOptions,
  Linear,
  parameters,
  type Stateful,
  sequential,
  type Tensor,
} from '../../src/index.js'
import { readCheckpoint, restoreParts, writeCheckpoint } from '../../src/train/run/checkpoint.js'

/** Mean squared error. */
export const meanSquares = (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean()

/** `count` examples of a smooth function from 4 numbers to 2; `sign` turns the targets around. */
export function task(count = 40, sign = 1): Dataset<'x' | 'y'> {
  const x = Float32Array.from({ length: count * 4 }, (_, i) => Math.sin(i * 1.7))
  const y = Float32Array.from({ length: count * 2 }, (_, i) => sign * Math.cos(x[2 * i]! + 2 * x[2 * i + 1]!))
  return dataset({ x: { data: x, shape: [4] }, y: { data: y, shape: [2] } })
}

/** 4 → 8 → 2, with dropout unless `p` is 0. */
export const network = (p = 0.2): ReturnType<typeof sequential> =>
  sequential(new Linear(4, 8), (x: Tensor) => x.tanh(), new Dropout(p), new Linear(8, 2))

/** Everything that a resumed run must get right: momenta, averages, sums over batches, dropout, shuffling. */
export const settings = (): FitOptions => ({
  loss: meanSquares,
  optimizer: adam({ lr: (t: number) => 0.01 / (1 + t / 10) }),
  accumulate: 2,
  ema: ema({ decay: 0.9 }),
  epochs: 3,
  batchSize: 8,
  seed: 7,
  clip: { norm: 1 },
})

/** Writes a part of a run to a file and brings another one to the same state. */
export async function throughFile(path: string, from: Stateful, to: Stateful): Promise<void> {
  await writeCheckpoint(path, { step: 0, seconds: 0, lines: 0, settings: {} }, { part: from })
  restoreParts(path, await readCheckpoint(path), { part: to }, {})
}

/** All parameters of a model, byte for byte. */
export const bytesOf = (model: object): string =>
  [...parameters(model)]
    .map(
      ([
        path,
        {
          storage: { array },
        },
      ]) => `${path} ${Buffer.from(array!.buffer, array!.byteOffset, array!.byteLength).toString('hex')}`,
    )
    .join('\n')
