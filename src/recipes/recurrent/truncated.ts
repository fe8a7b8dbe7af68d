/** Truncated back-propagation through time: a long stream in short pieces, with the state carried from piece to piece and without. */

import { keyOf, uniform } from '../../kernels/index.js'
import { meanSquaredError } from '../../loss/index.js'
import { Carried, GRU, Linear } from '../../nn/index.js'
import { adam } from '../../optim/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { trainStep } from '../../train/index.js'

/** Steps of a piece, streams side by side, and how often a new number is marked. */
export const stream = { piece: 10, streams: 32, chance: 0.05 } as const
const width = 24

/** Mean square error, averaged over `every` pieces, along the pieces; undefined when asked to stop. */
export interface Truncated {
  readonly carried: readonly { readonly x: number; readonly y: number }[]
  readonly forgotten: readonly { readonly x: number; readonly y: number }[]
}

/**
 * What a net without memory of earlier pieces cannot do better than, once it knows all within its piece: where no mark has been seen yet in the
 * piece it can only say ½, and is wrong by 1/12.
 */
export const floor =
  Array.from({ length: stream.piece }, (_, t) => (1 - stream.chance) ** (t + 1)).reduce((a, b) => a + b) / stream.piece / 12

/** Streams of numbers, now and then one marked; at every step the task is to say the number that was marked last. */
class Stream {
  readonly #last = new Float32Array(stream.streams).fill(0.5)
  #at = 0
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The next piece: x (N, T, 2), y (N, T, 1). */
  next(): { x: Tensor; y: Tensor } {
    const { piece, streams, chance } = stream
    const drawn = uniform(keyOf(this.#seed, 'stream'), this.#at++, new Float32Array(2 * streams * piece))
    const x = new Float32Array(2 * streams * piece)
    const y = new Float32Array(streams * piece)
    for (let k = 0; k < y.length; k++) {
      const n = Math.floor(k / piece)
      const marked = drawn[2 * k + 1]! < chance
      if (marked) this.#last[n] = drawn[2 * k]!
      x[2 * k] = drawn[2 * k]!
      x[2 * k + 1] = marked ? 1 : 0
      y[k] = this.#last[n]!
    }
    return { x: tensor(x, { shape: [streams, piece, 2] }), y: tensor(y, { shape: [streams, piece, 1] }) }
  }
}

class Reader {
  readonly gru: Carried | GRU
  readonly head = new Linear(width, 1)
  constructor(carry: boolean) {
    const gru = new GRU(2, width)
    this.gru = carry ? new Carried(gru, { batch: stream.streams }) : gru
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.gru instanceof GRU ? this.gru.forward(x).output : this.gru.forward(x))
  }
}

async function errors(carry: boolean, pieces: number, seed: number, signal: AbortSignal): Promise<{ x: number; y: number }[] | undefined> {
  const reader = new Reader(carry)
  const source = new Stream(seed)
  const step = trainStep(reader, adam({ lr: 0.01 }), ({ x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(reader.forward(x), y), {
    seed,
    clip: { norm: 1 },
  })
  const every = Math.max(1, Math.floor(pieces / 40))
  const points: { x: number; y: number }[] = []
  let sum = 0
  for (let k = 1; k <= pieces; k++) {
    if (signal.aborted) return undefined
    sum += (await step(source.next())).loss
    if (k % every === 0) {
      points.push({ x: k, y: sum / every })
      sum = 0
    }
  }
  return points
}

/** Trains both readers on the same streams. */
export async function truncated(pieces: number, seed: number, signal: AbortSignal): Promise<Truncated | undefined> {
  const carried = await errors(true, pieces, seed, signal)
  const forgotten = carried && (await errors(false, pieces, seed, signal))
  return forgotten && { carried, forgotten }
}
