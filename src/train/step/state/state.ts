/** All that a learner goes on from: weights, buffers, optimizer state, averages, sums of batches, clocks and what schedules remember. */

import type { StoredTensor } from '../../../files/safetensors/stored.js'
import { type ArrayForm, plainFields, requireArrays } from '../../../files/saved.js'
import type { Plain, Saved, Stateful } from '../../../files/stateful.js'
import { isStill } from '../../../graph/storage.js'
import { type Model, requireParameters } from '../../../nn/module.js'
import { memoriesIn } from '../../../optim/groups.js'
import type { Memory } from '../../../optim/schedules/schedule.js'
import { HebbError } from '../../../tensor/errors.js'
import { nothing } from '../memory/accumulate.js'
import type { Clocks } from '../memory/clocks.js'
import type { Trainable } from '../memory/trainable.js'
import type { Mover } from '../mover.js'
import { checkClocks, clocksFrom, requireNumbers, savedClocks } from './clocks.js'

/** What a learner is made of, as far as its state goes. */
interface Learning {
  readonly model: Model
  readonly trained: Trainable
  readonly clocks: Clocks
  readonly accumulate: number
  /** its objectives by name */
  readonly steppers: ReadonlyMap<string, { readonly mover: Mover }>
}

/**
 * The state of a learner and its objectives. Numbers that are to stay where they are (frozen weights, mapped files) are not in it: the model that goes on
 * must hold them already.
 */
export const stateOfLearner = (learner: Learning): Stateful => ({
  state() {
    const { trained } = learner
    const objectives = movers(learner).map(([name, { step, pending, summed }]) => [name, { step, pending, summed: { ...summed } }] as const)
    return {
      plain: {
        objectives: Object.fromEntries(objectives),
        // one record for each part, of what its optimizer carries from step to step
        carry: trained.parts.map((part) => ({ ...part.carry })),
        clocks: savedClocks(learner.clocks, trained),
        memories: memoriesOf(learner, latest(learner)).map((part) =>
          Object.fromEntries(part.map(([name, memory]) => [name, memory.save() as Plain])),
        ),
      },
      arrays: arraysOf(learner),
    }
  },
  check(saved) {
    const { objectives, carry, clocks, memories } = fieldsOf(saved)
    const [has, needs] = [Object.keys(objectives), [...learner.steppers.keys()]].map((names) => names.sort().join(', '))
    if (has !== needs) throw new HebbError(`it has the objectives '${has}', this one '${needs}': make the same ones, with the same names`)
    const steps = movers(learner).map(([name, mover]) =>
      checkObjective(name, objectives[name]!, learner.accumulate, mover.region.members.length),
    )
    checkCarry(learner, carry)
    if (clocks !== null) checkClocks(clocks)
    requireArrays(saved, arraysOf(learner) as ReadonlyMap<string, ArrayForm>)
    remember(memoriesOf(learner, Math.max(...steps)), memories, true)
  },
  restore(saved) {
    const { objectives, carry, clocks, memories } = fieldsOf(saved)
    const { trained } = learner
    trained.hold()
    for (const [name, { data }] of arraysOf(learner)) data.set(saved.arrays!.get(name)!.data as never)
    for (const [name, mover] of movers(learner)) {
      const { step, pending, summed } = plainFields(objectives[name], objectiveKinds)
      mover.step = step
      mover.pending = pending
      // a state of before it was kept is of batches that all weighed the same and moved all weights together
      const all = { unit: 0, relative: pending, touched: mover.region.members.map(() => true) }
      mover.summed = summed === null ? all : { ...nothing, ...(summed as Partial<typeof all>) }
    }
    learner.clocks.restore(clocksFrom(trained, clocks, latest(learner), carry))
    remember(memoriesOf(learner, latest(learner)), memories, false)
  },
})

const objectiveKinds = { step: 'count', pending: 'count', summed: 'plain' } as const
const fieldsOf = ({ plain }: Saved) => plainFields(plain, { objectives: 'object', carry: 'list', clocks: 'plain', memories: 'list' })

const movers = ({ steppers }: Learning): (readonly [string, Mover])[] => [...steppers].map(([name, { mover }]) => [name, mover] as const)
/** Updates of the objective that made most: schedules are asked about it where what they remember is looked for. */
const latest = (learner: Learning): number => Math.max(0, ...movers(learner).map(([, { step }]) => step))

/** Every array that is saved, by name, with the weights that train: averages may be on show. */
function arraysOf({ model, trained }: Learning): Map<string, StoredTensor> {
  const arrays = new Map<string, StoredTensor>()
  trained.begin()
  const shown = trained.params.map(({ storage }) => storage.home)
  trained.showWeights()
  for (const [name, { dtype, shape, storage }] of requireParameters(model))
    if (storage.home && !isStill(storage.home)) arrays.set(`model.${name}`, { dtype, shape, data: storage.array! })
  trained.params.forEach(({ storage }, i) => {
    storage.home = shown[i]
  })
  const add = (name: string, data: Float32Array): void => void arrays.set(name, { dtype: 'f32', shape: [data.length], data })
  for (const { weight, part } of trained.members()) {
    const path = trained.paths[weight]!
    for (const [s, name] of Object.keys(part.optimizer.state).entries()) add(`optimizer.${name}.${path}`, trained.state(s)[weight]!)
    if (trained.averages) add(`average.${path}`, trained.averages[weight]!)
    if (trained.sums !== undefined) add(`sum.${path}`, trained.arena.block(trained.sums)[weight]!)
  }
  return arrays
}

/** Gives the updates it made. */
function checkObjective(name: string, saved: Plain, accumulate: number, weights: number): number {
  const { step, pending, summed } = plainFields(saved, objectiveKinds, name && `objective ${name}`)
  if (pending > 0 && pending >= accumulate) throw new HebbError(`pending is ${pending}, not below accumulate ${accumulate}`)
  if (summed === null) return step
  const { touched } = { touched: null, ...plainFields(summed, { unit: 'amount', relative: 'amount' }, 'summed') }
  const flags = touched as Plain
  if (flags !== null && !(Array.isArray(flags) && flags.length === weights && flags.every((flag) => typeof flag === 'boolean')))
    throw new HebbError(`summed touched is no list of true and false for ${weights} weights`)
  return step
}

function checkCarry({ trained: { parts } }: Learning, carry: readonly Plain[]): void {
  for (const [i, record] of carry.entries()) requireNumbers(`carry ${i}`, record)
  const said = (records: readonly Plain[]): string =>
    records
      .map(
        (record) =>
          `[${Object.keys(record ?? {})
            .sort()
            .join(', ')}]`,
      )
      .join(' ')
  const [has, needs] = [said(carry), said(parts.map((part) => part.carry))]
  if (has !== needs)
    throw new HebbError(`optimizers carry ${has || 'nothing'} there and ${needs} here: resume with the optimizer of that run`)
}

/** What the schedules of each part remember, after so many updates. */
const memoriesOf = ({ trained }: Learning, step: number): [string, Memory][][] => trained.parts.map((part) => memoriesIn(part, step))

/** Gives schedules back what they remember: all of them or none; with `trial` none in any case. */
function remember(parts: readonly (readonly [string, Memory][])[], saved: readonly Plain[], trial: boolean): void {
  const before = parts.flat().map(([, memory]) => ({ memory, was: memory.save() }))
  let refused = true
  try {
    for (const [i, part] of parts.entries()) {
      const known = plainFields(saved[i] ?? {}, {}, `memories ${i}`) as Readonly<Record<string, Plain>>
      for (const [name, memory] of part) if (known[name] !== undefined) memory.restore(known[name])
    }
    refused = false
  } finally {
    if (refused || trial) for (const { memory, was } of before) memory.restore(was)
  }
}
