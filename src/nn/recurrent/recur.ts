/** A recurrence along time: unrolled when short, one loop node when long, and sequences of several lengths side by side. */
import { scan } from '../../ops/control/scan.js'
import { where } from '../../ops/elementwise/select.js'
import { stack } from '../../ops/move/concat.js'
import { unbind } from '../../ops/move/slice.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Up to so many steps are written out one by one; more are one loop, whose compile time does not depend on the length. */
export const unrolled = 16

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
  const guarded = (slice: Tensor, on: Tensor | undefined, state: readonly Tensor[]): [readonly Tensor[], Tensor] => {
    const next = step(slice, state)
    if (!on) return [next, next[0]!]
    return [next.map((s, i) => where(on, s, state[i]!)), where(on, next[0]!, 0)]
  }
  if (x.shape[0]! > unrolled) {
    const body = (state: readonly Tensor[], [slice, on]: readonly Tensor[]) => guarded(slice!, on, state)
    const { carry, ys } = scan(body, start, active ? [x, active] : [x], { reverse })
    return { output: ys, state: carry }
  }
  const [slices, marks] = [unbind(x), active ? unbind(active) : []]
  const outputs: Tensor[] = []
  let state = start
  for (const i of reverse ? [...slices.keys()].reverse() : slices.keys()) {
    const [next, y] = guarded(slices[i]!, marks[i], state)
    state = next
    outputs[i] = y
  }
  return { output: stack(outputs), state }
}
