/** How good a model is on a data set, without training it. */
import { plainFields } from '../../files/saved.js'
import type { Saved, Stateful } from '../../files/stateful.js'
import { placeholder } from '../../graph/leaf.js'
import type { Layer } from '../../nn/module.js'
import { trace } from '../../nn/scope.js'
import { BoundProgram } from '../../runtime/bound.js'
import { HebbError } from '../../tensor/errors.js'
import { Form, type Numbers, numbersOf as numbersIn } from '../../tensor/form.js'
import { checkOptions, defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import { numbersOf, type Weight, Weights, weightOf } from '../step/numbers.js'
import {
  type Examples,
  type FieldNames,
  type FieldOptions,
  feedOf,
  fieldOptions,
  type InputsOf,
  type NamesIn,
  type Picked,
  Roles,
  requireFields,
  sizeOfBatch,
} from './fields.js'
import { withProgram } from './modelProgram.js'
import { type AnyModel, type AnyQuestions, type Loss, type Metrics, reported, requireQuestions, seesBatch } from './reported.js'

/** What is measured, and how. */
export interface EvaluateOptions<Out = Tensor, I extends FieldNames = 'x', T extends FieldNames = 'y'> extends FieldOptions<I, T> {
  readonly loss: Loss<Out, Picked<T>>
  readonly metrics?: Metrics<Out, Picked<T>> | undefined
  /** of a data set; default 256 */
  readonly batchSize?: number | undefined
}

/** What an evaluation found. */
export interface Evaluation {
  /** mean over what counts: the examples by their weights, but for ignored targets and by the weights of their classes; NaN where nothing counts */
  readonly loss: number
  /** share of right answers among those that count; only for tasks that have right answers: classes, one-hot ones too, yes or no, several of these */
  readonly accuracy?: number
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: number
}

/** Means over what counts, from means over batches. */
export class Means implements Stateful {
  readonly #sums = new Map<string, Sum>()
  examples = 0
  /** Adds the numbers of a batch of `size` examples; `weights` is how much counts in each of them. */
  add(values: Readonly<Record<string, number>>, weights: Readonly<Record<string, number>>, size: number): void {
    for (const name in weights) {
      const weight = weights[name]!
      const { sum, of } = this.#sums.get(name) ?? { sum: 0, of: 0 }
      // what is a mean over nothing is no number, and counts as nothing
      this.#sums.set(name, { sum: weight === 0 ? sum : sum + values[name]! * weight, of: of + weight })
    }
    this.examples += size
  }
  get values(): Record<string, number> {
    return Object.fromEntries([...this.#sums].map(([name, { sum, of }]) => [name, sum / of]))
  }
  clear(): void {
    this.#sums.clear()
    this.examples = 0
  }

  state(): Saved {
    return { plain: { sums: Object.fromEntries([...this.#sums].map(([name, sum]) => [name, { ...sum }])), examples: this.examples } }
  }
  check({ plain }: Saved): void {
    const { sums } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) plainFields(sum, { sum: 'number', of: 'number' }, `the sum of ${name}`)
  }
  restore({ plain }: Saved): void {
    const { sums, examples } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) this.#sums.set(name, plainFields(sum, { sum: 'number', of: 'number' }))
    this.examples = examples
  }
}

/** A sum of weighted numbers, and the sum of their weights. */
export interface Sum {
  readonly sum: number
  readonly of: number
}

/** Loss and numbers of batches of one form, compiled. */
class EvaluationProgram {
  readonly bound: BoundProgram
  readonly #names: readonly string[]
  readonly #weights: readonly Weight[]

  constructor(model: AnyModel, form: Form, size: number, roles: Roles, questions: AnyQuestions) {
    const holders = form.inputs.map(({ shape, dtype }) => placeholder(shape, dtype))
    const fields = form.fill(holders) as Readonly<Record<string, unknown>>
    const { result } = trace(model, { training: false }, () => reported(model, fields, roles, questions))
    const numbers = numbersOf(result, size, { reduce: true })
    const outputs = numbers.map(({ number }) => number)
    const weights = new Weights(outputs)
    this.#names = numbers.map(({ name }) => name)
    this.#weights = numbers.map((number) => weights.of(number))
    this.bound = new BoundProgram(holders, outputs)
  }

  /** Adds the numbers of a batch of `size` examples to the means. */
  async add(means: Means, values: readonly Numbers[], size: number): Promise<void> {
    for (let i = 0; i < values.length; i++) this.bound.set(i, values[i]!)
    await this.bound.run()
    const { results } = this.bound
    means.add(
      Object.fromEntries(this.#names.map((name, i) => [name, Number(results[i]![0])])),
      Object.fromEntries(this.#names.map((name, i) => [name, weightOf(this.#weights[i]!, results)])),
      size,
    )
  }
}

/** `evaluate` without its checks. */
export async function measure(
  model: AnyModel,
  data: unknown,
  questions: AnyQuestions & FieldOptions & { readonly batchSize?: number | undefined },
  where = 'evaluate',
): Promise<Evaluation> {
  const { loss, metrics = {}, batchSize } = questions
  const feed = feedOf(where, data, { batchSize, shuffle: false }, 256)
  const means = new Means()
  // functions made at each call have one place among the programs, others one each
  const names = [loss, ...Object.values(metrics)].map((f) => f.name).join()
  const given = [questions.inputs, questions.target, questions.weight].map((n) => JSON.stringify(n ?? null))
  const functions = [loss, ...Object.entries(metrics).flat()]
  let roles: Roles | undefined
  for await (const batch of feed.batches()) {
    roles ??= new Roles(where, Object.keys(batch), questions, { all: seesBatch(questions) })
    const known = roles
    const [picked, size] = [known.pick(batch), sizeOfBatch(batch)]
    const form = new Form(`${where}: the batch`, picked)
    const values = await Promise.all(form.read(picked)!.map(numbersIn))
    await withProgram(
      model,
      `evaluate ${names} ${given} ${size} ${form.key}`,
      functions,
      () => new EvaluationProgram(model, form, size, known, questions),
      (program) => program.add(means, values, size),
    )
  }
  if (means.examples === 0) throw new HebbError(`${where}: the feed gave no batches: there is nothing to measure`)
  return evaluationOf(means)
}

/** Means as an evaluation. */
export function evaluationOf(means: Means): Evaluation {
  const { loss, accuracy, ...metrics } = means.values
  return defined({ loss: loss!, accuracy, metrics, examples: means.examples })
}

/**
 * Loss, accuracy (where there are right answers) and metrics of a model over a data set or a feed, in evaluation mode: of the field x, or of several named
 * inputs, and the target y, or others, as `inputs` and `target` say. With `weight` each example counts as much as that field says. The model is compiled
 * once for each form of batch and traced again where it has changed: keep the loss function in a variable for a loop of evaluations.
 * Throws HebbError when there are no examples, and for fields that are missing, naming those there are.
 *
 * @example const { accuracy } = await evaluate(model, test, { loss: crossEntropy })
 * @example await evaluate(model, test, { inputs: ['image', 'age'], target: 'price', weight: 'w', loss: meanSquaredError })
 */
export async function evaluate<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: NoInfer<Examples<NamesIn<I> | NamesIn<T>>>,
  options: EvaluateOptions<Out, I, T>,
): Promise<Evaluation> {
  checkOptions('evaluate', options ?? {}, ['loss', 'metrics', 'batchSize', ...fieldOptions])
  requireFields('evaluate', data, options ?? {})
  requireQuestions('evaluate', options?.loss, options?.metrics)
  return measure(model as AnyModel, data, options as AnyQuestions & FieldOptions)
}
