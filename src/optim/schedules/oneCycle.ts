/** Up once, down once: the one-cycle policy. */
import { HebbError } from '../../tensor/errors.js'
import { named, requireSteps, type Schedule } from './schedule.js'

/** Settings of `oneCycle`. */
export interface OneCycleOptions {
  /** the highest learning rate */
  lr: number
  /** steps of the whole cycle */
  steps: number
  /** share of the steps on the way up. Default 0.3 */
  rise?: number | undefined
  /** how values move. Default 'cosine' */
  shape?: 'cosine' | 'linear' | undefined
  /** first learning rate = lr / divide. Default 25 */
  divide?: number | undefined
  /** last learning rate = lr / divide / finalDivide. Default 10,000 */
  finalDivide?: number | undefined
  /** whether it comes down as it went up before the last fall. Default false */
  threePhase?: boolean | undefined
  /** momentum while the learning rate is low, and at its highest. Default 0.95 and 0.85 */
  momentum?: { high?: number | undefined; low?: number | undefined } | undefined
}

interface Phase {
  readonly end: number
  readonly lr: readonly [from: number, to: number]
  readonly momentum: readonly [from: number, to: number]
}

/**
 * The learning rate rises from lr/divide to lr, then falls far below its start, while momentum goes the other way [Smith 2019].
 * Past the end it stays. The momentum is a schedule of its own.
 *
 * @example
 * const cycle = oneCycle({ lr: 0.1, steps: 1000 })
 * sgd({ lr: cycle, momentum: cycle.momentum })
 */
export function oneCycle(options: OneCycleOptions): Schedule & { readonly momentum: Schedule } {
  const { lr, steps, rise = 0.3, shape = 'cosine', divide = 25, finalDivide = 1e4, threePhase = false } = options
  const { high = 0.95, low = 0.85 } = options.momentum ?? {}
  requireSteps('oneCycle', 'steps', steps)
  if (!(rise > 0 && rise < (threePhase ? 0.5 : 1)))
    throw new HebbError(`oneCycle: rise is ${rise}: give a share of the steps above 0 and below ${threePhase ? '0.5 (three phases)' : 1}`)
  const first = lr / divide
  const last = first / finalDivide
  const peak = rise * steps - 1
  const phases: readonly Phase[] = threePhase
    ? [
        { end: peak, lr: [first, lr], momentum: [high, low] },
        { end: 2 * peak, lr: [lr, first], momentum: [low, high] },
        { end: steps - 1, lr: [first, last], momentum: [high, high] },
      ]
    : [
        { end: peak, lr: [first, lr], momentum: [high, low] },
        { end: steps - 1, lr: [lr, last], momentum: [low, high] },
      ]

  const at = (t: number, what: 'lr' | 'momentum'): number => {
    const found = phases.findIndex(({ end }) => t <= end)
    const i = found < 0 ? phases.length - 1 : found
    const phase = phases[i]!
    const start = i === 0 ? 0 : phases[i - 1]!.end
    const [from, to] = phase[what]
    const u = phase.end > start ? Math.min(1, (t - start) / (phase.end - start)) : 1
    return shape === 'linear' ? from + (to - from) * u : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * u))
  }
  return Object.assign(
    named('oneCycle', options, (t) => at(t, 'lr')),
    { momentum: named('oneCycle.momentum', options, (t) => at(t, 'momentum')) },
  )
}
