/** Made-up sequences that test memory: the adding problem and the copy task, the same for the same seed. */

import { Dataset } from '../data/dataset.js'
import { keyOf, uniform } from '../kernels/random.js'
import { HebbError } from '../tensor/errors.js'

/** Size and seed of a set of sequences. */
export interface SequenceOptions {
  /** how many; 1000 */
  readonly examples?: number | undefined
  /** 0 */
  readonly seed?: number | undefined
}

/**
 * The adding problem [Hochreiter 1997]: of T numbers from [0, 1) two are marked, one in each half; what is their sum?
 * Who always says 1 is wrong by 1/6 in the mean square. `length` T 200.
 *
 * x (T, 2) f32: the number, and 1 where it is marked; y (1) f32. Throws HebbError for sizes that are no whole numbers, T from 2 on.
 *
 * @example const train = addingProblem({ length: 200, examples: 10_000 })
 */
export function addingProblem({
  length = 200,
  examples = 1000,
  seed = 0,
}: SequenceOptions & { length?: number | undefined } = {}): Dataset<'x' | 'y'> {
  whole('addingProblem', { length, examples }, 2)
  const half = Math.floor(length / 2)
  const values = uniform(keyOf(seed, 'addingProblem', 'values'), 0, new Float32Array(examples * length))
  const places = uniform(keyOf(seed, 'addingProblem', 'places'), 0, new Float32Array(2 * examples))
  const x = new Float32Array(2 * examples * length)
  const y = new Float32Array(examples)
  for (let k = 0; k < values.length; k++) x[2 * k] = values[k]!
  for (let i = 0; i < examples; i++) {
    const first = i * length + Math.floor(places[2 * i]! * half)
    const second = i * length + half + Math.floor(places[2 * i + 1]! * (length - half))
    for (const k of [first, second]) x[2 * k + 1] = 1
    y[i] = values[first]! + values[second]!
  }
  return new Dataset({ x: { data: x, shape: [length, 2], dtype: 'f32' }, y: { data: y, shape: [1], dtype: 'f32' } })
}

/**
 * The copy task [Graves 2014]: L random words of `bits` bits, then a mark, then silence in which the words are to be said again. L is drawn for each
 * example from `lengths`, both ends included; T = 2·longest + 1. `bits` 8, `lengths` [1, 10].
 *
 * x (T, bits + 1) f32: a word as ±1, 0 in silence, and last the mark; y (T, bits) f32: the bits 0 or 1, and −1 where nothing is asked.
 * Throws HebbError for sizes that are no whole numbers, and lengths out of order.
 */
export function copyTask({
  bits = 8,
  lengths = [1, 10],
  examples = 1000,
  seed = 0,
}: SequenceOptions & { bits?: number | undefined; lengths?: readonly [number, number] | undefined } = {}): Dataset<'x' | 'y'> {
  const [shortest, longest] = lengths
  whole('copyTask', { bits, shortest, longest, examples })
  if (shortest > longest) throw new HebbError(`copyTask: lengths [${shortest}, ${longest}]: give the shorter first`)
  const steps = 2 * longest + 1
  const width = bits + 1
  const drawn = uniform(keyOf(seed, 'copyTask', 'lengths'), 0, new Float32Array(examples))
  const coins = uniform(keyOf(seed, 'copyTask', 'bits'), 0, new Float32Array(examples * longest * bits))
  const x = new Float32Array(examples * steps * width)
  const y = new Float32Array(examples * steps * bits).fill(-1)
  for (let i = 0; i < examples; i++) {
    const words = shortest + Math.floor(drawn[i]! * (longest - shortest + 1))
    x[(i * steps + words) * width + bits] = 1
    for (let t = 0; t < words; t++)
      for (let b = 0; b < bits; b++) {
        const bit = coins[(i * longest + t) * bits + b]! < 0.5 ? 0 : 1
        x[(i * steps + t) * width + b] = 2 * bit - 1
        y[(i * steps + words + 1 + t) * bits + b] = bit
      }
  }
  return new Dataset({ x: { data: x, shape: [steps, width], dtype: 'f32' }, y: { data: y, shape: [steps, bits], dtype: 'f32' } })
}

function whole(name: string, sizes: Readonly<Record<string, number>>, least = 1): void {
  for (const [what, n] of Object.entries(sizes)) {
    const from = what === 'examples' ? 1 : least
    if (!Number.isInteger(n) || n < from) throw new HebbError(`${name}: ${what} ${n}: give a whole number of at least ${from}`)
  }
}
