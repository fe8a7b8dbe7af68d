/** The one task of these comparisons: 8 × 8 digits and a small network, trained under any optimizer and batch size. */
import type { Dataset } from '../../data/index.js'
import type { JournalValue } from '../../files/index.js'
import { crossEntropy } from '../../loss/index.js'
import { Flatten, type Layer, Linear, sequential } from '../../nn/index.js'
import { tanh } from '../../ops/index.js'
import type { Optimizer } from '../../optim/index.js'
import * as sets from '../../sets/index.js'
import { evaluate, fit, NonFiniteError } from '../../train/index.js'
import { loading } from '../loading.js'
import type { RecipeContext } from '../recipe.js'

/** Pictures to learn from and pictures held out. */
export interface Task {
  readonly train: Dataset<'x' | 'y'>
  readonly test: Dataset<'x' | 'y'>
}

/** 1438 pictures to learn from, 359 held out. */
export async function digitTask(context: RecipeContext<unknown>): Promise<Task> {
  const all = await loading(context, 'digits', sets.digits)
  const [train, test] = all.split(0.8, { stratify: 'y', seed: context.settings.seed })
  return { train: train!, test: test! }
}

/** (N, 1, 8, 8) → 32 tanh units → (N, 10) */
export const network = (): Layer => sequential(new Flatten(), new Linear(64, 32), tanh, new Linear(32, 10))

/** One way to train. */
export interface Way {
  readonly optimizer: Optimizer
  readonly batchSize: number
  readonly epochs: number
  readonly seed: number
  readonly signal: AbortSignal
}

/** How it went. The fields are plain data, so that a sweep can write them down. */
export interface Went extends Readonly<Record<string, JournalValue>> {
  /** loss over the whole training set at the end; infinite when it diverged */
  readonly score: number
  readonly testAccuracy: number
  /** loss over the whole training set before the first epoch and after each */
  readonly losses: readonly number[]
  /** [examples seen, loss of the batch] at each update */
  readonly steps: readonly (readonly number[])[]
}

/** Trains the network from its first values. A loss or a gradient that is NaN or infinite ends it: it diverged. */
export async function trainOn(
  { train, test }: Task,
  { optimizer, batchSize, epochs, seed, signal }: Way,
  keepSteps = false,
): Promise<Went> {
  const model = network()
  const steps: number[][] = []
  const losses: number[] = []
  try {
    const events = fit(model, train, { loss: crossEntropy, optimizer, batchSize, epochs, seed, signal, every: 1, validation: train })
    for await (const e of events) {
      if (e.kind === 'epoch') losses.push(e.validation?.loss ?? Number.NaN)
      else if (keepSteps) steps.push([(e.epoch - 1) * train.length + e.examples, e.loss])
    }
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error
    return { score: Number.POSITIVE_INFINITY, testAccuracy: 0.1, losses, steps }
  }
  const { accuracy = 0 } = await evaluate(model, test, { loss: crossEntropy })
  return { score: losses.at(-1) ?? Number.POSITIVE_INFINITY, testAccuracy: accuracy, losses, steps }
}

/** Factors around 1, each about three times the one before: 1, 3 or 5 of them. */
export const factors = (count: number): number[] => (count >= 5 ? [0.1, 0.3, 1, 3, 10] : count >= 3 ? [0.3, 1, 3] : [1])
