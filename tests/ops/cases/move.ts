/** The same numbers in another order, or several times; triangles and diagonals. */
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { big, integers, moved, shaped, sliced } from '../moving.js'
import { get, grid } from '../reference.js'
import type { Grid, Row } from '../row.js'

const rolled = (x: Grid, shifts: readonly number[], axes: readonly number[]): Grid =>
  grid(x.shape, (i) => {
    const from = [...i]
    axes.forEach((a, k) => {
      from[a] = (((from[a]! - shifts[k]!) % x.shape[a]!) + x.shape[a]!) % x.shape[a]!
    })
    return get(x, from)
  })
export const rows: readonly Row[] = [
  {
    name: 'flip',
    cases: [
      moved(
        'one axis',
        (x) => ops.flip(x, 1),
        (x) => sliced(x, [null, [null, null, -1]]),
      ),
      moved(
        'all',
        (x) => ops.flip(x),
        (x) => ({ shape: x.shape, data: x.data.toReversed() }),
      ),
      moved(
        'a scalar',
        (x) => ops.flip(x),
        (x) => x,
        () => some([]),
      ),
      {
        ...moved(
          'empty',
          (x) => ops.flip(x),
          (x) => x,
          () => empty([0, 2]),
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.flip(x, [0, 2])),
  },
  {
    name: 'roll',
    cases: [
      moved(
        'one axis',
        (x) => ops.roll(x, 5, -1),
        (x) => rolled(x, [5], [2]),
      ),
      moved(
        'two axes',
        (x) => ops.roll(x, [1, -2], [0, 2]),
        (x) => rolled(x, [1, -2], [0, 2]),
      ),
      moved(
        'all elements as one row',
        (x) => ops.roll(x, 5),
        (x) => shaped(rolled(shaped(x, [24]), [5], [0]), x.shape),
      ),
      moved(
        'a whole turn',
        (x) => ops.roll(x, 3, 1),
        (x) => x,
      ),
      {
        ...moved(
          'empty',
          (x) => ops.roll(x, 1, 0),
          (x) => x,
          () => empty([0, 2]),
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.roll(x, [7, -30], [1, 2])),
  },
  {
    name: 'tile',
    cases: [
      moved(
        'as often as told',
        (x) => ops.tile(x, [2, 1, 3]),
        (x) => grid([4, 3, 12], (i) => get(x, [i[0]! % 2, i[1]!, i[2]! % 4])),
      ),
      moved(
        'more axes',
        (x) => ops.tile(x, [2, 1, 2]),
        (x) => grid([2, 2, 6], (i) => get(x, [i[1]! % 2, i[2]! % 3])),
        () => some([2, 3]),
      ),
      moved(
        'the last axis only',
        (x) => ops.tile(x, 2),
        (x) => grid([2, 6], (i) => get(x, [i[0]!, i[1]! % 3])),
        () => some([2, 3]),
      ),
      {
        ...moved(
          'not at all',
          (x) => ops.tile(x, [0, 1, 1]),
          () => ({ shape: [0, 3, 4], data: [] }),
        ),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([30, 100])], call: (x) => ops.tile(x, [8, 5]) },
  },
  {
    name: 'repeat',
    covers: [],
    cases: [
      moved(
        'an axis',
        (x) => ops.repeat(x, 2, 1),
        (x) => grid([2, 6, 4], (i) => get(x, i.with(1, Math.floor(i[1]! / 2)))),
      ),
      moved(
        'flattened',
        (x) => ops.repeat(x, 3),
        (x) => grid([72], ([i]) => x.data[Math.floor(i! / 3)]!),
      ),
      {
        name: 'counts of their own',
        inputs: () => [some([2, 3])],
        call: (x) => ops.repeat(x, [2, 0, 1], -1),
        reference: (x) => grid([2, 3], ([i, j]) => get(x!, [i!, [0, 0, 2][j!]!])),
      },
      {
        name: 'none of any',
        inputs: () => [some([2])],
        call: (x) => ops.repeat(x, [0, 0]),
        reference: () => ({ shape: [0], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100])], call: (x) => ops.repeat(x, 4, 0) },
  },
  ...Object.entries({ tril: ops.tril, triu: ops.triu }).map(([name, op]): Row => {
    const side = name === 'tril' ? (r: number, c: number, k: number) => c - r <= k : (r: number, c: number, k: number) => c - r >= k
    const triangle = (x: Grid, k: number): Grid => grid(x.shape, (i) => (side(i.at(-2)!, i.at(-1)!, k) ? get(x, i) : 0))
    return {
      name,
      cases: [
        ...[0, 1, -1, 9, -9].map((k) =>
          moved(
            `diagonal ${k}`,
            (x) => op(x, k),
            (x) => triangle(x, k),
            () => some([2, 4, 3]),
          ),
        ),
        integers(
          moved(
            'bytes',
            (x) => op(x),
            (x) => triangle(x, 0),
          ),
          () => [whole([3, 3], { from: 1, to: 5, dtype: 'u8' })],
        ),
        integers(
          moved(
            'NaN and infinities outside become 0',
            (x) => op(x),
            (x) => triangle(x, 0),
          ),
          () => [
            of([
              [1, Number.NaN],
              [Number.POSITIVE_INFINITY, 2],
            ]),
          ],
        ),
      ],
      large: big((x) => op(x, 2)),
    }
  }),
  {
    name: 'diagonal',
    covers: [],
    cases: [
      moved(
        'main',
        (x) => ops.diagonal(x),
        (x) => grid([2, 3], ([b, i]) => get(x, [b!, i!, i!])),
      ),
      moved(
        'above',
        (x) => ops.diagonal(x, { offset: 2 }),
        (x) => grid([2, 2], ([b, i]) => get(x, [b!, i!, i! + 2])),
      ),
      moved(
        'below, other axes',
        (x) => ops.diagonal(x, { offset: -1, axes: [2, 0] }),
        (x) => grid([3, 2], ([m, i]) => get(x, [i!, m!, i! + 1])),
      ),
      {
        ...moved(
          'past the corner',
          (x) => ops.diagonal(x, { offset: 9 }),
          () => ({ shape: [2, 0], data: [] }),
        ),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.diagonal(x, { offset: 3 }) },
  },
]
