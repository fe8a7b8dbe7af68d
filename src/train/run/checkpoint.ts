/** The whole state of a run in one file, so that a resumed run gives the same bytes as one that was never stopped. */
import { requireParameters } from '../../nn/module.js'
import { HebbError } from '../../tensor/errors.js'
import { openSafetensors, readSafetensors, writeSafetensors } from '../safetensors/file.js'
import type { StoredTensor } from '../safetensors/stored.js'
import { stateOf } from '../save.js'
import type { Fields } from '../step/lossProgram.js'
import type { Stepper } from '../step/step.js'

/** Where a run stands besides its weights: plain data. */
export interface RunPosition {
  /** finished epochs */
  readonly epoch: number
  /** batches done in the epoch under way */
  readonly batch: number
  /** sums of the numbers reported in the epoch under way, and the examples they are from */
  readonly sums: Readonly<Record<string, number>>
  readonly examples: number
  /** memory of an early stop */
  readonly stop?: { readonly best: number; readonly bestEpoch: number; readonly waited: number }
  /** true once an early stop has ended the run */
  readonly stopped?: boolean
  /** seconds of training so far */
  readonly seconds: number
}

/** What a checkpoint must agree on with the run that goes on from it. */
export type RunIdentity = Readonly<Record<string, string | number | boolean>>

const format = 'hebb run 1'

/** Writes weights, buffers, optimizer state and position; `best` are the weights an early stop would give back. */
export async function saveCheckpoint<B extends Fields>(
  path: string,
  stepper: Stepper<B>,
  position: RunPosition,
  identity: RunIdentity,
  best?: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, t] of stateOf(stepper.model)) tensors.set(`model.${name}`, t)
  for (const [name, array] of arraysOf(stepper)) tensors.set(name, { dtype: 'f32', shape: [array.length], data: array })
  for (const [name, t] of best ?? []) tensors.set(`best.${name}`, t)
  const state = {
    step: stepper.step,
    pending: stepper.pending,
    carry: stepper.trained.parts.map((p) => p.carry),
    position: storable(position),
    identity,
  }
  await writeSafetensors(path, tensors, { format, state: JSON.stringify(state) })
}

/**
 * Reads a checkpoint into a stepper; gives the position and the best weights. Throws HebbError, changing nothing, when the file is no checkpoint, belongs to another run
 * (naming what differs), or lacks a tensor.
 */
export async function loadCheckpoint<B extends Fields>(
  path: string,
  stepper: Stepper<B>,
  identity: RunIdentity,
): Promise<{ position: RunPosition; best: Map<string, StoredTensor> }> {
  const { tensors, metadata } = await readSafetensors(path)
  if (metadata.format !== format || metadata.state === undefined)
    throw new HebbError(`resume: ${path} is no checkpoint of a run (format '${metadata.format ?? 'none'}')`)
  const state = JSON.parse(metadata.state) as {
    step: number
    pending: number
    carry: Record<string, number>[]
    position: RunPosition
    identity: RunIdentity
  }
  const differing = [...new Set([...Object.keys(identity), ...Object.keys(state.identity)])].filter(
    (key) => identity[key] !== state.identity[key],
  )
  if (differing.length > 0)
    throw new HebbError(
      `resume: ${path} is from another run: ${differing.map((key) => `${key} was ${state.identity[key]}, is ${identity[key]}`).join('; ')}. Resume with the settings of that run.`,
    )
  const targets = new Map<string, { array: { set(values: never): void; readonly length: number } }>()
  for (const [name, p] of requireParameters(stepper.model)) targets.set(`model.${name}`, { array: p.storage.array! })
  for (const [name, array] of arraysOf(stepper)) targets.set(name, { array })
  for (const [name, { array }] of targets) {
    const t = tensors.get(name)
    if (!t || t.data.length !== array.length)
      throw new HebbError(`resume: ${path} ${t ? `has ${t.data.length} numbers for` : 'lacks'} ${name}, the run needs ${array.length}`)
  }
  for (const [name, { array }] of targets) array.set(tensors.get(name)!.data as never)
  stepper.step = state.step
  stepper.pending = state.pending
  for (const [i, part] of stepper.trained.parts.entries()) Object.assign(part.carry, state.carry[i])
  const best = new Map(
    [...tensors].flatMap(([name, t]) => (name.startsWith('best.') ? [[name.slice(5), t] as [string, StoredTensor]] : [])),
  )
  return { position: restored(state.position), best }
}

/** How many updates a run had made when its checkpoint was written. */
export async function checkpointStep(path: string): Promise<number> {
  const file = await openSafetensors(path)
  await file.close()
  const { step } = JSON.parse(file.metadata.state ?? '{}') as { step?: unknown }
  if (typeof step !== 'number') throw new HebbError(`resume: ${path} is no checkpoint of a run`)
  return step
}

/** Everything a stepper keeps beside the weights, by name. */
function* arraysOf<B extends Fields>({ trained }: Stepper<B>): Generator<[string, Float32Array]> {
  for (const { weight, part } of trained.members()) {
    const path = trained.paths[weight]!
    for (const [s, name] of Object.keys(part.optimizer.state).entries()) yield [`optimizer.${name}.${path}`, trained.state(s)[weight]!]
    if (trained.average !== undefined) yield [`average.${path}`, trained.averages()[weight]!]
    if (trained.sums !== undefined) yield [`sum.${path}`, trained.arena.block(trained.sums)[weight] as Float32Array]
  }
}

// JSON has no NaN, which is how an early stop says that it has seen nothing yet
const storable = (p: RunPosition): object => (p.stop ? { ...p, stop: { ...p.stop, best: String(p.stop.best) } } : p)
const restored = (p: RunPosition): RunPosition => (p.stop ? { ...p, stop: { ...p.stop, best: Number(p.stop.best) } } : p)
