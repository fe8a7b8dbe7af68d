/** Schedules that come up to their value first. */
import { HebbError } from '../../tensor/errors.js'
import { named, requireSteps, type Schedule } from './schedule.js'

/** lr·f with f in a straight line from `from` (default 1/3) to `to` (default 1) over `steps` (default 5), `to` afterwards [Goyal 2017]. */
export function linearWarmup({
  lr,
  from = 1 / 3,
  to = 1,
  steps = 5,
}: {
  lr: number
  from?: number | undefined
  to?: number | undefined
  steps?: number | undefined
}): Schedule {
  requireSteps('linearWarmup', 'steps', steps)
  return named('linearWarmup', { lr, from, to, steps }, (t) => lr * (from + ((to - from) * Math.min(t, steps)) / steps))
}

/** lr·factor (default 1/3) for the first `steps` (default 5), lr afterwards. */
export function constantWarmup({
  lr,
  factor = 1 / 3,
  steps = 5,
}: {
  lr: number
  factor?: number | undefined
  steps?: number | undefined
}): Schedule {
  requireSteps('constantWarmup', 'steps', steps)
  return named('constantWarmup', { lr, factor, steps }, (t) => (t < steps ? lr * factor : lr))
}

interface WarmupOptions {
  /** value at the end of the warm-up */
  lr: number
  /** steps up to `lr`: the rate is lr/warmup at the first and lr at the last of them */
  warmup: number
  /** steps of the whole run */
  steps: number
}

function requireWarmup(schedule: string, { warmup, steps }: WarmupOptions): void {
  requireSteps(schedule, 'steps', steps)
  if (!Number.isInteger(warmup) || warmup < 0 || warmup > steps)
    throw new HebbError(`${schedule}: warmup is ${warmup}: give a whole number of steps, from 0 to ${steps}`)
}

/**
 * lr·(t + 1)/warmup for the first `warmup` steps, then a straight line from lr down to 0 at `steps`. In transformers the first rate is 0, which leaves
 * every weight where it was; later rates are the same there one step of the warm-up later.
 */
export function linearWithWarmup(options: WarmupOptions): Schedule {
  const { lr, warmup, steps } = options
  requireWarmup('linearWithWarmup', options)
  return named('linearWithWarmup', options, (t) =>
    t < warmup ? (lr * (t + 1)) / warmup : lr * Math.max(0, (steps - t) / Math.max(1, steps - warmup)),
  )
}

/**
 * lr·(t + 1)/warmup for the first `warmup` steps, then `cycles` turns of a cosine until `steps`; the default ½ ends at 0. The warm-up is that of
 * {@link linearWithWarmup}.
 */
export function cosineWithWarmup({ cycles = 0.5, ...options }: WarmupOptions & { cycles?: number | undefined }): Schedule {
  const { lr, warmup, steps } = options
  requireWarmup('cosineWithWarmup', options)
  return named('cosineWithWarmup', { ...options, cycles }, (t) =>
    t < warmup
      ? (lr * (t + 1)) / warmup
      : lr * Math.max(0, 0.5 * (1 + Math.cos((2 * Math.PI * cycles * (t - warmup)) / Math.max(1, steps - warmup)))),
  )
}
