/** How good a model is on a data set, without training it. */
import type { Layer } from '../../nn/module.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import {
  type ExamplesFor,
  type FieldNames,
  type FieldOptions,
  feedOf,
  fieldOptions,
  type InputsOf,
  type Picked,
  requireFields,
  rolesOf,
} from './fields.js'
import { Means, NumbersProgram } from './means.js'
import { withProgram } from './modelProgram.js'
import { readings } from './read.js'
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
  const roles = rolesOf(where, questions, { all: seesBatch(questions) })
  for await (const { form, values, size } of readings(where, feed.batches(), roles))
    await withProgram(
      model,
      `evaluate ${names} ${given} ${size} ${form.key}`,
      functions,
      () => new NumbersProgram(model, form, size, (fields) => reported(model, fields, roles(fields), questions)),
      (program) => {
        program.set(values)
        return program.add(means, size)
      },
    )
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
  data: ExamplesFor<I, T>,
  options: EvaluateOptions<Out, I, T>,
): Promise<Evaluation> {
  checkOptions('evaluate', options ?? {}, ['loss', 'metrics', 'batchSize', ...fieldOptions])
  requireFields('evaluate', data, options ?? {})
  requireQuestions('evaluate', options?.loss, options?.metrics)
  return measure(model as AnyModel, data, options as AnyQuestions & FieldOptions)
}
