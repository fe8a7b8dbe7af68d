/** A recurrence along time as one loop node, and sequences of several lengths side by side. */
import { scan } from '../../ops/control/scan.js'
import { where } from '../../ops/elementwise/select.js'
import type { Tensor } from '../../tensor/tensor.js'

/** How a recurrence goes. */
export interface RecurOptions {
  /** from the last step to the first */
  readonly reverse: boolean
  /** bool (T, N, 1): steps that belong to a sequence; the others leave the state alone and give 0 */
  readonly active: Tensor | undefined
}

/**
 * Runs `step` over x (T, N, …) from `start`: the first state after each step, (T, N, D) in the order of x, and the last state.
 * Steps that are not active leave the state as it is, so that a backward run starts at each sequence's true end.
 */
export function recur(
  step: (x: Tensor, state: readonly Tensor[]) => readonly Tensor[],
  x: Tensor,
  start: readonly Tensor[],
  { reverse, active }: RecurOptions,
): { output: Tensor; state: readonly Tensor[] } {
  // a loop even for few steps: written out they run no faster, and compile ten times longer
  const { carry, ys } = scan(
    (state: readonly Tensor[], [now, on]: readonly Tensor[]): [readonly Tensor[], Tensor] => {
      const next = step(now!, state)
      if (!on) return [next, next[0]!]
      return [next.map((s, i) => where(on, s, state[i]!)), where(on, next[0]!, 0)]
    },
    start,
    active ? [x, active] : [x],
    { reverse },
  )
  return { output: ys, state: carry }
}
