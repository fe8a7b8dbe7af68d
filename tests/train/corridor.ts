/** A policy gradient on a corridor, written on `run`: REINFORCE with a mean of returns to compare with [Williams 1992]. */
import {
  adam,
  compile,
  keyOf,
  Linear,
  logSoftmax,
  type Run,
  type RunOptions,
  run,
  type Saved,
  type Stateful,
  savedArray,
  sequential,
  softmax,
  stateful,
  plainFields,
  takeAlong,
  tanh,
  type Tensor,
  tensor,
  trainStep,
  uniform,
} from '../../src/index.js'

/** Seven places in a row; each step costs 1 until the right end is reached, and one in ten goes the other way. */
export class Corridor implements Stateful {
  place = 0
  time = 0
  reset(): void {
    this.place = this.time = 0
  }
  /** Moves right or left; true when the walk is over. */
  step(right: boolean, luck: number): boolean {
    this.place = Math.max(0, this.place + (right === luck >= 0.1 ? 1 : -1))
    return ++this.time === 50 || this.place === 6
  }
  state(): Saved {
    return { plain: { place: this.place, time: this.time } }
  }
  check({ plain }: Saved): void {
    plainFields(plain, { place: 'count', time: 'count' })
  }
  restore({ plain }: Saved): void {
    Object.assign(this, plainFields(plain, { place: 'count', time: 'count' }))
  }
}
