/** Parts by index and by mask, read and written. */

import type { Index, ScatterReduction } from '../../../src/ops/index.js'
import type { Dtype } from '../../../src/tensor/dtype.js'
import { type Tensor, tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { cube, distinct, empty, of, some, whole } from '../examples.js'
import { get, grid, indicesOf, map } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const ids = (value: Parameters<typeof of>[0], dtype: Dtype = 'i32'): Tensor => of(value, dtype)
const bool = (value: Parameters<typeof of>[0]): Tensor => of(value, 'bool')

/** What an index should give of (2, 3, 4): the shape, and where each of its elements comes from. */
interface Wanted {
  readonly name: string
  readonly index: readonly Index[]
  readonly shape: readonly number[]
  readonly from: (i: number[]) => number[]
}

const tables: readonly Wanted[] = [
  { name: 'numbers', index: [-1, 0], shape: [4], from: ([k]) => [1, 0, k!] },
  { name: 'all numbers', index: [1, 2, 3], shape: [], from: () => [1, 2, 3] },
  { name: 'nothing', index: [], shape: [2, 3, 4], from: (i) => i },
  { name: 'ranges', index: [':', '::-1', '1:3'], shape: [2, 3, 2], from: ([i, j, k]) => [i!, 2 - j!, k! + 1] },
  { name: 'a range past the end', index: [0, '-2:9'], shape: [2, 4], from: ([j, k]) => [0, j! + 1, k!] },
  { name: 'an empty range', index: ['2:1'], shape: [0, 3, 4], from: (i) => i },
  { name: 'all that are left', index: ['...', 1], shape: [2, 3], from: ([i, j]) => [i!, j!, 1] },
  { name: 'new axes', index: [null, 1, '...', null], shape: [1, 3, 4, 1], from: ([, j, k]) => [1, j!, k!] },
  { name: 'a list', index: [':', [2, 0, -1, 0]], shape: [2, 4, 4], from: ([i, j, k]) => [i!, [2, 0, 2, 0][j!]!, k!] },
  {
    name: 'a list of lists',
    index: [
      [
        [0, 1],
        [1, 1],
      ],
    ],
    shape: [2, 2, 3, 4],
    from: ([a, b, j, k]) => [
      [
        [0, 1],
        [1, 1],
      ][a!]![b!]!,
      j!,
      k!,
    ],
  },
  { name: 'an empty list', index: [[]], shape: [0, 3, 4], from: (i) => i },
  { name: 'lists side by side', index: [':', [0, 1], [3, 2]], shape: [2, 2], from: ([i, n]) => [i!, n!, 3 - n!] },
  { name: 'lists apart', index: [[1, 0], ':', [0, 2]], shape: [2, 3], from: ([n, j]) => [1 - n!, j!, 2 * n!] },
  {
    name: 'lists that broadcast',
    index: [
      [[0], [1]],
      [2, 0],
    ],
    shape: [2, 2, 4],
    from: ([a, b, k]) => [a!, 2 - 2 * b!, k!],
  },
  { name: 'a number beside a list', index: [':', 1, [3, 0]], shape: [2, 2], from: ([i, n]) => [i!, 1, 3 - 3 * n!] },
  { name: 'a number apart from a list', index: [1, ':', [3, 0]], shape: [2, 3], from: ([n, j]) => [1, j!, 3 - 3 * n!] },
  { name: 'a new axis between lists', index: [[0, 1], null, [1, 2]], shape: [2, 1, 4], from: ([n, , k]) => [n!, n! + 1, k!] },
  { name: 'a range and a list', index: [1, '0:2', [0, 3]], shape: [2, 2], from: ([n, j]) => [1, j!, 3 * n!] },
  { name: 'booleans', index: [':', [true, false, true]], shape: [2, 2, 4], from: ([i, j, k]) => [i!, 2 * j!, k!] },
  { name: 'no true ones', index: [[false, false]], shape: [0, 3, 4], from: (i) => i },
  {
    name: 'booleans of two axes',
    index: [
      bool([
        [1, 0, 1],
        [0, 1, 0],
      ]),
    ],
    shape: [3, 4],
    from: ([n, k]) => [[0, 0, 1][n!]!, [0, 2, 1][n!]!, k!],
  },
  {
    name: 'booleans beside a list',
    index: [
      [0, 1],
      [true, false, true],
    ],
    shape: [2, 4],
    from: ([n, k]) => [n!, 2 * n!, k!],
  },
  { name: 'a single true', index: [true, 1, 0], shape: [1, 4], from: ([, k]) => [1, 0, k!] },
  { name: 'a single false', index: [false], shape: [0, 2, 3, 4], from: (i) => i },
]

const numbered =
  (shape: readonly number[], f: (i: number[]) => number[]) =>
  (x: Grid): Grid =>
    grid(shape, (i) => get(x, f(i)))

/** Bytes as numbers, so that the same table serves every dtype. */
const dtypeCases = (['u8', 'bool', 'i32', 'i64'] as const).map(
  (dtype): Case => ({
    name: `${dtype}, two lists`,
    inputs: () => [whole([2, 3, 4], { from: 0, to: 1, dtype })],
    call: (x) => ops.at(x, [1, 0], ':', [3, 3]),
    reference: (x) => grid([2, 3], ([n, j]) => get(x!, [1 - n!, j!, 3])),
    gradient: 0,
  }),
)

const put = (name: string, index: readonly Index[], shape: readonly number[], accumulate = false): Case => ({
  name,
  inputs: () => [cube(), some(shape, { seed: 3 })],
  call: (x, v) => ops.indexPut(x, index, v, { accumulate }),
  reference: (x, v) => {
    // the flat number of every element, read at the index, says where the values go
    const table = tables.find((t) => JSON.stringify(t.index) === JSON.stringify(index))!
    const data = [...x!.data]
    for (const i of indicesOf(table.shape)) {
      const [a, b, c] = table.from([...i]) as [number, number, number]
      const at = (a * 3 + b) * 4 + c
      data[at] = (accumulate ? data[at]! : 0) + get(v!, i)
    }
    return { shape: x!.shape, data }
  },
})

function combined(x: Grid, i: Grid, s: Grid, axis: number, reduce: ScatterReduction, self: boolean): Grid {
  const lists = new Map<string, number[]>()
  for (const at of indicesOf(i.shape)) {
    const id = get(i, at)
    const key = at.with(axis, id < 0 ? id + x.shape[axis]! : id).join()
    lists.set(key, [...(lists.get(key) ?? []), get(s, at)])
  }
  return grid(x.shape, (at) => {
    const come = lists.get(at.join())
    if (!come) return get(x, at)
    const all = self ? [get(x, at), ...come] : come
    const sum = all.reduce((a, b) => a + b, 0)
    if (reduce === 'sum') return sum
    if (reduce === 'mean') return sum / all.length
    if (reduce === 'prod') return all.reduce((a, b) => a * b, 1)
    return reduce === 'max' ? Math.max(...all) : Math.min(...all)
  })
}

const crowd = {
  inputs: (): Tensor[] => [whole([50, 8]), whole([2000, 8], { seed: 2, from: 0, to: 49, dtype: 'i32' }), whole([2000, 8], { seed: 3 })],
}

export const rows: readonly Row[] = [
  {
    name: 'at',
    cases: [
      ...tables.map(
        (t): Case => ({
          name: t.name,
          inputs: () => [cube()],
          call: (x) => ops.at(x, ...t.index),
          reference: (x) => numbered(t.shape, t.from)(x!),
          ...(t.shape.includes(0) && { gradient: 0 as const }),
        }),
      ),
      {
        name: 'computed places',
        inputs: () => [cube(), ids([[1], [-1]]), ids([2, 0, -3], 'i64')],
        call: (x, i, j) => ops.at(x, i, j),
        reference: (x) => grid([2, 3, 4], ([, b, k]) => get(x!, [1, [2, 0, 0][b!]!, k!])),
      },
      {
        name: 'NaN stays where it is',
        inputs: () => [
          of([
            [1, Number.NaN],
            [2, 3],
          ]),
        ],
        call: (x) => ops.at(x, [1, 0], [0, 0]),
        reference: () => ({ shape: [2], data: [2, 1] }),
        gradient: 0,
      },
      {
        name: 'of a vector',
        inputs: () => [some([5])],
        call: (x) => ops.at(x, [4, 4, 0]),
        reference: (x) => grid([3], ([i]) => get(x!, [[4, 4, 0][i!]!])),
      },
      {
        name: 'of an empty axis',
        inputs: () => [empty([0, 3])],
        call: (x) => ops.at(x, ':', [2, 0]),
        reference: () => ({ shape: [0, 2], data: [] }),
        gradient: 0,
      },
      ...dtypeCases,
    ],
    large: {
      inputs: () => [
        whole([50, 40, 8]),
        whole([3000], { seed: 2, from: 0, to: 49, dtype: 'i32' }),
        whole([3000], { seed: 3, from: 0, to: 39, dtype: 'i32' }),
      ],
      call: (x, i, j) => ops.at(x, i, j),
    },
  },
  {
    name: 'indexPut',
    covers: [],
    cases: [
      put('a slice', [-1, 0], [4]),
      put('ranges, one number for each row', [':', '::-1', '1:3'], [3, 1]),
      put('lists apart', [[1, 0], ':', [0, 2]], [2, 3]),
      put('booleans', [':', [true, false, true]], [2, 1, 4]),
      put('added', [':', [2, 0, -1, 0]], [2, 4, 4], true),
      put('lists, added', [[1, 0], ':', [0, 2]], [3], true),
      {
        name: 'the last of several stays',
        inputs: () => [some([3]), some([3], { seed: 2 })],
        call: (x, v) => ops.indexPut(x, [[1, 1, 0]], v),
        reference: (x, v) => ({ shape: [3], data: [v!.data[2]!, v!.data[1]!, x!.data[2]!] }),
      },
      {
        name: 'a number',
        inputs: () => [cube()],
        call: (x) => ops.indexPut(x, ['...', 0], 7),
        reference: (x) => grid([2, 3, 4], (i) => (i[2] === 0 ? 7 : get(x!, i))),
      },
      { name: 'nowhere', inputs: () => [cube()], call: (x) => ops.indexPut(x, [[]], 7), reference: (x) => x! },
      {
        name: 'a mask that is computed',
        inputs: () => [cube(), some([4], { seed: 2 })],
        call: (x, v) => ops.indexPut(x, [x.at(':', ':', 0).greater(0)], v),
        reference: (x, v) => grid([2, 3, 4], (i) => (get(x!, [i[0]!, i[1]!, 0]) > 0 ? get(v!, [i[2]!]) : get(x!, i))),
      },
      {
        name: 'a mask that is computed, added',
        inputs: () => [cube()],
        call: (x) => ops.indexPut(x, [x.greater(0)], 2, { accumulate: true }),
        reference: (x) => map(x!, (v) => (v > 0 ? v + 2 : v)),
      },
      {
        name: 'booleans are either',
        inputs: () => [bool([0, 1, 0])],
        call: (x) => ops.indexPut(x, [[0, 0]], tensor([true, false]), { accumulate: true }),
        reference: () => ({ shape: [3], data: [1, 1, 0] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([200]), whole([20_000], { seed: 3 }), whole([20_000], { seed: 2, from: 0, to: 199, dtype: 'i32' })],
      call: (x, v, i) => ops.indexPut(x, [i], v, { accumulate: true }),
    },
  },
  {
    name: 'indexAdd',
    covers: [],
    cases: [
      ...[0, 1, -1].map(
        (axis): Case => ({
          name: `axis ${axis}`,
          inputs: () => [cube(), ids([1, 0, 1, -1]), some(axis === 0 ? [4, 3, 4] : axis === 1 ? [2, 4, 4] : [2, 3, 4], { seed: 2 })],
          call: (x, i, s) => ops.indexAdd(x, i, s, axis, { alpha: 2 }),
          reference: (x, i, s) => {
            const a = axis < 0 ? axis + 3 : axis
            const size = x!.shape[a]!
            return grid(x!.shape, (at) =>
              i!.data.reduce((t, id, n) => ((id < 0 ? id + size : id) === at[a] ? t + 2 * get(s!, at.with(a, n)) : t), get(x!, at)),
            )
          },
        }),
      ),
      {
        name: 'of a vector, i64 ids',
        inputs: () => [some([3]), ids([0, 0], 'i64'), some([2], { seed: 2 })],
        call: (x, i, s) => ops.indexAdd(x, i, s),
        reference: (x, _, s) => ({ shape: [3], data: [x!.data[0]! + s!.data[0]! + s!.data[1]!, x!.data[1]!, x!.data[2]!] }),
      },
      {
        name: 'none',
        inputs: () => [some([3, 2]), empty([0], 'i32'), empty([0, 2])],
        call: (x, i, s) => ops.indexAdd(x, i, s),
        reference: (x) => x!,
      },
      ...(['u8', 'i32', 'i64'] as const).map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [of([1, 2], dtype), ids([1, 1]), of([3, 4], dtype)],
          call: (x, i, s) => ops.indexAdd(x, i, s),
          reference: () => ({ shape: [2], data: [1, 9] }),
          gradient: 0,
        }),
      ),
    ],
    large: {
      inputs: () => [whole([50, 16]), whole([20_000], { seed: 2, from: 0, to: 49, dtype: 'i32' }), whole([20_000, 16], { seed: 3 })],
      call: (x, i, s) => ops.indexAdd(x, i, s),
    },
  },
  {
    name: 'nonzero',
    covers: [],
    cases: [
      {
        name: 'fewer than asked for',
        inputs: () => [
          of([
            [0, 2],
            [Number.NaN, 0],
          ]),
        ],
        call: (x) => ops.nonzero(x, { size: 3 }),
        reference: () => ({ shape: [3, 2], data: [0, 1, 1, 0, -1, -1] }),
        gradient: 0,
      },
      {
        name: 'more than asked for',
        inputs: () => [of([1, 0, 2, 3])],
        call: (x) => ops.nonzero(x, { size: 2 }),
        reference: () => ({ shape: [2, 1], data: [0, 2] }),
        gradient: 0,
      },
      {
        name: 'another fill',
        inputs: () => [bool([0, 1])],
        call: (x) => ops.nonzero(x, { size: 2, fill: 9 }),
        reference: () => ({ shape: [2, 1], data: [1, 9] }),
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0, 2])],
        call: (x) => ops.nonzero(x, { size: 1 }),
        reference: () => ({ shape: [1, 2], data: [-1, -1] }),
        gradient: 0,
      },
      {
        name: 'a scalar',
        inputs: () => [of(3)],
        call: (x) => ops.nonzero(x, { size: 1 }),
        reference: () => ({ shape: [1, 0], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100])], call: (x) => ops.nonzero(x, { size: 20_000 }), gradient: false },
  },
  {
    name: 'maskedSelect',
    covers: [],
    cases: [
      {
        name: 'fewer than asked for',
        inputs: () => [cube(), bool([[1], [0], [1]])],
        call: (x, m) => ops.maskedSelect(x, m, { size: 18, fill: 5 }),
        reference: (x) => ({ shape: [18], data: [...[...indicesOf([2, 3, 4])].filter(([, j]) => j !== 1).map((i) => get(x!, i)), 5, 5] }),
      },
      {
        name: 'more than asked for',
        inputs: () => [some([4]), bool([1, 0, 1, 1])],
        call: (x, m) => ops.maskedSelect(x, m, { size: 2 }),
        reference: (x) => ({ shape: [2], data: [x!.data[0]!, x!.data[2]!] }),
      },
      {
        name: 'none',
        inputs: () => [some([2]), bool([0, 0])],
        call: (x, m) => ops.maskedSelect(x, m, { size: 1 }),
        reference: () => ({ shape: [1], data: [0] }),
      },
      {
        name: 'empty',
        inputs: () => [empty([0]), of([], 'bool')],
        call: (x, m) => ops.maskedSelect(x, m, { size: 1 }),
        reference: () => ({ shape: [1], data: [0] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100])], call: (x) => ops.maskedSelect(x, ops.greater(x, 0), { size: 20_000 }) },
  },
  {
    name: 'maskedScatter',
    covers: [],
    cases: [
      {
        name: 'in order',
        inputs: () => [
          some([2, 3]),
          bool([
            [1, 0, 1],
            [0, 1, 0],
          ]),
          some([5], { seed: 2 }),
        ],
        call: (x, m, s) => ops.maskedScatter(x, m, s),
        reference: (x, m, s) => {
          let next = 0
          return { shape: [2, 3], data: x!.data.map((v, i) => (m!.data[i] ? s!.data[next++]! : v)) }
        },
      },
      {
        name: 'a mask that broadcasts',
        inputs: () => [some([2, 2]), bool([0, 1]), some([2, 1], { seed: 2 })],
        call: (x, m, s) => ops.maskedScatter(x, m, s),
        reference: (x, _, s) => ({ shape: [2, 2], data: [x!.data[0]!, s!.data[0]!, x!.data[2]!, s!.data[1]!] }),
      },
      {
        name: 'nothing to put nowhere',
        inputs: () => [some([2]), bool([0, 0]), empty([0])],
        call: (x, m, s) => ops.maskedScatter(x, m, s),
        reference: (x) => x!,
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0, 2]), bool([1, 0]), some([3])],
        call: (x, m, s) => ops.maskedScatter(x, m, s),
        reference: () => ({ shape: [0, 2], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([30_000], { seed: 2 })], call: (x, s) => ops.maskedScatter(x, ops.greater(x, 0), s) },
  },
  {
    name: 'scatterReduce',
    covers: ['scatterProd', 'scatterMax', 'scatterMin'],
    cases: [
      ...(['sum', 'prod', 'mean', 'max', 'min'] as const).flatMap((reduce) =>
        [true, false].map(
          (includeSelf): Case => ({
            name: `${reduce}, ${includeSelf ? 'with' : 'without'} itself`,
            inputs: () => [
              distinct([3, 4]),
              ids(
                [
                  [0, 2, 0],
                  [-1, 2, 1],
                ],
                'i64',
              ),
              distinct([2, 4], { seed: 5, from: -1.7, to: 2.2 }),
            ],
            call: (x, i, s) => ops.scatterReduce(x, i, s, reduce, { axis: 0, includeSelf }),
            reference: (x, i, s) => combined(x!, i!, s!, 0, reduce, includeSelf),
          }),
        ),
      ),
      ...(['sum', 'prod', 'mean', 'max', 'min'] as const).flatMap((reduce) =>
        (['u8', 'i32', 'i64'] as const).map(
          (dtype): Case => ({
            name: `${reduce} of ${dtype}`,
            inputs: () => [of([1, 2, 3], dtype), ids([0, 0, 2]), of([4, 7, 3], dtype)],
            call: (x, i, s) => ops.scatterReduce(x, i, s, reduce, { includeSelf: false }),
            reference: (x, i, s) => map(combined(x!, i!, s!, 0, reduce, false), Math.floor),
            gradient: 0,
          }),
        ),
      ),
      ...(['max', 'min', 'prod', 'mean'] as const).map(
        (reduce): Case => ({
          name: `${reduce} of NaN and infinities`,
          inputs: () => [
            of([1, 2, Number.NaN, 5]),
            ids([0, 1, 2, 3, 3]),
            of([Number.NaN, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, 1]),
          ],
          call: (x, i, s) => ops.scatterReduce(x, i, s, reduce),
          reference: (x, i, s) => combined(x!, i!, s!, 0, reduce, true),
          gradient: 0,
        }),
      ),
      {
        name: 'a product with one zero',
        inputs: () => [of([0, 2, 3]), ids([0, 0, 1]), of([4, 5, 6])],
        call: (x, i, s) => ops.scatterReduce(x, i, s, 'prod'),
        reference: (x, i, s) => combined(x!, i!, s!, 0, 'prod', true),
        gradient: 1,
      },
      {
        name: 'a product with zeros that come',
        inputs: () => [of([2, 2, 3]), ids([0, 0, 1, 1]), of([0, 5, 0, 0])],
        call: (x, i, s) => ops.scatterReduce(x, i, s, 'prod'),
        reference: (x, i, s) => combined(x!, i!, s!, 0, 'prod', true),
        gradient: 1,
      },
      {
        name: 'nothing comes',
        inputs: () => [some([3]), empty([0], 'i32'), empty([0])],
        call: (x, i, s) => ops.scatterReduce(x, i, s, 'max'),
        reference: (x) => x!,
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0, 3]), empty([0, 2], 'i32'), empty([0, 2])],
        call: (x, i, s) => ops.scatterReduce(x, i, s, 'prod'),
        reference: () => ({ shape: [0, 3], data: [] }),
        gradient: 0,
      },
    ],
    large: { ...crowd, call: (x, i, s) => ops.scatterReduce(x, i, s, 'max', { axis: 0 }), exact: false },
  },
]
