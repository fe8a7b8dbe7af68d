/** Applying an optimizer to the flat memory of a model: the fused kernel where there is one, else its graph form. */
import { hyperAt, type Part, scalarsAt } from '../../optim/groups.js'
import { compute } from '../../runtime/compute.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'
import type { Segment, Trainable } from './trainable.js'

/** Moves every weight by one step, counted from 1, along the gradients in the arena; gives the learning rate of the first part. */
export async function update(trained: Trainable, step: number): Promise<number | undefined> {
  let lr: number | undefined
  let part: Part | undefined
  let scalars: Readonly<Record<string, number>> = {}
  for (const segment of trained.segments) {
    // segments stand in the order of their parts, whose scalars are asked for once a step
    if (segment.part !== part) {
      const { optimizer, hyper } = segment.part
      const values = hyperAt(optimizer, hyper, step)
      if (part === undefined) lr = values.lr
      part = segment.part
      scalars = scalarsAt(part, step, values)
    }
    const { optimizer } = segment.part
    if (optimizer.kernel) {
      optimizer.kernel(trained.kernels, segment.place, scalars)
      if (step % sweep === 0) dropTinyStates(trained, segment)
    } else await byGraph(trained, segment, scalars)
  }
  return lr
}

/**
 * Running means of gradients that have stayed 0 shrink until they are subnormal, below 2⁻¹²⁶, and never reach 0. Processors take twice as long
 * with those, so every few steps the kernels' means are cleared of what would get there before the next time, and moves no weight.
 */
const sweep = 64
const tiny = 2 ** -110
function dropTinyStates({ kernels }: Trainable, { place }: Segment): void {
  for (const at of Object.values(place.state)) kernels.dropTiny(at, place.length, tiny)
}

async function byGraph(trained: Trainable, { part, place, shape }: Segment, h: Readonly<Record<string, number>>): Promise<void> {
  const view = (at: number): Float32Array => new Float32Array(trained.arena.memory.buffer, at, place.length)
  const input = (at: number): Tensor => fromData(view(at), shape, 'f32')
  const scalars = Object.fromEntries(Object.entries(h).map(([name, value]) => [name, fromData(Float32Array.of(value), [], 'f32')]))
  const states = Object.entries(place.state)
  const next = part.optimizer.update(
    input(place.weight),
    input(place.grad),
    Object.fromEntries(states.map(([name, at]) => [name, input(at)])),
    scalars,
  )
  // inputs and outputs may not share memory: the new values come out beside the old ones and replace them
  const [weight, ...rest] = await compute([next.weight, ...states.map(([name]) => next.state[name]!)])
  view(place.weight).set(weight as Float32Array)
  states.forEach(([, at], i) => {
    view(at).set(rest[i] as Float32Array)
  })
}
