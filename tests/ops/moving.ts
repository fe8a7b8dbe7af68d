/** What cases of moved numbers share: one input, and where its numbers should be. */
import type { Range } from '../../src/ops/index.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { some, whole } from './examples.js'
import { get, grid } from './reference.js'
import type { Case, Grid, LargeCase } from './row.js'

export const cube = (): Tensor => some([2, 3, 4])
export const big = (call: LargeCase['call']): LargeCase => ({ inputs: () => [whole([30, 40, 100])], call })

/** A case of one input: a cube unless said otherwise. */
export const moved = (
  name: string,
  call: (x: Tensor) => Tensor | readonly Tensor[],
  reference: (x: Grid) => Grid | readonly Grid[],
  inputs: () => Tensor = cube,
): Case => ({
  name,
  inputs: () => [inputs()],
  call,
  reference: (x) => reference(x!),
})
export const integers = (c: Case, inputs: Case['inputs']): Case => ({ ...c, inputs, gradient: 0 })

export const shaped = (x: Grid, shape: readonly number[]): Grid => ({ shape, data: x.data })
/** Python's own rule for one axis: the indices a range names. */
export function named(range: Range | undefined, size: number): number[] {
  const [start, stop, step = 1] = range ?? []
  const by = step ?? 1
  const inside = (v: number): number => Math.max(by > 0 ? 0 : -1, Math.min(by > 0 ? size : size - 1, v < 0 ? v + size : v))
  const first = start === undefined || start === null ? (by > 0 ? 0 : size - 1) : inside(start)
  const end = stop === undefined || stop === null ? (by > 0 ? size : -1) : inside(stop)
  const found: number[] = []
  for (let i = first; by > 0 ? i < end : i > end; i += by) found.push(i)
  return found
}
export const sliced = (x: Grid, ranges: readonly Range[]): Grid => {
  const kept = x.shape.map((d, i) => named(ranges[i], d))
  return grid(
    kept.map((k) => k.length),
    (i) =>
      get(
        x,
        i.map((v, axis) => kept[axis]![v]!),
      ),
  )
}
