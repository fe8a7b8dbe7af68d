/** How the learning rate of tuning goes: up over a warm-up, then down to nothing by the end of the run, whose length is known once its data are. */
import { cosineWithWarmup, linearWithWarmup, type Schedule } from '../optim/index.js'
import { HebbError } from '../tensor/errors.js'

/** How a learning rate is planned. */
export interface RateOptions {
  /** the highest rate */
  readonly lr: number
  /** down in a straight line to 0 at the end, down half a cosine, or not at all. Default 'linear', as TRL has it */
  readonly schedule?: 'linear' | 'cosine' | 'constant' | undefined
  /** steps of the way up, or below 1 the share of all of them. Default 0 */
  readonly warmup?: number | undefined
}

/** The rate at each step of a run of `steps()` steps, which is asked at each of them: it may be known only when the first one comes. Throws HebbError for a warm-up that is none. */
export function plannedRate({ lr, schedule = 'linear', warmup = 0 }: RateOptions, steps: () => number): Schedule {
  if (!['linear', 'cosine', 'constant'].includes(schedule))
    throw new HebbError(`schedule ${JSON.stringify(schedule)} is none of 'linear', 'cosine', 'constant'`)
  if (!(warmup >= 0) || (warmup >= 1 && !Number.isInteger(warmup)))
    throw new HebbError(`warmup ${warmup}: give a whole number of steps, or a share of them below 1`)
  // a run that goes on asks for the rate before it knows its data
  let [planned, planFor]: [Schedule | undefined, number] = [undefined, 0]
  const plan = (all: number): Schedule => {
    const up = Math.min(all, warmup < 1 ? Math.ceil(warmup * all) : warmup)
    if (schedule === 'cosine') return cosineWithWarmup({ lr, warmup: up, steps: all })
    if (schedule === 'linear') return linearWithWarmup({ lr, warmup: up, steps: all })
    return (t) => (t < up ? (lr * (t + 1)) / up : lr)
  }
  return Object.assign(
    (t: number) => {
      const all = Math.max(1, steps())
      if (!planned || planFor !== all) [planned, planFor] = [plan(all), all]
      return planned(t)
    },
    { toJSON: () => ({ schedule, lr, warmup }) },
  )
}
