/** How good a model is on a data set, without training it. */
import { batches } from '../../data/batches.js'
import { Dataset } from '../../data/dataset.js'
import { plainFields } from '../../files/saved.js'
import type { Saved, Stateful } from '../../files/stateful.js'
import { placeholder } from '../../graph/leaf.js'
import { factsOf } from '../../nn/loss/facts.js'
import type { Layer } from '../../nn/module.js'
import { trace } from '../../nn/scope.js'
import { BoundProgram } from '../../runtime/bound.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { showShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { type LossResult, numbersOf, type Weight, Weights, weightOf } from '../step/numbers.js'
import { accuracyOf } from './accuracy.js'
import { withProgram } from './modelProgram.js'

/** Loss from a model's output and the target: alone, or with further numbers and how much counts in the batch. */
export type Loss = (output: Tensor, target: Tensor) => LossResult
/** A number to report beside the loss, from output and target; averaged over the examples, or over what counts in it where it is a loss. */
export type Metrics = Readonly<Record<string, (output: Tensor, target: Tensor) => Tensor>>

/** What is measured, and how. */
export interface EvaluateOptions {
  readonly loss: Loss
  readonly metrics?: Metrics
  /** Default 256 */
  readonly batchSize?: number
}

/** What an evaluation found. */
export interface Evaluation {
  /** mean over what counts: the examples, but for ignored targets and by the weights of their classes; NaN where nothing counts */
  readonly loss: number
  /** share of right answers among those that count; only for tasks that have right answers: classes, one-hot ones too, yes or no, several of these */
  readonly accuracy?: number
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: number
}

/** Throws HebbError unless `data` is a data set with fields x and y. */
export function requireExamples(where: string, data: unknown): asserts data is Dataset<'x' | 'y'> {
  if (!(data instanceof Dataset))
    throw new HebbError(
      `${where}: the data is ${data === undefined ? 'missing' : Array.isArray(data) ? 'an array' : `a ${typeof data}`}, not a data set: make one, dataset({ x, y })`,
    )
  const lacking = ['x', 'y'].filter((name) => !data.fields.includes(name))
  if (lacking.length > 0)
    throw new HebbError(
      `${where}: the data has the fields ${data.fields.join(', ')}, but no ${lacking.join(' and no ')}: rename columns, as data.rename({ image: 'x', label: 'y' }) does`,
    )
}

/** The numbers a graph reports for one batch: loss, accuracy where it applies, and the metrics asked for. */
export function reported(output: Tensor, target: Tensor, loss: Loss, metrics: Metrics = {}): LossResult {
  const result = loss(output, target)
  const { loss: value, ...rest } = result instanceof Tensor ? { loss: result } : result
  const accuracy = 'accuracy' in rest ? undefined : accuracyOf(output, target, factsOf(value).answers)
  return {
    loss: value,
    ...(accuracy && { accuracy }),
    ...rest,
    ...Object.fromEntries(Object.entries(metrics).map(([name, f]) => [name, f(output, target)])),
  }
}

/** Means over what counts, from means over batches. */
export class Means implements Stateful {
  private readonly sums = new Map<string, Sum>()
  examples = 0
  /** Adds the numbers of a batch of `size` examples; `weights` is how much counts in each of them. */
  add(values: Readonly<Record<string, number>>, weights: Readonly<Record<string, number>>, size: number): void {
    for (const name in weights) {
      const weight = weights[name]!
      const { sum, of } = this.sums.get(name) ?? { sum: 0, of: 0 }
      // what is a mean over nothing is no number, and counts as nothing
      this.sums.set(name, { sum: weight === 0 ? sum : sum + values[name]! * weight, of: of + weight })
    }
    this.examples += size
  }
  get values(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, { sum, of }]) => [name, sum / of]))
  }
  clear(): void {
    this.sums.clear()
    this.examples = 0
  }

  state(): Saved {
    return { plain: { sums: Object.fromEntries([...this.sums].map(([name, sum]) => [name, { ...sum }])), examples: this.examples } }
  }
  check({ plain }: Saved): void {
    const { sums } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) plainFields(sum, { sum: 'number', of: 'number' }, `the sum of ${name}`)
  }
  restore({ plain }: Saved): void {
    const { sums, examples } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) this.sums.set(name, plainFields(sum, { sum: 'number', of: 'number' }))
    this.examples = examples
  }
}

/** A sum of weighted numbers, and the sum of their weights. */
export interface Sum {
  readonly sum: number
  readonly of: number
}

/** Loss and numbers of one batch shape, compiled. */
class EvaluationProgram {
  readonly bound: BoundProgram
  private readonly names: readonly string[]
  private readonly weights: readonly Weight[]

  constructor(model: Layer, x: Tensor, y: Tensor, { loss, metrics }: EvaluateOptions) {
    const [input, target] = [placeholder(x.shape, x.dtype), placeholder(y.shape, y.dtype)]
    const { result } = trace(model, { training: false }, () => reported(model.forward(input), target, loss, metrics))
    const numbers = numbersOf(result, x.shape[0]!, { reduce: true })
    const outputs = numbers.map(({ number }) => number)
    const weights = new Weights(outputs)
    this.names = numbers.map(({ name }) => name)
    this.weights = numbers.map((number) => weights.of(number))
    this.bound = new BoundProgram([input, target], outputs)
  }

  /** Adds the numbers of a batch to the means. */
  async add(means: Means, x: Tensor, y: Tensor): Promise<void> {
    this.bound.set(0, x.value!)
    this.bound.set(1, y.value!)
    await this.bound.run()
    const { results } = this.bound
    means.add(
      Object.fromEntries(this.names.map((name, i) => [name, Number(results[i]![0])])),
      Object.fromEntries(this.names.map((name, i) => [name, weightOf(this.weights[i]!, results)])),
      x.shape[0]!,
    )
  }
}

/** `evaluate` without its checks. */
export async function measure(model: Layer, data: Dataset<'x' | 'y'>, options: EvaluateOptions): Promise<Evaluation> {
  if (data.length === 0) throw new HebbError('evaluate: the data set is empty: there is nothing to measure')
  const { loss, metrics = {}, batchSize = 256 } = options
  const means = new Means()
  // functions made at each call have one place among the programs, others one each
  const names = [loss, ...Object.values(metrics)].map((f) => f.name).join()
  const functions = [loss, ...Object.entries(metrics).flat()]
  for (const { x, y } of batches(data, batchSize, { shuffle: false, reuse: true })) {
    const key = `evaluate ${names} ${showShape(x.shape)}${x.dtype}${showShape(y.shape)}${y.dtype}`
    await withProgram(
      model,
      key,
      functions,
      () => new EvaluationProgram(model, x, y, options),
      (program) => program.add(means, x, y),
    )
  }
  return evaluationOf(means)
}

/** Means as an evaluation. */
export function evaluationOf(means: Means): Evaluation {
  const { loss, accuracy, ...metrics } = means.values
  return { loss: loss!, ...(accuracy !== undefined && { accuracy }), metrics, examples: means.examples }
}

/**
 * Loss, accuracy (where there are right answers) and metrics of a model over a data set with fields x and y, in evaluation mode. The model is compiled
 * once for each shape of batch and traced again where it has changed: keep the loss function in a variable for a loop of evaluations.
 * Throws HebbError when the set is empty.
 *
 * @example const { accuracy } = await evaluate(model, test, { loss: crossEntropy })
 */
export async function evaluate(model: Layer, data: Dataset<'x' | 'y'>, options: EvaluateOptions): Promise<Evaluation> {
  requireExamples('evaluate', data)
  checkOptions('evaluate', options ?? {}, ['loss', 'metrics', 'batchSize'])
  if (typeof options?.loss !== 'function')
    throw new HebbError('evaluate: there is no loss: give a function of output and target, such as crossEntropy')
  return measure(model, data, options)
}
