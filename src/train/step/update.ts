/** Applying an optimizer to the flat memory of a model: the fused kernel where there is one, else its graph form. */
import { hyperAt, scalarsAt } from '../../optim/groups.js'
import { compute } from '../../runtime/compute.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'
import type { Segment, Trainable } from './trainable.js'

/** Moves every weight by one step, counted from 1, along the gradients in the arena; gives the learning rate of the first part. */
export async function update(trained: Trainable, step: number): Promise<number | undefined> {
  const hypers = trained.parts.map(({ optimizer, hyper }) => hyperAt(optimizer, hyper, step))
  const scalars = new Map(trained.parts.map((part, i) => [part, scalarsAt(part, step, hypers[i])]))
  for (const segment of trained.segments) {
    const { optimizer } = segment.part
    const h = scalars.get(segment.part)!
    if (!optimizer.kernel) {
      await byGraph(trained, segment, h)
      continue
    }
    const at = {
      weight: trained.offset(0, segment),
      grad: trained.offset(1, segment),
      state: trained.stateOffsets(segment),
      length: segment.length,
    }
    optimizer.kernel(trained.kernels, at, h)
  }
  return hypers[0]!.lr
}

async function byGraph(trained: Trainable, segment: Segment, h: Readonly<Record<string, number>>): Promise<void> {
  const { optimizer } = segment.part
  const view = (at: number): Float32Array => new Float32Array(trained.arena.memory.buffer, at, segment.length)
  const input = (at: number): Tensor => fromData(view(at), segment.shape, 'f32')
  const states = trained.stateOffsets(segment)
  const scalars = Object.fromEntries(Object.entries(h).map(([name, value]) => [name, fromData(Float32Array.of(value), [], 'f32')]))
  const next = optimizer.update(
    input(trained.offset(0, segment)),
    input(trained.offset(1, segment)),
    Object.fromEntries(Object.entries(states).map(([name, at]) => [name, input(at)])),
    scalars,
  )
  const names = Object.keys(states)
  // inputs and outputs may not share memory: the new values come out beside the old ones and replace them
  const [weight, ...rest] = await compute([next.weight, ...names.map((name) => next.state[name]!)])
  view(trained.offset(0, segment)).set(weight as Float32Array)
  names.forEach((name, i) => {
    view(states[name]!).set(rest[i] as Float32Array)
  })
}
