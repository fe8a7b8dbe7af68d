/** Schedules that go down from a first value. */
import { HebbError } from '../../tensor/errors.js'
import { named, requireSteps, type Schedule } from './schedule.js'

/** lr·gamma^⌊t / every⌋: a drop every so many steps. gamma defaults to 0.1. */
export function stepDecay({ lr, every, gamma = 0.1 }: { lr: number; every: number; gamma?: number | undefined }): Schedule {
  requireSteps('stepDecay', 'every', every)
  return named('stepDecay', { lr, every, gamma }, (t) => lr * gamma ** Math.floor(t / every))
}

/** lr·gamma^k after k of the steps in `at` have come: drops at chosen steps. gamma defaults to 0.1. */
export function multiStep({ lr, at, gamma = 0.1 }: { lr: number; at: readonly number[]; gamma?: number | undefined }): Schedule {
  if (at.some((step) => !Number.isInteger(step) || step < 0))
    throw new HebbError(`multiStep: at [${at.join(', ')}] must be whole steps, 0 or more`)
  return named('multiStep', { lr, at, gamma }, (t) => lr * gamma ** at.filter((step) => t >= step).length)
}

/** lr·gammaᵗ */
export const exponential = ({ lr, gamma }: { lr: number; gamma: number }): Schedule =>
  named('exponential', { lr, gamma }, (t) => lr * gamma ** t)

/** lr·(1 − t/steps)^power, 0 from `steps` on. power defaults to 1: a straight line. */
export function polynomial({ lr, steps, power = 1 }: { lr: number; steps: number; power?: number | undefined }): Schedule {
  requireSteps('polynomial', 'steps', steps)
  return named('polynomial', { lr, steps, power }, (t) => lr * (1 - Math.min(t, steps) / steps) ** power)
}

/** Half a cosine from `lr` to `min`, u from 0 to 1. */
const halfCosine = (lr: number, min: number, u: number): number => min + ((lr - min) * (1 + Math.cos(Math.PI * u))) / 2

/** min + (lr − min)·(1 + cos(πt/steps))/2 [Loshchilov 2017]; min defaults to 0. Past the end the cosine goes on, up again. */
export function cosine({ lr, steps, min = 0 }: { lr: number; steps: number; min?: number | undefined }): Schedule {
  requireSteps('cosine', 'steps', steps)
  return named('cosine', { lr, steps, min }, (t) => halfCosine(lr, min, t / steps))
}

/**
 * Half cosines from `lr` toward `min`, each starting anew at `lr` [Loshchilov 2017]: the first takes `first` steps, each next one
 * `multiply` times as many (default 1). min defaults to 0.
 */
export function cosineWarmRestarts({
  lr,
  first,
  multiply = 1,
  min = 0,
}: {
  lr: number
  first: number
  multiply?: number | undefined
  min?: number | undefined
}): Schedule {
  requireSteps('cosineWarmRestarts', 'first', first)
  requireSteps('cosineWarmRestarts', 'multiply', multiply)
  return named('cosineWarmRestarts', { lr, first, multiply, min }, (t) => {
    let length = first
    let rest = multiply === 1 ? t % first : t
    for (; rest >= length; length *= multiply) rest -= length
    return halfCosine(lr, min, rest / length)
  })
}
