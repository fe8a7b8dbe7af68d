/** Elements put, or added, where numbers say. */

import type { Dtype } from '../../../src/tensor/dtype.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { axisAt, get, indicesOf } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const ids = (value: Parameters<typeof of>[0], dtype: Dtype = 'i32'): Tensor => of(value, dtype)
const wrapped = (i: number, size: number): number => (i < 0 ? i + size : i)

/** x with the source written, or added, element by element. */
const scattered = (x: Grid, i: Grid, source: (at: number[]) => number, axis: number, add: boolean): Grid => {
  const a = axisAt(axis, x.shape.length)
  const data = [...x.data]
  for (const at of indicesOf(i.shape)) {
    const to = at.with(a, wrapped(get(i, at), x.shape[a]!))
    const place = to.reduce((n, v, k) => n * x.shape[k]! + v, 0)
    data[place] = (add ? data[place]! : 0) + source(at)
  }
  return { shape: x.shape, data }
}
const scatterRow = (name: 'scatter' | 'scatterAdd', op: typeof ops.scatter, add: boolean): Row => {
  const one = (title: string, i: () => Tensor, axis: number, source: readonly number[], more: Partial<Case> = {}): Case => ({
    name: title,
    inputs: () => [some([3, 4, 2]), i(), some(source, { seed: 5 })],
    call: (x, n, s) => op(x, n, s, axis),
    reference: (x, n, s) => scattered(x!, n!, (at) => get(s!, at), axis, add),
    ...more,
  })
  return {
    name,
    cases: [
      one(
        'the first axis, fewer elsewhere',
        () =>
          ids([
            [
              [2, 0],
              [1, -1],
            ],
          ]),
        0,
        [1, 2, 2],
      ),
      one(
        'the last axis',
        () =>
          ids(
            [
              [[1], [0], [1], [-2]],
              [[0], [0], [1], [1]],
            ],
            'i64',
          ),
        -1,
        [2, 4, 1],
      ),
      one(
        'several in one place',
        () =>
          ids([
            [
              [2, 0],
              [2, 0],
              [2, 1],
              [1, 1],
              [2, 0],
            ],
          ]),
        1,
        [1, 5, 2],
      ),
      one('a source larger than the ids', () => ids([[[3, 0]]]), 1, [2, 3, 2]),
      { ...one('no ids', () => empty([0, 4, 2], 'i32'), 0, [0, 4, 2]), gradient: 0 },
      {
        name: 'a number',
        inputs: () => [
          some([2, 3]),
          ids([
            [0, 2],
            [1, 1],
          ]),
        ],
        call: (x, n) => op(x, n, 9, 1),
        reference: (x, n) => scattered(x!, n!, () => 9, 1, add),
      },
      {
        name: 'integers',
        inputs: () => [ids([1, 2, 3]), ids([0, 0, -1]), ids([5, 6, 7])],
        call: (x, n, s) => op(x, n, s),
        reference: (x, n, s) => scattered(x!, n!, (at) => get(s!, at), 0, add),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([50, 40]), whole([2000, 40], { seed: 2, from: -50, to: 49, dtype: 'i32' }), whole([2000, 40], { seed: 3 })],
      call: (x, n, s) => op(x, n, s, 0),
    },
  }
}

export const rows: readonly Row[] = [scatterRow('scatter', ops.scatter, false), scatterRow('scatterAdd', ops.scatterAdd, true)]
