/** Which trials a sweep makes, round by round: all at once, or the better ones again with more to spend. */
import { HebbError } from '../../tensor/errors.js'
import { type Choice, drawn, gridOf, type Space } from './space.js'

/** One thing to be tried. */
export interface Job {
  readonly settings: Choice
  /** how much it may spend (epochs, steps, examples), where the plan says so */
  readonly budget?: number | undefined
}

/** A plan gives rounds of jobs; after each it is told the scores, in their order, where less is better. */
export type Plan = (space: Space, seed: number) => Generator<readonly Job[], void, readonly number[]>

/** Every combination of the listed values. */
export const gridSearch = (): Plan =>
  function* (space) {
    yield gridOf(space).map((settings) => ({ settings }))
  }

/** `trials` choices drawn at random [Bergstra 2012]: where only some settings matter it sees more values of those than a grid does. */
export const randomSearch = ({ trials }: { readonly trials: number }): Plan =>
  function* (space, seed) {
    yield drawn(space, trials, seed).map((settings) => ({ settings }))
  }

/** Settings of `halving`. */
export interface HalvingOptions {
  /** what each trial may spend in the first round and in the last */
  readonly least: number
  readonly most: number
  /** how many trials begin; default as many as leave one in the last round. Where every setting is a list and this is left out, all combinations begin */
  readonly trials?: number | undefined
  /** η: one of so many goes on, with so many times the budget; default 3 */
  readonly factor?: number | undefined
}

/**
 * Successive halving [Jamieson 2016]: all trials get a small budget, the best 1/η of them η times as much, and so on up to `most`.
 * Each round costs about the same, so most of the spending goes to trials that looked good early.
 * Throws HebbError unless 0 < least ≤ most and η ≥ 2.
 */
export function halving({ least, most, trials, factor = 3 }: HalvingOptions): Plan {
  if (!(least > 0 && most >= least)) throw new HebbError(`halving: budget from ${least} to ${most}: give two numbers above 0 that rise`)
  if (!(factor >= 2)) throw new HebbError(`halving: factor ${factor}: give a number of at least 2`)
  const rounds = Math.floor(Math.log(most / least) / Math.log(factor) + 1e-9)
  const budgets = Array.from({ length: rounds + 1 }, (_, r) => rounded(most / factor ** (rounds - r)))
  return function* (space, seed) {
    const lists = Object.values(space).every((values) => Array.isArray(values))
    let alive: readonly Choice[] =
      trials === undefined && lists ? gridOf(space) : drawn(space, trials ?? Math.round(factor ** rounds), seed)
    for (const [r, budget] of budgets.entries()) {
      const scores: readonly number[] = yield alive.map((settings) => ({ settings, budget }))
      if (r === rounds) return
      const order = alive.map((_, i) => i).sort((a, b) => byScore(scores[a]!, scores[b]!) || a - b)
      alive = order.slice(0, Math.max(1, Math.floor(alive.length / factor))).map((i) => alive[i]!)
    }
  }
}

/** Less is better, and what failed (NaN) is last. */
export const byScore = (a: number, b: number): number => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b)

const rounded = (budget: number): number => (budget >= 1 ? Math.round(budget) : budget)
