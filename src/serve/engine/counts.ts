/** What an engine has done, counted. */

/** Sums since the start; times in seconds. */
export class Counts {
  /** texts that have ended, by why */
  readonly ended = new Map<string, number>()
  /** ids of prompts that were read, and that were known */
  read = 0
  reused = 0
  /** tokens that were written */
  written = 0
  /** texts that were turned away */
  turnedAway = 0
  /** texts that gave their place to others for a while, as memory was short */
  putBack = 0
  /** rounds, and the texts that got a token in them */
  rounds = 0
  roundTexts = 0
  readonly untilFirst = new Histogram([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
  readonly untilEnd = new Histogram([0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600])

  end(why: string): void {
    this.ended.set(why, (this.ended.get(why) ?? 0) + 1)
  }
}

/** How many values were at most so large, for each of some bounds. */
export class Histogram {
  readonly counts: number[]
  sum = 0
  count = 0

  constructor(readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0)
  }

  add(value: number): void {
    this.sum += value
    this.count++
    for (const [i, bound] of this.bounds.entries()) if (value <= bound) this.counts[i]!++
  }
}
