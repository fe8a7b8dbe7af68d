/** The same numbers under another shape or axis order. */
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { big, integers, moved, shaped } from '../moving.js'
import { get, grid } from '../reference.js'
import type { Grid, Row } from '../row.js'

const permuted = (x: Grid, order: readonly number[]): Grid =>
  grid(
    order.map((a) => x.shape[a]!),
    (i) =>
      get(
        x,
        order.map((_, axis) => i[order.indexOf(axis)]!),
      ),
  )

export const rows: readonly Row[] = [
  {
    name: 'reshape',
    cases: [
      moved(
        'with an open size',
        (x) => ops.reshape(x, [4, -1]),
        (x) => shaped(x, [4, 6]),
      ),
      moved(
        'to a scalar',
        (x) => ops.reshape(x, []),
        (x) => shaped(x, []),
        () => some([1, 1]),
      ),
      {
        ...moved(
          'empty',
          (x) => ops.reshape(x, [3, 0, 5]),
          () => shaped({ shape: [], data: [] }, [3, 0, 5]),
          () => empty([2, 0]),
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.reshape(x, [100, -1])),
  },
  {
    name: 'flatten',
    covers: [],
    cases: [
      moved(
        'the last two axes',
        (x) => ops.flatten(x, 1),
        (x) => shaped(x, [2, 12]),
      ),
      moved(
        'a scalar',
        (x) => ops.flatten(x),
        (x) => shaped(x, [1]),
        () => some([]),
      ),
    ],
    large: big((x) => ops.flatten(x)),
  },
  {
    name: 'unsqueeze',
    covers: [],
    cases: [
      moved(
        'two axes',
        (x) => ops.unsqueeze(x, 0, -1),
        (x) => shaped(x, [1, 2, 3, 4, 1]),
      ),
    ],
    large: big((x) => ops.unsqueeze(x, 1)),
  },
  {
    name: 'squeeze',
    covers: [],
    cases: [
      moved(
        'all',
        (x) => ops.squeeze(x),
        (x) => shaped(x, [3]),
        () => some([1, 3, 1]),
      ),
      moved(
        'one',
        (x) => ops.squeeze(x, -1),
        (x) => shaped(x, [1, 3]),
        () => some([1, 3, 1]),
      ),
    ],
    large: big((x) => ops.squeeze(ops.unsqueeze(x, 1), 1)),
  },
  {
    name: 'transpose',
    cases: [
      moved(
        'the last two',
        (x) => ops.transpose(x),
        (x) => permuted(x, [0, 2, 1]),
      ),
      moved(
        'two named',
        (x) => ops.transpose(x, 0, -1),
        (x) => permuted(x, [2, 1, 0]),
      ),
      moved(
        'an order',
        (x) => ops.transpose(x, [2, 0, 1]),
        (x) => permuted(x, [2, 0, 1]),
      ),
      integers(
        moved(
          'booleans',
          (x) => ops.transpose(x),
          (x) => permuted(x, [1, 0]),
        ),
        () => [
          of(
            [
              [1, 0, 1],
              [0, 0, 1],
            ],
            'bool',
          ),
        ],
      ),
      {
        ...moved(
          'empty',
          (x) => ops.transpose(x),
          () => shaped({ shape: [], data: [] }, [0, 2]),
          () => empty([2, 0]),
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.transpose(x, [2, 0, 1])),
  },
  {
    name: 'expand',
    cases: [
      moved(
        'an axis of size 1',
        (x) => ops.expand(x, [4, 3, 2]),
        (x) => grid([4, 3, 2], (i) => get(x, i)),
        () => some([1, 3, 1]),
      ),
      moved(
        'a new axis, a kept one',
        (x) => ops.expand(x, [2, -1, 4]),
        (x) => grid([2, 3, 4], (i) => get(x, i)),
        () => some([3, 1]),
      ),
      {
        ...moved(
          'to nothing',
          (x) => ops.expand(x, [0, 3]),
          () => shaped({ shape: [], data: [] }, [0, 3]),
          () => some([1, 3]),
        ),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 1])], call: (x) => ops.expand(x, [300, 400]) },
  },
]
