/** Parts of tensors, and tensors from parts. */

import type { Range } from '../../../src/ops/index.js'
import { concat, stack } from '../../../src/ops/index.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { big, integers, moved, shaped, sliced } from '../moving.js'
import { get, grid } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const sliceCase = (name: string, ranges: readonly Range[], gradient: 0 | 2 = 2): Case => ({
  ...moved(
    name,
    (x) => ops.slice(x, ranges),
    (x) => sliced(x, ranges),
    () => some([4, 6, 3]),
  ),
  gradient,
})
const cutAt = (x: Grid, axis: number, sizes: readonly number[]): Grid[] => {
  let from = 0
  return sizes.map((n) => {
    const start = from
    from += n
    return sliced(
      x,
      x.shape.map((_, i): Range => (i === axis ? [start, start + n] : null)),
    )
  })
}
const joined = (xs: readonly Grid[], axis: number): Grid => {
  const ends = xs.map((_, i) => xs.slice(0, i + 1).reduce((n, x) => n + x.shape[axis]!, 0))
  return grid(xs[0]!.shape.with(axis, ends.at(-1)!), (i) => {
    const which = ends.findIndex((end) => i[axis]! < end)
    return get(xs[which]!, i.with(axis, i[axis]! - (which === 0 ? 0 : ends[which - 1]!)))
  })
}
export const rows: readonly Row[] = [
  {
    name: 'slice',
    covers: ['slice', 'sliceTranspose'],
    cases: [
      sliceCase('one range', [[1, 3]]),
      sliceCase('a step', [null, [0, 5, 2]]),
      sliceCase('negative and missing ends', [[-3, null, 1], [1, null, 3], [-1]]),
      sliceCase('a step past the end', [
        [0, 1],
        [4, 50, 7],
      ]),
      sliceCase('backward', [
        [null, null, -1],
        [4, 0, -2],
        [-1, null, -1],
      ]),
      sliceCase('backward to the first', [null, [3, null, -3]]),
      sliceCase('steps on every axis', [
        [1, null, 2],
        [0, null, 4],
        [0, null, 2],
      ]),
      sliceCase('nothing left', [[2, 2]], 0),
      sliceCase('nothing left going backward', [null, [1, 3, -1]], 0),
      integers(
        moved(
          'i64',
          (x) => ops.slice(x, [[0, null, 2]]),
          (x) => sliced(x, [[0, null, 2]]),
        ),
        () => [whole([5], { dtype: 'i64' })],
      ),
      moved(
        'of a slice, the gradient reaches the whole',
        (x) => ops.slice(ops.slice(x, [null, [1, 3]]), [null, null, [0, null, 3]]),
        (x) => sliced(x, [null, [1, 3], [0, null, 3]]),
      ),
    ],
    large: big((x) => ops.slice(x, [null, [1, null, 3], [90, 5, -4]])),
  },
  {
    name: 'split',
    cases: [
      moved(
        'a size',
        (x) => ops.split(x, 3, -1),
        (x) => cutAt(x, 2, [3, 1]),
      ),
      moved(
        'sizes',
        (x) => ops.split(x, [1, 0, 2], 1),
        (x) => cutAt(x, 1, [1, 0, 2]),
      ),
      moved(
        'one piece',
        (x) => ops.split(x, 9),
        (x) => cutAt(x, 0, [2]),
      ),
      moved(
        'of which one is used',
        (x) => ops.split(x, [1, 2], 1)[1]!,
        (x) => cutAt(x, 1, [1, 2])[1]!,
      ),
      {
        ...moved(
          'empty',
          (x) => ops.split(x, 2),
          (x) => [x],
          () => empty([0, 3]),
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.split(x, [10, 60, 30], 2)),
  },
  {
    name: 'chunk',
    covers: [],
    cases: [
      moved(
        'uneven',
        (x) => ops.chunk(x, 3),
        (x) => cutAt(x, 0, [3, 3, 1]),
        () => some([7, 2]),
      ),
      moved(
        'fewer than asked',
        (x) => ops.chunk(x, 4),
        (x) => cutAt(x, 0, [2, 2, 1]),
        () => some([5]),
      ),
    ],
    large: big((x) => ops.chunk(x, 3, 1)),
  },
  {
    name: 'unbind',
    covers: [],
    cases: [
      moved(
        'the middle axis',
        (x) => ops.unbind(x, 1),
        (x) => cutAt(x, 1, [1, 1, 1]).map((g) => shaped(g, [2, 4])),
      ),
    ],
    large: big((x) => ops.unbind(x, 0)),
  },
  {
    name: 'concat',
    cases: [
      {
        name: 'three on the last axis',
        inputs: () => [some([2, 1]), some([2, 3], { seed: 2 }), some([2, 2], { seed: 3 })],
        call: (...x) => concat(x, -1),
        reference: (...x) => joined(x, 1),
      },
      { name: 'with an empty one', inputs: () => [some([2, 3]), empty([0, 3])], call: (...x) => concat(x), reference: (a) => a! },
      { name: 'the same twice', inputs: () => [some([2])], call: (x) => concat([x, x]), reference: (x) => joined([x!, x!], 0) },
      {
        name: 'integers and floats',
        inputs: () => [of([1, 2], 'i32'), of([0.5])],
        call: (...x) => concat(x),
        reference: (...x) => joined(x, 0),
      },
      {
        name: 'booleans',
        inputs: () => [of([1, 0], 'bool'), of([1], 'bool')],
        call: (...x) => concat(x),
        reference: (...x) => joined(x, 0),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([300, 299], { seed: 2 })], call: (...x) => concat(x, 1) },
  },
  {
    name: 'stack',
    covers: [],
    cases: [0, 1, -1].map(
      (axis): Case => ({
        name: `axis ${axis}`,
        inputs: () => [some([2, 3]), some([2, 3], { seed: 2 })],
        call: (...x) => stack(x, axis),
        reference: (a, b) => {
          const at = axis < 0 ? 2 : axis
          return joined(
            [a!, b!].map((g) => shaped(g, g.shape.toSpliced(at, 0, 1))),
            at,
          )
        },
      }),
    ),
    large: { inputs: () => [whole([300, 200]), whole([300, 200], { seed: 2 })], call: (...x) => stack(x, 1) },
  },
]
