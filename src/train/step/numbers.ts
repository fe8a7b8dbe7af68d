/** What a loss function reports of a batch: numbers, and how much counts in each. */
import { factsOf } from '../../loss/facts.js'
import type { TypedArray } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import { showShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'

/**
 * What a loss function may give: the loss alone, or the loss and further numbers to report. `counts` among them is how much counts in the batch, the
 * weight of its loss and its numbers in means over batches; built-in losses know it themselves, and without it each example counts 1.
 */
export type LossResult = Tensor | ({ readonly loss: Tensor; readonly counts?: Tensor | number } & Readonly<Record<string, Tensor | number>>)

/** One number to report. */
export interface Reported {
  readonly name: string
  readonly value: Tensor
  /** the value as the program gives it: f32, 0-d */
  readonly number: Tensor
  /** what it is a mean over, and what that is multiplied with to count in examples */
  readonly counts: Tensor | number
  readonly scale: number
  /** what it is a mean over as it says itself, in whatever it counts; 'sum' where it is a sum */
  readonly whole: Tensor | number | 'sum'
}

/** A loss function's result as numbers to report, the loss first. `reduce` gives the mean of those that are not one number, which are refused otherwise. */
export function numbersOf(result: LossResult, examples: number, { reduce = false } = {}): Reported[] {
  if (result instanceof Promise) {
    result.catch(() => {})
    throw new HebbError(
      'train: the loss function is async: tensors are plans, which need no await; give what you want to see beside the loss, { loss, seen }',
    )
  }
  const { counts: said, loss, ...others } = result instanceof Tensor ? { loss: result, counts: undefined } : result
  return [['loss', loss] as const, ...Object.entries(others)].map(([name, value]) => {
    if (!(value instanceof Tensor))
      throw new HebbError(
        `train: ${name} is ${kindOf(value)}, not a tensor: numbers of the batch are not there yet while the loss is traced`,
      )
    if (value.size !== 1 && !reduce)
      throw new ShapeError(`train: ${name} is ${showShape(value.shape)}, not one number: reduce it with mean() or sum()`)
    const number = value.size === 1 ? value.cast('f32').reshape([]) : value.cast('f32').mean()
    const { counts, rows = 1 } = factsOf(value)
    if (said !== undefined && (name === 'loss' || counts === undefined)) return { name, value, number, counts: said, scale: 1, whole: said }
    if (!(counts instanceof Tensor)) return { name, value, number, counts: examples, scale: 1, whole: counts ?? examples }
    return { name, value, number, counts, scale: rows === examples ? 1 : examples / rows, whole: counts }
  })
}

/** The examples of a batch: the length of the first axis of its first tensor that has one. */
export const examplesIn = (tensors: readonly Tensor[]): number => tensors.find((t) => t.rank > 0)?.shape[0] ?? 1

/** What a number is a mean over: known beforehand, or a result of the program. */
export interface Weight {
  readonly fixed: number
  /** place among the results; −1 for one that is known */
  readonly result: number
  readonly scale: number
}

/** Puts what is counted at the run behind a program's outputs, each once: a loss and its accuracy often count the same. */
export class Weights {
  readonly #places = new Map<Tensor, number>()
  readonly #outputs: Tensor[]

  constructor(outputs: Tensor[]) {
    this.#outputs = outputs
  }

  of({ counts, scale }: Pick<Reported, 'counts' | 'scale'>): Weight {
    if (typeof counts === 'number') return { fixed: counts * scale, result: -1, scale }
    const result = this.#places.get(counts) ?? this.#outputs.push(counts.cast('f32').reshape([])) - 1
    this.#places.set(counts, result)
    return { fixed: 0, result, scale }
  }
}

/** How much counts, after a run. */
export const weightOf = ({ fixed, result, scale }: Weight, results: readonly TypedArray[]): number =>
  result < 0 ? fixed : Number(results[result]![0]) * scale
