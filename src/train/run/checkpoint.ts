/** The whole state of a run in one file, so that a resumed run gives the same bytes as one that was never stopped. */

import { FileError } from '../../files/fileError.js'
import { readSafetensors, writeSealed } from '../../files/safetensors/file.js'
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { requireParameters } from '../../nn/module.js'
import { memoriesIn } from '../../optim/groups.js'
import type { Memory } from '../../optim/schedules/schedule.js'
import type { Dtype } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { type Shape, sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import { stateOf } from '../save.js'
import type { Learner } from '../step/learner.js'
import { clocksFrom, savedClocks } from '../step/state/clocks.js'
import { formatState, parseState, type RunIdentity, type RunPosition, type SavedState } from './savedState.js'

export type { RunIdentity, RunPosition } from './savedState.js'

const format = 'hebb run 1'

/**
 * Writes weights, buffers, optimizer state and position, whole or not at all, with a checksum; `best` are the weights an early stop would give back.
 * Wait for it before the next step.
 */
export async function saveCheckpoint(
  path: string,
  learner: Learner,
  position: RunPosition,
  identity: RunIdentity,
  best?: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, t] of stateOf(learner.model)) tensors.set(`model.${name}`, t)
  for (const [name, array] of arraysOf(learner)) tensors.set(name, { dtype: 'f32', shape: [array.length], data: array })
  for (const [name, t] of best ?? []) tensors.set(`best.${name}`, t)
  const { trained } = learner
  const carry = trained.parts.map((p) => p.carry)
  const { step, pending, summed } = learner.steppers.get('')!.mover
  const memories = memoriesOf(learner, step).map((part) => Object.fromEntries(part.map(([name, memory]) => [name, memory.save()])))
  const state = formatState({ step, pending, carry, summed, clocks: savedClocks(learner.clocks, trained), memories, position, identity })
  await writeSealed(path, tensors, { format, state })
}

/**
 * Reads a checkpoint into a learner; gives the position and the best weights. Checksum, dtypes, shapes and every number of the state are
 * checked before anything changes: throws FileError when the file is damaged or no checkpoint, HebbError when it belongs to another run
 * (naming what differs), or has not the tensors of this one.
 */
export async function loadCheckpoint(
  path: string,
  learner: Learner,
  identity: RunIdentity,
): Promise<{ position: RunPosition; best: Map<string, StoredTensor> }> {
  const { tensors, state } = await readCheckpoint(path)
  const differing = [...new Set([...Object.keys(identity), ...Object.keys(state.identity)])].filter(
    (key) => identity[key] !== state.identity[key],
  )
  if (differing.length > 0)
    throw new HebbError(
      `resume: ${path} is from another run: ${differing.map((key) => `${key} was ${state.identity[key]}, is ${identity[key]}`).join('; ')}. Resume with the settings of that run.`,
    )
  const targets = new Map<string, Target>()
  const best = new Map<string, StoredTensor>()
  for (const [name, p] of requireParameters(learner.model)) {
    targets.set(`model.${name}`, { dtype: p.dtype, shape: p.shape, array: p.storage.array! })
    const kept = tensors.get(`best.${name}`)
    if (kept) best.set(name, kept)
  }
  for (const [name, array] of arraysOf(learner)) targets.set(name, { dtype: 'f32', shape: [array.length], array })
  const wanted = new Map<string, Omit<Target, 'array'>>(targets)
  if (best.size > 0) for (const [name, p] of requireParameters(learner.model)) wanted.set(`best.${name}`, p)
  checkTensors(path, tensors, wanted)
  const accumulate = Number(identity.accumulate ?? Number.POSITIVE_INFINITY)
  if (state.pending >= accumulate) damaged(path, `pending is ${state.pending}, not below accumulate ${accumulate}`)
  checkCarry(path, learner, state.carry)
  const { trained } = learner
  if (state.summed?.touched && state.summed.touched.length !== trained.params.length)
    damaged(path, `summed touched is ${state.summed.touched.length} long, for ${trained.params.length} weights`)
  remember(memoriesOf(learner, state.step), state.memories ?? [], (problem) => damaged(path, problem))
  for (const [name, { array }] of targets) array.set(tensors.get(name)!.data as never)
  const mover = learner.steppers.get('')!.mover
  mover.step = state.step
  mover.pending = state.pending
  // checkpoints without these are of runs whose batches all weighed the same and whose weights all moved together
  mover.summed = state.summed ?? { unit: 0, relative: state.pending, touched: trained.params.map(() => true) }
  learner.clocks.restore(clocksFrom(trained, state))
  return { position: state.position, best }
}

/** What the schedules of each part remember, after so many updates. */
const memoriesOf = ({ trained }: Learner, step: number): [string, Memory][][] => trained.parts.map((part) => memoriesIn(part, step))

/** Gives schedules back what they remember: all of them or none. */
function remember(
  parts: readonly (readonly [string, Memory][])[],
  saved: readonly Readonly<Record<string, unknown>>[],
  refuse: (problem: string) => never,
): void {
  const before = parts.flat().map(([, memory]) => ({ memory, was: memory.save() }))
  try {
    for (const [i, part] of parts.entries())
      for (const [name, memory] of part) if (saved[i]?.[name] !== undefined) memory.restore(saved[i][name])
  } catch (error) {
    for (const { memory, was } of before) memory.restore(was)
    refuse(error instanceof Error ? error.message : String(error))
  }
}

/** How many updates a run had made when its checkpoint was written. Throws FileError when the file is damaged or no checkpoint. */
export const checkpointStep = async (path: string): Promise<number> => (await readCheckpoint(path)).state.step

interface Target {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly array: { set(values: never): void }
}

/** A checkpoint with all its numbers checked. */
async function readCheckpoint(path: string): Promise<{ tensors: ReadonlyMap<string, StoredTensor>; state: SavedState }> {
  const { tensors, metadata } = await readSafetensors(path)
  if (metadata.format !== format || metadata.state === undefined)
    throw new HebbError(`resume: ${path} is no checkpoint of a run (format '${metadata.format ?? 'none'}')`)
  return { tensors, state: parseState(metadata.state, (problem) => damaged(path, problem)) }
}

function damaged(path: string, problem: string): never {
  throw new FileError(`resume: ${path} is damaged: ${problem}. Go on from another checkpoint, or start a new run.`, path)
}

/** All tensors the run needs, as it needs them, and no others. */
function checkTensors(path: string, tensors: ReadonlyMap<string, StoredTensor>, wanted: ReadonlyMap<string, Omit<Target, 'array'>>): void {
  for (const [name, { dtype, shape }] of wanted) {
    const t = tensors.get(name)
    const size = sizeOf(shape)
    if (t?.data.length !== size)
      throw new HebbError(`resume: ${path} ${t ? `has ${t.data.length} numbers for` : 'lacks'} ${name}, the run needs ${size}`)
    if (t.dtype !== dtype || !sameShape(t.shape, shape))
      throw new HebbError(
        `resume: ${path} has ${name} as ${showShape(t.shape)} ${t.dtype}, the run needs ${showShape(shape)} ${dtype}: resume the model it was saved from`,
      )
  }
  const extra = [...tensors.keys()].find((name) => !wanted.has(name))
  if (extra !== undefined)
    throw new HebbError(
      `resume: ${path} has ${extra}, which the run does not know: resume with the model and the settings it was saved from`,
    )
}

function checkCarry(path: string, { trained: { parts } }: Learner, carry: SavedState['carry']): void {
  const said = (records: readonly Readonly<Record<string, number>>[]): string =>
    records.map((record) => `[${Object.keys(record).sort().join(', ')}]`).join(' ')
  const [has, needs] = [said(carry), said(parts.map((part) => part.carry))]
  if (has !== needs)
    throw new HebbError(`resume: ${path} has what optimizers carry for ${has || 'none'}, the run needs ${needs}: resume with its optimizer`)
}

/** Everything a learner keeps beside the weights, by name. */
function* arraysOf({ trained }: Learner): Generator<[string, Float32Array]> {
  for (const { weight, part } of trained.members()) {
    const path = trained.paths[weight]!
    for (const [s, name] of Object.keys(part.optimizer.state).entries()) yield [`optimizer.${name}.${path}`, trained.state(s)[weight]!]
    if (trained.average !== undefined) yield [`average.${path}`, trained.averages()[weight]!]
    if (trained.sums !== undefined) yield [`sum.${path}`, trained.arena.block(trained.sums)[weight] as Float32Array]
  }
}
