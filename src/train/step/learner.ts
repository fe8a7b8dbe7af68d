/** Weights that train: their memory, moments and averages once, for as many losses as move them. */
import type { Saved, Stateful } from '../../files/stateful.js'
import { announce, initializeAt } from '../../nn/initialize.js'
import { chosen } from '../../nn/module/select.js'
import { unchangedSince } from '../../nn/module/walk.js'
import { type Model, requireParameters } from '../../nn/module.js'
import type { Param } from '../../nn/param.js'
import { requireGroups } from '../../optim/groups.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import type { Memory } from '../../optim/schedules/schedule.js'
import type { Given } from '../../runtime/compile.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, kindOf } from '../../tensor/options.js'
import type { Fields } from './lossProgram.js'
import { Clocks } from './memory/clocks.js'
import type { Region } from './memory/region.js'
import { Trainable } from './memory/trainable.js'
import type { Mover, Shared } from './mover.js'
import type { LossResult } from './numbers.js'
import { type ObjectiveOptions, type StepOptions, type StepResult, stepOptions } from './options.js'
import type { AllReduce } from './reduce.js'
import { stateOfLearner } from './state/state.js'
import { statisticsOf } from './statistics.js'
import { Stepper } from './stepper.js'
import { type Turn, turnOf } from './turn.js'

/** A training step as a function of a batch; `learner` holds the weights and all that belongs to them. As a part of a `run` it has the state of its learner. */
export interface TrainStep<B extends Fields> extends Stateful {
  /**
   * One batch. Throws NonFiniteLossError when the loss, NonFiniteGradientError when a gradient is NaN or infinite; the weights are untouched then.
   * Gradients summed over several batches are looked at together, before their update.
   */
  (batch: Given<B>): Promise<StepResult>
  /**
   * Makes a step of the batches summed so far, where `accumulate` waits for more; undefined when there are none. Call it when no more batches come.
   *
   * @example for (const batch of batches(train, 8)) await step(batch); await step.flush()
   */
  flush(): ReturnType<Stepper<B>['flush']>
  /** updates made so far */
  readonly step: number
  readonly learner: Learner
}

/** An objective of a learner as a function. */
export function trainStepOf<B extends Fields>(learner: Learner, stepper: Stepper<B>): TrainStep<B> {
  const call = Object.assign((batch: Given<B>) => stepper.run(batch), {
    flush: () => stepper.flush(),
    step: 0,
    learner,
    ...stateOfLearner(learner),
  })
  return Object.defineProperty(call, 'step', { get: () => stepper.step })
}

/** Weights that train, and the objectives that move them; made by `learner`. */
export class Learner implements Shared, Stateful {
  readonly trained: Trainable
  readonly clocks: Clocks
  readonly reduce: AllReduce | undefined
  readonly seed: number
  /** batches that make one step */
  readonly accumulate: number
  /** the objectives by name */
  readonly steppers = new Map<string, Stepper<never>>()
  readonly movers: Mover[] = []
  readonly turn: Turn
  readonly memories = new Set<Memory>()
  readonly #unchanged: () => boolean
  readonly #all: ReadonlyMap<string, Param>
  readonly #moving: ReadonlyMap<string, Param>

  constructor(
    readonly model: Model,
    readonly optimizer: Optimizer,
    readonly options: StepOptions = {},
    where = 'learner',
  ) {
    this.seed = options.seed ?? 0
    this.accumulate = options.accumulate ?? 1
    if (!Number.isInteger(this.accumulate) || this.accumulate < 1)
      throw new HebbError(`${where}: accumulate ${this.accumulate}: give a whole number of at least 1`)
    const all = requireParameters(model)
    this.#all = all
    this.#unchanged = unchangedSince(model)
    requireGroups(optimizer, [...all.keys()])
    const trainable = [...all].filter(([, p]) => p.trainable)
    this.#moving = new Map(chosen(where, options.only, trainable))
    this.turn = turnOf([...this.#moving.values()].map(({ storage }) => storage))
    this.trained = new Trainable(
      this.#moving,
      optimizer,
      { sums: this.accumulate > 1, average: options.ema !== undefined },
      (homes) => initializeAt(model, this.seed, homes),
      (homes) => announce(model, this.seed, homes),
    )
    this.clocks = new Clocks(this.trained)
    this.reduce = options.reduce
  }

  /**
   * A loss that moves weights of this learner, as a function of a batch: all of them, or those that `only` means. Gradients flow to these alone, as if what
   * the others give were detached. Weights it moves that the loss does not depend on stay as they are, their moments and their counts of updates too.
   *
   * Schedules count the updates of the objective; bias corrections count those of each weight, whoever made them. Randomness depends on the name, so that
   * no two objectives draw the same numbers. Throws HebbError for a name that is taken, and where `only` means none of the learner's weights.
   *
   * @example
   * const judge = trainer.objective('judge', ({ x, z }: { x: Tensor; z: Tensor }) => loss(x, net.maker.forward(z)), { only: 'judge' })
   * await judge({ x, z })
   */
  objective<B extends Fields>(name: string, loss: (batch: B) => LossResult, options: ObjectiveOptions = {}): TrainStep<B> {
    const where = `objective ${name}`
    if (typeof name !== 'string' || name === '') throw new HebbError('objective: give a name first: learner.objective(name, loss)')
    checkOptions(where, options, ['only', 'clip', 'statistics'])
    return trainStepOf(this, this.add(name, where, loss, options))
  }

  /** The same for who knows what it is called in messages; the name may be ''. */
  add<B extends Fields>(name: string, where: string, loss: (batch: B) => LossResult, options: ObjectiveOptions = {}): Stepper<B> {
    if (typeof loss !== 'function')
      throw new HebbError(
        `${where}: the loss is ${loss === undefined ? 'missing' : kindOf(loss)}: give a function of a batch, ({ x, y }) => …`,
      )
    if (this.steppers.has(name)) throw new HebbError(`${where}: the learner has an objective of this name: give another one`)
    const { trained } = this
    const picked = new Set(chosen(where, options.only, [...this.#moving]).map(([path]) => path))
    const { clip = this.options.clip, statistics = this.options.statistics } = options
    const stepper = new Stepper<B>(this, {
      name,
      where,
      loss,
      members: trained.paths.flatMap((path, i) => (picked.has(path) ? [i] : [])),
      clip,
      statistics: statisticsOf(where, statistics, this.options.only, this.#all, this.#moving),
    })
    this.steppers.set(name, stepper)
    this.movers.push(stepper.mover)
    return stepper
  }

  /** Weights that move, buffers, optimizer state, averages and counts of all objectives: a learner is a part of a `run`. */
  state(): Saved {
    return stateOfLearner(this).state()
  }
  /** Throws HebbError where a state is not of this learner. */
  check(saved: Saved): void {
    stateOfLearner(this).check(saved)
  }
  /** Goes on from a state that passed `check`. */
  restore(saved: Saved): void {
    stateOfLearner(this).restore(saved)
  }

  /** The gradients that the last step found, after clipping, by path: views, which the next step overwrites. */
  get gradients(): ReadonlyMap<string, Float32Array> {
    return new Map(this.trained.paths.map((path, i) => [path, this.trained.gradients[i]!]))
  }

  /** Throws HebbError where the model was wrapped, unwrapped or frozen since the learner was made. */
  requireUnchanged(where: string): void {
    if (!this.#unchanged())
      throw new HebbError(
        `${where}: the model is not the one this step was made for: it was wrapped, unwrapped or frozen, or its layers were exchanged: make the step anew`,
      )
  }

  /** Moves the averages after weights that have moved, where there are any. */
  follow(region: Region, step: number): void {
    const { average } = this.trained
    if (average === undefined) return
    const weights = region.slices(0)
    for (const [i, { k, at, length }] of region.slices(average).entries())
      this.options.ema!.update(k, { average: at, weight: weights[i]!.at, length }, step)
  }

  /**
   * What `f` gives while the model holds the averaged weights, which `evaluate`, `predict` and `save` see then; afterwards it holds those that train.
   * Steps wait until then, and so does this for a step that runs. Throws HebbError without the option `ema`.
   *
   * @example const { loss } = await step.learner.averaged(() => evaluate(model, test, { loss: crossEntropy }))
   */
  async averaged<T>(f: () => T | Promise<T>): Promise<T> {
    if (!this.trained.averages) throw new HebbError('averaged: this step keeps no average of the weights: give it { ema: ema() }')
    await this.turn.take('averaged')
    this.trained.showAverages()
    this.turn.root.blocked = 'averaged'
    try {
      return await f()
    } finally {
      this.turn.root.blocked = undefined
      this.trained.showWeights()
      this.turn.give()
    }
  }
}

/**
 * Weights with one optimizer, its moments, clipping and averages, for several losses: `objective` gives a step for each, which moves weights of its own.
 * Different learning rates or optimizers are groups of the one optimizer. For one loss alone `trainStep` is this in one call.
 *
 * @example
 * const net = { maker: new Linear(2, 4), judge: new Linear(4, 1) }
 * const trainer = learner(net, adam({ lr: 2e-4, groups: [{ match: 'judge', hyper: { lr: 1e-4 } }] }))
 * const judge = trainer.objective('judge', judgeLoss, { only: 'judge' })
 * const fool = trainer.objective('fool', makerLoss, { only: 'maker' })
 * for (const { x, z } of source) console.log(await judge({ x, z }), await fool({ z }))
 */
export function learner(model: Model, optimizer: Optimizer, options: StepOptions = {}): Learner {
  requireOptimizer('learner', optimizer)
  checkOptions('learner', options, stepOptions)
  return new Learner(model, optimizer, options)
}
