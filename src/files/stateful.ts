/** What can be written down and gone on with: the contract of every part of a run that has a state. */
import type { StoredTensor } from './safetensors/stored.js'

/** Plain data: what JSON holds, and numbers that are NaN or infinite too. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain }

/** A state as it is saved: plain data, and arrays by name. */
export interface Saved {
  readonly plain: Plain
  readonly arrays?: ReadonlyMap<string, StoredTensor>
}

/**
 * Something whose state can be saved and brought back: weights with their optimizer, a place in the data, a schedule, a replay buffer, an environment.
 * What is saved may come from a damaged file or from a stranger: `check` looks at all of it and changes nothing, and `restore` is called only after
 * every part of the run has checked its own.
 *
 * @example
 * class Counter implements Stateful {
 *   count = 0
 *   state(): Saved {
 *     return { plain: this.count }
 *   }
 *   check({ plain }: Saved): void {
 *     if (typeof plain !== 'number' || plain < 0) throw new HebbError(`counter: ${String(plain)} is no count`)
 *   }
 *   restore({ plain }: Saved): void {
 *     this.count = Number(plain)
 *   }
 * }
 */
export interface Stateful {
  /** what `restore` needs to go on from here; it may share memory with the part, so write it down before the part moves on */
  state(): Saved
  /** Throws HebbError, naming the value and what was expected, when `saved` cannot be this part's state. */
  check(saved: Saved): void
  /** Goes on from a state that passed `check`. */
  restore(saved: Saved): void
}
