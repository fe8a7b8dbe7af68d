/** Which weights have moved how often, and what one update moves: each weight counts its own updates. */
import type { Kernels } from '../../../kernels/kernels.js'
import type { Part } from '../../../optim/groups.js'
import type { Slices } from '../../../optim/optimizer.js'
import type { Trainable } from './trainable.js'

/** Weights of a part that have always moved together: the updates they had, and the running scalars of their optimizer. */
export interface Clock {
  readonly part: Part
  updates: number
  readonly carry: Record<string, number>
}

/** Weights side by side in memory that one update may take together. */
export interface Segment {
  /** those of the memory that it lies in */
  readonly kernels: Kernels
  /** where its weights, gradients and states lie; the zero gaps between weights count into the length */
  readonly place: Slices
  readonly shape: readonly number[]
}

/** What an update moves of one clock. */
export interface Move {
  readonly clock: Clock
  readonly segments: readonly Segment[]
}

/** The clocks of all trained weights. */
export class Clocks {
  readonly #trained: Trainable
  readonly #of: Clock[] = []
  /** what an update of some weights moves, by the list that says which; made anew when weights part ways */
  #plans = new WeakMap<readonly boolean[], readonly Move[]>()

  constructor(trained: Trainable) {
    this.#trained = trained
    for (const { part, weight } of trained.members())
      this.#of[weight] = this.#of[weight - 1]?.part === part ? this.#of[weight - 1]! : { part, updates: 0, carry: part.carry }
  }

  /** Where each weight stands: those that share a clock give the same one. */
  get of(): readonly Clock[] {
    return this.#of
  }
  /** Goes on from saved clocks, one for each weight. */
  restore(clocks: readonly Clock[]): void {
    this.#of.splice(0, this.#of.length, ...clocks)
    this.#plans = new WeakMap()
  }

  /**
   * What an update moves, in the order of the weights: `members` are those that may, by number, and `touched` says which of them do. Weights of one clock
   * that are not all moved get clocks of their own: each weight counts its own updates, as PyTorch does.
   */
  plan(touched: readonly boolean[], members: readonly number[]): readonly Move[] {
    const known = this.#plans.get(touched)
    if (known) return known
    const moving = new Set(members.filter((_, i) => touched[i]))
    for (const clock of new Set(this.#of)) {
      const all = this.#of.flatMap((c, i) => (c === clock ? [i] : []))
      const moved = all.filter((i) => moving.has(i))
      if (moved.length === 0 || moved.length === all.length) continue
      const own: Clock = { part: clock.part, updates: clock.updates, carry: { ...clock.carry } }
      for (const i of moved) this.#of[i] = own
      this.#plans = new WeakMap()
    }
    const clocks = new Set(this.#of.filter((_, i) => moving.has(i)))
    const moves = [...clocks].map((clock) => ({ clock, segments: this.#segments(clock) }))
    this.#plans.set(touched, moves)
    return moves
  }

  #segments(clock: Clock): Segment[] {
    const trained = this.#trained
    const { granularity, state } = clock.part.optimizer
    const segments: Segment[] = []
    for (let first = 0, end = 0; first < trained.params.length; first = end) {
      end = first + 1
      if (this.#of[first] !== clock) continue
      // an optimizer that needs shapes takes one weight at a time, without the gap behind it
      if (granularity === 'element') while (this.#of[end] === clock && trained.arena.follows(end)) end++
      const { shape, size } = trained.params[first]!
      const { k, length: whole } = trained.stretch(first, end - 1)
      const length = granularity === 'tensor' ? size : whole
      const at = (block: number): number => trained.arena.offset(block, first)
      const states = Object.fromEntries(Object.keys(state).map((name, s) => [name, at(trained.firstState + s)]))
      segments.push({
        kernels: k,
        place: { weight: at(0), grad: at(1), state: states, length },
        shape: granularity === 'tensor' ? shape : [length],
      })
    }
    return segments
  }
}
