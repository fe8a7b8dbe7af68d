/** A training step as a function of a batch. */
import type { Model } from '../../nn/module.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { checkOptions } from '../../tensor/options.js'
import { Learner, type TrainStep, trainStepOf } from './learner.js'
import type { Fields } from './lossProgram.js'
import type { LossResult } from './numbers.js'
import { type StepOptions, stepOptions } from './options.js'

/**
 * Compiles loss, gradients and update of a model into one step, for a training loop of your own. The loss function is traced in training mode,
 * once for each form of batch. It may give `{ loss, … }` to report more numbers, and `counts` among them, how much counts in the batch.
 *
 * A batch may be nested: tensors, typed arrays and numbers at any depth come in as tensors (numbers 0-d, f32), another string or boolean is another
 * program, and anything else is refused by name. What the loss function reads from elsewhere is part of the program, as it was at the first call:
 * give numbers that change in the batch. Weights that a loss does not depend on do not move, and steps of the same weights made at once take turns.
 * First values of more than two million weights are drawn at the first call, and their updates are made, with turns of the event loop in between; what is
 * computed meanwhile waits, so that nobody sees weights that have moved half-way, and an update that has begun is finished.
 * Several steps on one model each keep moments of their own, and the weights are handed over between them; `learner` has several losses without that.
 *
 * @example
 * const step = trainStep(model, adam(), ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y))
 * for (const batch of batches(train, 128)) console.log((await step(batch)).loss)
 * @example
 * const step = trainStep(model, adam(), ({ x, beta }: { x: Tensor; beta: Tensor }) => loss(x).add(penalty(model).mul(beta)))
 * await step({ x, beta: 0.1 })
 */
export function trainStep<B extends Fields>(
  model: Model,
  optimizer: Optimizer,
  loss: (batch: B) => LossResult,
  options: StepOptions = {},
): TrainStep<B> {
  requireOptimizer('trainStep', optimizer)
  checkOptions('trainStep', options, stepOptions)
  const learner = new Learner(model, optimizer, options, 'trainStep')
  return trainStepOf(learner, learner.add('', 'trainStep', loss))
}
