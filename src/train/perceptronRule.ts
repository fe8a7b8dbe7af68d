/** Rosenblatt's rule: how a perceptron learns, one example at a time and without a gradient. */
import { batches } from '../data/batches.js'
import type { Dataset } from '../data/dataset.js'
import { shuffled } from '../data/order.js'
import { stateful } from '../files/saved.js'
import { initialize } from '../nn/initialize.js'
import type { Perceptron } from '../nn/perceptron.js'
import { weightsOf } from '../saving/weightsOf.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { showShape, sizeOf } from '../tensor/shape.js'
import type { Run } from './run/begun.js'
import { type RunOptions, run } from './run/run.js'

/** Settings of `perceptronRule`. */
export interface PerceptronRuleOptions extends RunOptions {
  /** most times through the examples; default 100 */
  readonly epochs?: number | undefined
  /** η, length of a correction; default 1. From zero weights it only scales them: the answers stay the same. */
  readonly lr?: number | undefined
  /** decides the order of each epoch; default 0 */
  readonly seed?: number | undefined
  /** false keeps the order of the set; default true */
  readonly shuffle?: boolean | undefined
}

/** One time through the examples. */
export interface PerceptronEpoch {
  readonly kind: 'epoch'
  /** counted from 1 */
  readonly epoch: number
  /** wrong answers in it, over all units; each was one correction */
  readonly mistakes: number
  /** epochs done, as in `epoch` */
  readonly step: number
  /** seconds of training so far */
  readonly seconds: number
}

/**
 * For every example and unit: w ← w + η·(t − y)·x and b ← b + η·(t − y), where y is the unit's answer and t the right one, both 0 or 1
 * [Rosenblatt 1958]. A `run` that yields after each epoch and ends after one without a mistake; awaited it gives the last epoch.
 *
 * Where some unit vector u separates the classes of a unit with margin γ = min |u·(x, 1)|, it makes at most (max ‖(x, 1)‖ / γ)² mistakes in all,
 * in any order [Novikoff 1962]; where nothing does, it goes on for ever.
 *
 * x has as many numbers per example as the perceptron has inputs; y is 0 or 1 for one unit, (out) of 0 and 1, or a class id for one unit per class.
 * Throws ShapeError or HebbError for other data.
 *
 * @example for await (const { epoch, mistakes } of perceptronRule(unit, data)) console.log(epoch, mistakes)
 */
export function perceptronRule(model: Perceptron, data: Dataset<'x' | 'y'>, options: PerceptronRuleOptions = {}): Run<PerceptronEpoch> {
  const { epochs = 100, lr = 1, seed = 0, shuffle = true } = options
  if (!Number.isInteger(epochs) || epochs < 1) throw new HebbError(`perceptronRule: epochs ${epochs}: give a whole number of at least 1`)
  if (!(lr > 0 && Number.isFinite(lr))) throw new HebbError(`perceptronRule: lr ${lr}: give a number above 0`)
  const { inputs, targets } = numbersOf(model, data)
  const [outputs = 1, width = 0] = model.weight.shape
  const last = stateful({ mistakes: Number.NaN })
  const settings = { seed, lr, shuffle, examples: data.length }
  return run({ weights: weightsOf(model), last }, { ...options, settings, called: perceptronRule }, async function* (r): AsyncGenerator<
    PerceptronEpoch,
    void,
    undefined
  > {
    initialize(model)
    const [weight, bias] = [model.weight.storage.open()!, model.bias.storage.open()!]
    const inOrder = Int32Array.from({ length: data.length }, (_, i) => i)
    while (r.step < epochs && last.mistakes !== 0 && (await r.goesOn())) {
      let mistakes = 0
      for (const i of shuffle ? shuffled(data.length, seed, 'perceptron', r.step + 1) : inOrder)
        for (let u = 0; u < outputs; u++) {
          let score = bias[u]!
          for (let d = 0; d < width; d++) score += weight[u * width + d]! * inputs[i * width + d]!
          const error = targets[i * outputs + u]! - (score > 0 ? 1 : 0)
          if (error === 0) continue
          mistakes++
          for (let d = 0; d < width; d++) weight[u * width + d]! += lr * error * inputs[i * width + d]!
          bias[u]! += lr * error
        }
      r.step++
      last.mistakes = mistakes
      if (r.due) yield r.event({ kind: 'epoch', epoch: r.step, mistakes })
    }
  })
}

/** The examples as plain numbers (N, D), and 0 or 1 for every unit (N, out). */
function numbersOf(model: Perceptron, data: Dataset<'x' | 'y'>): { inputs: ArrayLike<number>; targets: Uint8Array } {
  const [outputs = 1, width = 0] = model.weight.shape
  const [all] = batches(data, Math.max(data.length, 1), { shuffle: false })
  const { x, y } = all!
  const size = sizeOf(x.shape.slice(1))
  if (size !== width)
    throw new ShapeError(`perceptronRule: examples ${showShape(x.shape.slice(1))} hold ${size} numbers, the units take ${width}`)
  const raw = Array.from(y.value as ArrayLike<number>, Number)
  const classes = outputs > 1 && y.rank === 1
  if (!classes && sizeOf(y.shape.slice(1)) !== outputs)
    throw new ShapeError(`perceptronRule: targets ${showShape(y.shape.slice(1))} for ${outputs} units: give one of 0 or 1 for each`)
  const wrong = raw.find((t) => (classes ? !(Number.isInteger(t) && t >= 0 && t < outputs) : t !== 0 && t !== 1))
  if (wrong !== undefined)
    throw new HebbError(`perceptronRule: a target is ${wrong}: ${classes ? `give class ids from 0 to ${outputs - 1}` : 'give 0 or 1'}`)
  const targets = new Uint8Array(data.length * outputs)
  raw.forEach((t, i) => {
    if (!classes) targets[i] = t
    else targets[i * outputs + t] = 1
  })
  return { inputs: x.value as ArrayLike<number>, targets }
}
