/** A learning rate that falls when a metric no longer improves. */
import { HebbError } from '../../tensor/errors.js'
import type { Settled } from '../../tensor/options.js'
import { named, type Schedule } from './schedule.js'

/** Settings of `reduceOnPlateau`. */
export interface PlateauOptions {
  /** first learning rate */
  lr: number
  /** whether a lower or a higher metric is better. Default 'min' */
  mode?: 'min' | 'max' | undefined
  /** what the learning rate is multiplied with. Default 0.1 */
  factor?: number | undefined
  /** observations without improvement that are let pass. Default 10 */
  patience?: number | undefined
  /** how much better counts as better. Default 1e-4 */
  threshold?: number | undefined
  /** whether the threshold is a share of the best metric or a difference from it. Default 'relative' */
  thresholdMode?: 'relative' | 'absolute' | undefined
  /** observations after a reduction that do not count. Default 0 */
  cooldown?: number | undefined
  /** lowest learning rate. Default 0 */
  min?: number | undefined
  /** which number of each epoch's event `fit` lets it observe: `'validation.loss'`. Default: none, whoever trains calls `observe` */
  watch?: string | undefined
}

/** Everything that changes over a run; checkpoints hold it. `best` is null until the first observation. */
export interface PlateauState {
  readonly value: number
  readonly best: number | null
  readonly bad: number
  readonly cooling: number
}

/** A schedule that remembers: the learning rate of now, whatever the step. */
export interface Plateau extends Schedule {
  /** Takes note of a metric; true when the learning rate fell. */
  observe(metric: number): boolean
  /** all that changes; assign a saved one to go on from there */
  state: PlateauState
}

class Watcher {
  state: PlateauState
  readonly #options: Settled<Omit<PlateauOptions, 'watch'>>

  constructor({
    lr,
    mode = 'min',
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = 'relative',
    cooldown = 0,
    min = 0,
  }: PlateauOptions) {
    this.#options = { lr, mode, factor, patience, threshold, thresholdMode, cooldown, min }
    if (!(factor > 0 && factor < 1)) throw new HebbError(`reduceOnPlateau: factor is ${factor}: give a number between 0 and 1`)
    this.state = { value: lr, best: null, bad: 0, cooling: 0 }
  }

  observe(metric: number): boolean {
    const { factor, patience, cooldown, min } = this.#options
    let { value, best, bad, cooling } = this.state
    if (this.#better(metric, best)) {
      best = metric
      bad = 0
    } else bad++
    if (cooling > 0) {
      cooling--
      bad = 0
    }
    let fell = false
    if (bad > patience) {
      const next = Math.max(value * factor, min)
      // a smaller change would only be noise
      fell = value - next > 1e-8
      if (fell) value = next
      cooling = cooldown
      bad = 0
    }
    this.state = { value, best, bad, cooling }
    return fell
  }

  #better(metric: number, best: number | null): boolean {
    const { mode, threshold, thresholdMode } = this.#options
    if (best === null) return !Number.isNaN(metric)
    const margin = thresholdMode === 'relative' ? best * threshold : threshold
    return mode === 'min' ? metric < best - margin : metric > best + margin
  }
}

/**
 * Multiplies the learning rate with `factor` once the metric has failed to improve more than `patience` times in a row. It is a schedule like any other;
 * with `watch`, `fit` shows it that number after each epoch, without it call `observe` yourself. What it remembers is saved with a run.
 *
 * @example await fit(model, train, { loss, validation, optimizer: sgd({ lr: reduceOnPlateau({ lr: 0.1, patience: 3, watch: 'validation.loss' }) }) })
 * @example
 * const lr = reduceOnPlateau({ lr: 0.1, patience: 3 })
 * const step = trainStep(model, sgd({ lr }), loss)
 * lr.observe(measured)
 */
export function reduceOnPlateau(options: PlateauOptions): Plateau {
  const watcher = new Watcher(options)
  const { watch } = options
  const memory = {
    save: () => watcher.state,
    restore: (saved: unknown) => {
      watcher.state = checked(saved)
    },
    see: (numbers: Readonly<Record<string, number>>) => {
      if (watch === undefined) return
      if (numbers[watch] === undefined)
        throw new HebbError(`reduceOnPlateau: it watches ${watch}, and an epoch tells ${Object.keys(numbers).join(', ')}`)
      watcher.observe(numbers[watch])
    },
  }
  const schedule = Object.assign(
    named('reduceOnPlateau', options, () => watcher.state.value, { memory }),
    { observe: (metric: number) => watcher.observe(metric), state: watcher.state },
  )
  return Object.defineProperty(schedule, 'state', {
    get: () => watcher.state,
    set: (state: PlateauState) => {
      watcher.state = state
    },
  })
}

/** A state from a file. Throws HebbError where it is none. */
function checked(saved: unknown): PlateauState {
  const { value, best, bad, cooling } = (typeof saved === 'object' && saved !== null ? saved : {}) as Record<keyof PlateauState, unknown>
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0
  if (typeof value !== 'number' || !(value >= 0) || !(best === null || typeof best === 'number') || !isCount(bad) || !isCount(cooling))
    throw new HebbError(`reduceOnPlateau: ${JSON.stringify(saved)} is no state of a plateau`)
  return { value, best, bad, cooling }
}
