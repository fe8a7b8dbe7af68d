/** What is told of a batch: its loss, the share of right answers, and the metrics asked for, all weighed alike. */
import { factsOf, note } from '../../loss/facts.js'
import { weighedMean, weighLoss } from '../../loss/weights.js'
import type { Layer } from '../../nn/module.js'
import { mean, sum } from '../../ops/reduce/sum.js'
import { HebbError } from '../../tensor/errors.js'
import { defined, kindOf } from '../../tensor/options.js'
import { Tensor } from '../../tensor/tensor.js'
import type { LossResult } from '../step/numbers.js'
import { accuracyOf } from './accuracy.js'
import type { Roles, View } from './fields.js'

/**
 * Loss from a model's output and the target: alone, or with further numbers and how much counts in the batch. One that takes a third parameter, without a
 * default, gets every field of the batch by name, as tensors: `(output, target, { teacher }: { teacher: Tensor }) => …`. Of one number for each example, (N),
 * the mean is taken.
 */
export type Loss<Out = Tensor, Target = Tensor> = (output: Out, target: Target, batch: never) => LossResult

/**
 * A number to report beside the loss, from output and target, and from the batch where it takes one as a third parameter; averaged over the examples, or over
 * what counts in it where it is a loss.
 */
export type Metric<Out = Tensor, Target = Tensor> = (output: Out, target: Target, batch: never) => Tensor
/** Numbers to report, by name. */
export type Metrics<Out = Tensor, Target = Tensor> = Readonly<Record<string, Metric<Out, Target>>>

/** What is asked of a batch. */
export interface Questions<Out = Tensor, Target = Tensor> {
  readonly loss: Loss<Out, Target>
  readonly metrics?: Metrics<Out, Target> | undefined
}

/** Throws HebbError, naming `where`, unless a loss and metrics are functions: from plain JavaScript they may be names. */
export function requireQuestions(where: string, loss: unknown, metrics: unknown = {}): void {
  if (typeof loss !== 'function')
    throw new HebbError(
      `${where}: the loss is ${loss === undefined ? 'missing' : kindOf(loss)}: give a function of output and target, such as crossEntropy`,
    )
  const wrong = kindOf(metrics) === 'an object' ? Object.entries(metrics as object).find(([, f]) => typeof f !== 'function') : []
  if (wrong)
    throw new HebbError(
      `${where}: ${wrong[0] === undefined ? `the metrics are ${kindOf(metrics)}` : `the metric ${wrong[0]} is ${kindOf(wrong[1])}`}: give functions by name, { f1: (output, target) => … }; accuracy is told without being asked for`,
    )
}

/** Questions about outputs and targets of any kind. */
export type AnyQuestions = Questions<never, never>

/** A model of any input and output. */
export type AnyModel = Layer<readonly [never], unknown>

/** Whether some of these look at the whole batch. */
export const seesBatch = ({ loss, metrics = {} }: AnyQuestions): boolean => [loss, ...Object.values(metrics)].some((f) => f.length > 2)

function ask<R>(f: (output: never, target: never, batch: never) => R, output: unknown, target: unknown, batch: unknown): R {
  // options of built-in losses stand third too, and have defaults: they are no batch
  return f.length > 2
    ? f(output as never, target as never, batch as never)
    : (f as (o: never, t: never) => R)(output as never, target as never)
}

interface Asked extends View {
  readonly output: unknown
  readonly loss: Tensor
  /** further numbers, and how much counts */
  readonly rest: Readonly<Record<string, Tensor | number>>
}

function askLoss(model: AnyModel, fields: Readonly<Record<string, unknown>>, roles: Roles, loss: AnyQuestions['loss']): Asked {
  const view = roles.view(fields)
  const output = roles.forward(model, view.input)
  const result = ask(loss, output, view.target, view.batch)
  const { loss: whole, ...rest } = result instanceof Tensor ? { loss: result } : result
  const { weights } = view
  // one number for each example: the loss is their mean
  const given = whole instanceof Tensor && whole.rank === 1 && !weights ? note(mean(whole), factsOf(whole)) : whole
  return { ...view, output, rest, loss: weights && given instanceof Tensor ? weighed('the loss', given, weights, loss) : given }
}

/** What the loss function gives for one batch. */
export function lossOf(
  model: AnyModel,
  fields: Readonly<Record<string, unknown>>,
  roles: Roles,
  loss: AnyQuestions['loss'],
): Exclude<LossResult, Tensor> {
  const asked = askLoss(model, fields, roles, loss)
  return { ...asked.rest, loss: asked.loss }
}

/** The numbers a graph reports for one batch: loss, accuracy where it applies, and the metrics asked for. */
export function reported(
  model: AnyModel,
  fields: Readonly<Record<string, unknown>>,
  roles: Roles,
  { loss: asks, metrics = {} }: AnyQuestions,
): LossResult {
  const { loss, output, target, weights, batch, rest } = askLoss(model, fields, roles, asks)
  const known = !('accuracy' in rest) && output instanceof Tensor && target instanceof Tensor && loss instanceof Tensor
  const accuracy = known ? accuracyOf(output, target, factsOf(loss).answers, weights) : undefined
  const others = Object.entries(metrics).map(([name, f]) => {
    const metric = ask(f, output, target, batch)
    return [name, weights && metric instanceof Tensor ? weighed(`the metric ${name}`, metric, weights, f) : metric]
  })
  return { loss, ...defined({ accuracy }), ...rest, ...Object.fromEntries(others) }
}

/** What a function gave, with the weights of the examples in it. Throws HebbError where they can no longer come in. */
function weighed(what: string, given: Tensor, weights: Tensor, f: { readonly length: number }): Tensor {
  const now = weighLoss(given, weights)
  const each = given.rank > 0 && given.shape[0] === weights.shape[0]
  const value = now ?? (each ? weighedMean(given, weights) : given)
  if (value === given && f.length < 3)
    throw new HebbError(
      `weight: ${what} is one number that no built-in loss made, so the weights of its examples cannot come in: give one number per example, with reduction: 'none', or take the batch as a third parameter and weigh it there`,
    )
  const facts = factsOf(value)
  return facts.counts === undefined ? note(value, { ...facts, counts: sum(weights), rows: weights.size }) : value
}
