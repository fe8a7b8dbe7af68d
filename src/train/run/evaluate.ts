/** How good a model is on a data set, without training it. */
import { batches } from '../../data/batches.js'
import type { Dataset } from '../../data/dataset.js'
import { placeholder } from '../../graph/leaf.js'
import { initialize } from '../../nn/initialize.js'
import type { Layer } from '../../nn/module.js'
import { trace } from '../../nn/scope.js'
import { BoundProgram } from '../../runtime/bound.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { accuracyOf } from './accuracy.js'

/** Loss from a model's output and the target. */
export type Loss = (output: Tensor, target: Tensor) => Tensor
/** A number to report beside the loss, from output and target; averaged over the examples. */
export type Metrics = Readonly<Record<string, Loss>>

/** What is measured, and how. */
export interface EvaluateOptions {
  readonly loss: Loss
  readonly metrics?: Metrics
  /** Default 256 */
  readonly batchSize?: number
}

/** What an evaluation found. */
export interface Evaluation {
  /** mean over the examples */
  readonly loss: number
  /** share of right classes; only where the targets are class ids */
  readonly accuracy?: number
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: number
}

/** The numbers a graph reports for one batch: loss, accuracy where it applies, and the metrics asked for. */
export function reported(output: Tensor, target: Tensor, loss: Loss, metrics: Metrics = {}): { loss: Tensor } & Record<string, Tensor> {
  const accuracy = accuracyOf(output, target)
  return {
    loss: loss(output, target),
    ...(accuracy && { accuracy }),
    ...Object.fromEntries(Object.entries(metrics).map(([name, f]) => [name, f(output, target)])),
  }
}

/** Means over examples from means over batches. */
export class Means {
  private readonly sums = new Map<string, number>()
  examples = 0
  add(values: Readonly<Record<string, number>>, size: number): void {
    for (const [name, value] of Object.entries(values)) this.sums.set(name, (this.sums.get(name) ?? 0) + value * size)
    this.examples += size
  }
  get values(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, sum]) => [name, sum / this.examples]))
  }
  /** the sums themselves, to go on with later */
  get state(): Record<string, number> {
    return Object.fromEntries(this.sums)
  }
  clear(): void {
    this.sums.clear()
    this.examples = 0
  }
  restore(sums: Readonly<Record<string, number>>, examples: number): void {
    for (const [name, sum] of Object.entries(sums)) this.sums.set(name, sum)
    this.examples = examples
  }
}

/** Evaluates the same model again and again, compiled once per batch shape. */
export class Evaluator {
  private readonly programs = new Map<string, { bound: BoundProgram; names: readonly string[] }>()

  constructor(
    private readonly model: Layer,
    private readonly options: EvaluateOptions,
  ) {}

  async run(data: Dataset<'x' | 'y'>): Promise<Evaluation> {
    if (data.length === 0) throw new HebbError('evaluate: the data set is empty: there is nothing to measure')
    const means = new Means()
    for (const { x, y, size } of batches(data, this.options.batchSize ?? 256, { shuffle: false, reuse: true })) {
      const { bound, names } = this.programFor(x, y)
      bound.set(0, x.value!)
      bound.set(1, y.value!)
      await bound.run()
      means.add(Object.fromEntries(names.map((name, i) => [name, Number(bound.results[i]![0])])), size)
    }
    return evaluationOf(means)
  }

  private programFor(x: Tensor, y: Tensor): { bound: BoundProgram; names: readonly string[] } {
    const key = `${showShape(x.shape)}${x.dtype}${showShape(y.shape)}${y.dtype}`
    let found = this.programs.get(key)
    if (!found) {
      const [input, target] = [placeholder(x.shape, x.dtype), placeholder(y.shape, y.dtype)]
      const { result } = trace(this.model, { training: false }, () =>
        reported(this.model.forward(input), target, this.options.loss, this.options.metrics),
      )
      found = {
        bound: new BoundProgram(
          [input, target],
          Object.values(result).map((t) => t.cast('f32').mean()),
        ),
        names: Object.keys(result),
      }
      this.programs.set(key, found)
    }
    return found
  }
}

/** Means as an evaluation. */
export function evaluationOf(means: Means): Evaluation {
  const { loss, accuracy, ...metrics } = means.values
  return { loss: loss!, ...(accuracy !== undefined && { accuracy }), metrics, examples: means.examples }
}

/**
 * Loss, accuracy (where targets are class ids) and metrics of a model over a data set with fields x and y, in evaluation mode.
 * Throws HebbError when the set is empty.
 *
 * @example const { accuracy } = await evaluate(model, test, { loss: crossEntropy })
 */
export function evaluate(model: Layer, data: Dataset<'x' | 'y'>, options: EvaluateOptions): Promise<Evaluation> {
  initialize(model)
  return new Evaluator(model, options).run(data)
}
