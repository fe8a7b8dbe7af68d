/** What a sweep may choose from: a list of values or a range for every setting. */
import { keyOf, uniform } from '../../kernels/random.js'
import { HebbError } from '../../tensor/errors.js'

/** A value of a setting. */
export type SettingValue = number | string | boolean

/** Numbers between two ends, drawn evenly, or evenly by their logarithms with `log`. `whole` rounds them. */
export interface SweepRange {
  readonly from: number
  readonly to: number
  readonly scale?: 'linear' | 'log' | undefined
  readonly whole?: boolean | undefined
}

/** Every setting with what it may be. */
export type Space = Readonly<Record<string, readonly SettingValue[] | SweepRange>>

/** One choice from a space. */
export type Choice = Readonly<Record<string, SettingValue>>

const isList = (values: readonly SettingValue[] | SweepRange): values is readonly SettingValue[] => Array.isArray(values)

/** Throws HebbError naming the setting that has nothing to choose from. */
export function checkSpace(space: Space): void {
  for (const [name, values] of Object.entries(space)) {
    if (isList(values)) {
      if (values.length === 0) throw new HebbError(`sweep: ${name} has no values: list some, or give a range { from, to }`)
      continue
    }
    const { from, to, scale } = values
    if (!(Number.isFinite(from) && to > from && Number.isFinite(to)))
      throw new HebbError(`sweep: ${name} goes from ${from} to ${to}: give two numbers that rise`)
    if (scale === 'log' && from <= 0) throw new HebbError(`sweep: ${name} starts at ${from}, which has no logarithm: start above 0`)
  }
}

/** Every combination of the listed values, the last setting changing fastest. Throws HebbError where a setting is a range. */
export function gridOf(space: Space): Choice[] {
  checkSpace(space)
  let all: Choice[] = [{}]
  for (const [name, values] of Object.entries(space)) {
    if (!isList(values)) throw new HebbError(`sweep: ${name} is a range, and a grid needs a list: list values, or ask for random trials`)
    all = all.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })))
  }
  return all
}

/** `count` choices drawn evenly and independently: choice i is a function of seed and i alone, so more trials keep the earlier ones. */
export function drawn(space: Space, count: number, seed: number): Choice[] {
  checkSpace(space)
  if (!Number.isInteger(count) || count < 1) throw new HebbError(`sweep: ${count} trials: give a whole number of at least 1`)
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      Object.entries(space).map(([name, values]) => {
        const u = uniform(keyOf(seed, 'sweep', name, i), 0, new Float32Array(1))[0]!
        return [name, isList(values) ? values[Math.floor(u * values.length)]! : within(values, u)]
      }),
    ),
  )
}

function within({ from, to, scale = 'linear', whole = false }: SweepRange, u: number): number {
  if (whole) {
    // every whole number of the range has its own equal part, or its part by logarithms
    const [low, high] = [Math.ceil(from), Math.floor(to)]
    const value = scale === 'log' ? low * ((high + 1) / low) ** u : low + (high + 1 - low) * u
    return Math.min(high, Math.floor(value))
  }
  return Number((scale === 'log' ? from * (to / from) ** u : from + (to - from) * u).toPrecision(4))
}
