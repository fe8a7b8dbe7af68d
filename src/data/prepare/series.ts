/** Series as examples: windows of the past to foretell from, and divisions that respect time. */
import { HebbError } from '../../tensor/errors.js'
import { Dataset } from '../dataset.js'

/** How `slidingWindows` cuts. */
export interface SlidingOptions {
  /** steps ahead y holds; 1 */
  readonly horizon?: number | undefined
  /** steps from one window to the next; 1 */
  readonly stride?: number | undefined
  /** which column y is taken from; 0 */
  readonly target?: number | undefined
}

/**
 * Windows over columns of one length L: x (length, columns) f32 the values from some step on, y (horizon) f32 those of the target right
 * after. Column-major in, time-major out; windows share one array, nothing is copied. Divide a series before making windows, not after:
 * neighbouring windows share their values. Throws HebbError when the columns differ in length or hold no window.
 *
 * @example const train = slidingWindows([returns.subarray(0, cut)], 32, { horizon: 5 })
 */
export function slidingWindows(columns: readonly ArrayLike<number>[], length: number, options: SlidingOptions = {}): Dataset<'x' | 'y'> {
  const { horizon = 1, stride = 1, target = 0 } = options
  for (const [name, value] of Object.entries({ length, horizon, stride }))
    if (!Number.isInteger(value) || value < 1) throw new HebbError(`slidingWindows: ${name} ${value}: give a whole number of at least 1`)
  const goal = columns[target]
  if (!goal) throw new HebbError(`slidingWindows: target ${target}: there are ${columns.length} columns, counted from 0`)
  const steps = goal.length
  const other = columns.findIndex((column) => column.length !== steps)
  if (other >= 0) throw new HebbError(`slidingWindows: column ${other} has ${columns[other]!.length} values, column ${target} has ${steps}`)
  if (steps < length + horizon)
    throw new HebbError(
      `slidingWindows: ${steps} steps hold no window of ${length} with ${horizon} after it: give a longer series or shorter windows`,
    )
  const width = columns.length
  const past = new Float32Array((steps - horizon) * width)
  columns.forEach((column, c) => {
    for (let t = 0; t < steps - horizon; t++) past[t * width + c] = column[t]!
  })
  const future = Float32Array.from({ length: steps - length }, (_, t) => goal[t + length]!)
  return new Dataset({
    x: { data: past, shape: [length, width], dtype: 'f32', stride: stride * width },
    y: { data: future, shape: [horizon], dtype: 'f32', stride },
  })
}

/** One step of a walk: train on steps start … end-1, then be asked about the test steps right after. */
export interface WalkFold {
  readonly train: readonly [start: number, end: number]
  readonly test: readonly [start: number, end: number]
}

/** How `walkForward` walks. */
export interface WalkOptions {
  /** number of folds; 5 */
  readonly folds?: number | undefined
  /** steps of each test part */
  readonly test: number
  /** steps left out between training and test, as many as a target looks ahead; 0 */
  readonly gap?: number | undefined
  /** 'growing' trains on everything before; 'rolling' on as many steps as the first fold has; 'growing' */
  readonly window?: 'growing' | 'rolling' | undefined
}

/**
 * Divisions of `steps` in time order: the last `folds × test` steps are asked about, part by part, each by a model that has seen only what
 * came before it. Throws HebbError when nothing is left to train on.
 *
 * @example for (const { train, test } of walkForward(5105, { folds: 4, test: 252 })) …
 */
export function walkForward(steps: number, { folds = 5, test, gap = 0, window = 'growing' }: WalkOptions): WalkFold[] {
  for (const [name, value, least] of [
    ['folds', folds, 1],
    ['test', test, 1],
    ['gap', gap, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new HebbError(`walkForward: ${name} ${value}: give a whole number of at least ${least}`)
  const first = steps - folds * test - gap
  if (!(first >= 1))
    throw new HebbError(
      `walkForward: ${folds} folds of ${test} steps and a gap of ${gap} leave none of ${steps} to train on: take fewer or shorter folds`,
    )
  return Array.from({ length: folds }, (_, k) => ({
    train: [window === 'rolling' ? k * test : 0, first + k * test],
    test: [first + gap + k * test, first + gap + (k + 1) * test],
  }))
}
