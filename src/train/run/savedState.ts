/** The plain data of a checkpoint as text, and every number of it checked when it comes back: a file may be damaged, or from anyone. */
import type { Summed } from '../step/memory/accumulate.js'
import type { SavedClocks } from '../step/state/clocks.js'
import type { Sum } from './evaluate.js'

/** Where a run stands besides its weights: plain data. */
export interface RunPosition {
  /** finished epochs */
  readonly epoch: number
  /** batches done in the epoch under way */
  readonly batch: number
  /** weighted sums of the numbers reported in the epoch under way, and the examples they are from */
  readonly sums: Readonly<Record<string, Sum>>
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

/** What a checkpoint says besides its tensors. */
export interface SavedState {
  /** updates made */
  readonly step: number
  /** batches summed toward the next update */
  readonly pending: number
  /** what optimizers carry from step to step, one record for each part */
  readonly carry: readonly Readonly<Record<string, number>>[]
  /** what is known of the batches summed. This and what follows is not in checkpoints of before it was kept */
  readonly summed?: Summed
  /** how often each weight has moved */
  readonly clocks?: SavedClocks
  /** what schedules remember, by part and hyperparameter */
  readonly memories?: readonly Readonly<Record<string, unknown>>[]
  readonly position: RunPosition
  readonly identity: RunIdentity
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Check = readonly [test: (value: unknown) => boolean, what: string]

const count: Check = [(value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0 on']
const amount: Check = [(value) => typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY, 'a number from 0 on']
const number: Check = [(value) => typeof value === 'number', 'a number']
const finite: Check = [Number.isFinite, 'a finite number']
const flag: Check = [(value) => typeof value === 'boolean', 'true or false']
const flags: Check = [(value) => Array.isArray(value) && value.every((v) => typeof v === 'boolean'), 'a list of true and false']
const setting: Check = [(value) => ['string', 'number', 'boolean'].includes(typeof value), 'a text, a number or a switch']

/** State as text: JSON with "nan", "inf" and "-inf" for the numbers that it has no words for. */
export const formatState = (state: SavedState): string =>
  JSON.stringify(state, (_, value: unknown) =>
    typeof value !== 'number' || Number.isFinite(value) ? value : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf',
  )

const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  NaN: Number.NaN, // as the first format had them
}

/** What a schedule remembers, with the numbers that JSON has no words for. */
const revived = (value: unknown): unknown => {
  if (typeof value === 'string') return words[value] ?? value
  if (Array.isArray(value)) return value.map(revived)
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, v]) => [name, revived(v)])) : value
}

/** The state in a text; `refuse` is called with what is wrong with it. */
export function parseState(text: string, refuse: (problem: string) => never): SavedState {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    return refuse('its state is no JSON')
  }
  const say = (what: string, value: unknown, wanted: string): never => refuse(`${what} is ${shown(value)}, not ${wanted}`)
  const record = (what: string, value: unknown): Readonly<Record<string, unknown>> =>
    isRecord(value) ? value : say(what, value, 'an object')
  const check = (what: string, value: unknown, [test, wanted]: Check): void => void (test(value) || say(what, value, wanted))
  /** a number that stands as a text: one that JSON has no word for, or any, as the first format had them */
  const numberOf = (value: unknown): unknown => {
    if (typeof value !== 'string') return value
    return words[value] ?? (value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value))
  }

  const fields = record('its state', state)
  check('step', fields.step, count)
  check('pending', fields.pending, count)
  if (!Array.isArray(fields.carry)) return say('carry', fields.carry, 'a list')
  const carry = fields.carry.map((part: unknown, i) => {
    const numbers = Object.entries(record(`carry ${i}`, part))
    for (const [name, value] of numbers) check(`carry ${i} ${name}`, value, finite)
    return Object.fromEntries(numbers) as Record<string, number>
  })
  const position = record('position', fields.position)
  for (const name of ['epoch', 'batch']) check(name, position[name], count)
  for (const name of ['examples', 'seconds']) check(name, position[name], amount)
  const sums = Object.entries(record('sums', position.sums)).map(([name, value]): [string, Sum] => {
    // a number alone, in checkpoints of before each had weights of its own, is over all examples
    const { sum, of } = isRecord(value) ? value : { sum: value, of: position.examples }
    check(`the sum of ${name}`, numberOf(sum), number)
    check(`the weight of ${name}`, numberOf(of), number)
    return [name, { sum: numberOf(sum) as number, of: numberOf(of) as number }]
  })
  if (position.stopped !== undefined) check('stopped', position.stopped, flag)
  let stop: Record<string, unknown> | undefined
  if (position.stop !== undefined) {
    const { best, ...rest } = record('stop', position.stop)
    stop = { ...rest, best: numberOf(best) }
    check('stop best', stop.best, number)
    for (const name of ['bestEpoch', 'waited']) check(`stop ${name}`, stop[name], count)
  }
  const identity = record('identity', fields.identity)
  for (const [name, value] of Object.entries(identity)) check(`identity ${name}`, value, setting)
  const summed = fields.summed === undefined ? undefined : record('summed', fields.summed)
  if (summed) {
    for (const name of ['unit', 'relative']) check(`summed ${name}`, summed[name], amount)
    if (summed.touched !== undefined) check('summed touched', summed.touched, flags)
  }
  const clocks = fields.clocks === undefined ? undefined : record('clocks', fields.clocks)
  if (clocks) {
    if (!Array.isArray(clocks.list)) return say('clocks list', clocks.list, 'a list')
    for (const clock of clocks.list.map((value: unknown) => record('a clock', value))) {
      check('updates of a clock', clock.updates, count)
      for (const value of Object.values(record('carry of a clock', clock.carry))) check('carry of a clock', value, finite)
    }
    for (const [path, value] of Object.entries(record('clocks of', clocks.of))) {
      check(`clock of ${path}`, value, count)
      if ((value as number) >= clocks.list.length) say(`clock of ${path}`, value, `one of ${clocks.list.length}`)
    }
  }
  if (fields.memories !== undefined && !Array.isArray(fields.memories)) return say('memories', fields.memories, 'a list')
  const memories = (fields.memories as readonly unknown[] | undefined)?.map((value) => {
    const named = Object.entries(record('memories', value))
    return Object.fromEntries(named.map(([name, memory]) => [name, revived(memory)]))
  })
  return {
    step: fields.step as number,
    pending: fields.pending as number,
    carry,
    ...(summed && { summed: summed as Partial<Summed> as Summed }),
    ...(clocks && { clocks: clocks as Partial<SavedClocks> as SavedClocks }),
    ...(memories && { memories }),
    position: { ...position, sums: Object.fromEntries(sums), ...(stop && { stop }) } as RunPosition,
    identity: identity as RunIdentity,
  }
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value).slice(0, 60)
