/** What a search for a learning rate found: its losses, whether they left all bounds, and where they fall fastest. */
import { plainFields } from '../../files/saved.js'
import type { Saved, Stateful } from '../../files/stateful.js'
import { least } from '../../tensor/extremes.js'

/** One step of the search. */
export interface LrPoint {
  /** rate of this step's update */
  readonly lr: number
  /** loss of this step's batch, before that update */
  readonly loss: number
  /** mean of the losses around it, weighted by nearness: what the curve would be without the noise of batches */
  readonly smooth: number
}

/** What a search found. */
export interface LrFinding {
  /** where the loss falls fastest per factor of the rate: a good rate to begin with */
  readonly suggestion: number
  /** where the loss is least: from here on it grows, so rates near it and above are too large */
  readonly lowest: number
  readonly curve: readonly LrPoint[]
  /** whether the loss left all bounds, or was NaN or infinite, before the last rate */
  readonly diverged: boolean
}

/** The curve of a search, and what it says. */
export function findingOf({ losses, diverged }: Found, rate: (t: number) => number, steps: number): LrFinding {
  const smooth = smoothed(losses, Math.max(1, steps / 40))
  const curve = losses.map((value, t) => ({ lr: rate(t), loss: value, smooth: smooth[t]! }))
  const lowest = smooth.indexOf(least(smooth))
  return { suggestion: rate(steepest(smooth, lowest)), lowest: rate(lowest), curve, diverged }
}

/** The losses so far, and whether they have grown so far above their least that they will not come back. */
export class Found implements Stateful {
  readonly losses: number[] = []
  diverged = false
  #least = Number.POSITIVE_INFINITY
  #mean = 0

  add(loss: number): void {
    // one wild batch is no divergence: the running mean must be out
    this.#mean = this.losses.length === 0 ? loss : 0.7 * this.#mean + 0.3 * loss
    this.losses.push(loss)
    this.#least = Math.min(this.#least, this.#mean)
    if (this.#mean - this.#least > 3 * Math.max(Math.abs(this.losses[0]!), Math.abs(this.#least))) this.diverge()
  }
  diverge(): void {
    this.diverged = true
  }

  state(): Saved {
    return { plain: { losses: [...this.losses], diverged: this.diverged } }
  }
  check({ plain }: Saved): void {
    const { losses } = plainFields(plain, { losses: 'list', diverged: 'boolean' })
    for (const [i, loss] of losses.entries()) plainFields({ loss }, { loss: 'number' }, `losses ${i}`)
  }
  restore({ plain }: Saved): void {
    const { losses, diverged } = plainFields(plain, { losses: 'list', diverged: 'boolean' })
    for (const loss of losses) this.add(Number(loss))
    this.diverged = diverged
  }
}

/** Means weighted by a bell curve of `width` steps. */
function smoothed(values: readonly number[], width: number): number[] {
  const reach = Math.ceil(3 * width)
  return values.map((_, t) => {
    let [sum, weight] = [0, 0]
    for (let k = Math.max(0, t - reach); k <= Math.min(values.length - 1, t + reach); k++) {
      const w = Math.exp(-0.5 * ((k - t) / width) ** 2)
      sum += w * values[k]!
      weight += w
    }
    return sum / weight
  })
}

/** The step before `end` at which values fall fastest; the first step where they never fall. */
function steepest(values: readonly number[], end: number): number {
  let [best, slope] = [0, 0]
  for (let t = 1; t < end; t++) {
    const fall = values[t - 1]! - values[t + 1]!
    if (fall > slope) [best, slope] = [t, fall]
  }
  return best
}
