/** Stopping when more training no longer helps, with the best weights kept. */
import { HebbError } from '../../tensor/errors.js'

/** When to stop. */
export interface EarlyStoppingOptions {
  /** epochs without improvement that are waited for. Default 3 */
  readonly patience?: number | undefined
  /** improvements smaller than this do not count. Default 0 */
  readonly minDelta?: number | undefined
  /** what is watched: validation loss (lower is better), or validation accuracy (higher is better). Default loss */
  readonly monitor?: 'loss' | 'accuracy' | undefined
}

/** The memory of an early stop; plain numbers, saved with the run. */
export interface StopState {
  best: number
  bestEpoch: number
  waited: number
}

/** Decides after each epoch whether a run goes on. */
export interface EarlyStopping {
  readonly monitor: 'loss' | 'accuracy'
  start(): StopState
  /** notes an epoch's value; 'best' when it is the best so far, 'stop' when patience has run out */
  see(state: StopState, epoch: number, value: number): 'best' | 'wait' | 'stop'
}

/**
 * Ends a run after `patience` epochs without a better validation loss (or accuracy); the model gets the weights of its best epoch back.
 *
 * @example fit(model, train, { loss, optimizer, validation, stop: earlyStopping({ patience: 3 }) })
 */
export function earlyStopping({ patience = 3, minDelta = 0, monitor = 'loss' }: EarlyStoppingOptions = {}): EarlyStopping {
  if (!Number.isInteger(patience) || patience < 1)
    throw new HebbError(`earlyStopping: patience ${patience}: give a whole number of at least 1`)
  const sign = monitor === 'loss' ? -1 : 1
  return {
    monitor,
    start: () => ({ best: Number.NaN, bestEpoch: 0, waited: 0 }),
    see(state, epoch, value) {
      // NaN is no value to be better than, and none that could be best
      if (!Number.isNaN(value) && (Number.isNaN(state.best) || sign * (value - state.best) > minDelta)) {
        Object.assign(state, { best: value, bestEpoch: epoch, waited: 0 })
        return 'best'
      }
      state.waited++
      return state.waited >= patience ? 'stop' : 'wait'
    },
  }
}
