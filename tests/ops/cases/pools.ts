/** Largest numbers and means of windows. */
import * as ops from '../allOps.js'
import { distinct, some, whole } from '../examples.js'
import { pool, shares, walk } from '../pooling.js'
import { total } from '../reference.js'
import type { Row } from '../row.js'

const most = (values: number[]): number => Math.max(...values)
const average = (values: number[]): number => total(values) / values.length

export const rows: readonly Row[] = [
  {
    name: 'maxPool',
    covers: ['maxPool', 'poolScatter', 'poolGather'],
    cases: [
      {
        name: 'windows side by side',
        inputs: () => [distinct([2, 3, 6, 7])],
        call: (x) => ops.maxPool(x!, 2),
        reference: (x) => pool(x!, walk([6, 7], [2, 2]), most),
      },
      {
        name: 'overlapping, padded',
        inputs: () => [distinct([1, 2, 7, 8])],
        call: (x) => ops.maxPool(x!, 3, { stride: 2, padding: 1 }),
        reference: (x) => pool(x!, walk([7, 8], [3, 3], { stride: [2, 2], padding: 1 }), most),
      },
      {
        name: 'dilated, the last window over the end',
        inputs: () => [distinct([1, 2, 6, 7])],
        call: (x) => ops.maxPool(x!, [3, 2], { stride: [2, 1], padding: [1, 0], dilation: [1, 2], ceilMode: true }),
        reference: (x) =>
          pool(
            x!,
            [walk([6], [3], { stride: [2], padding: 1, ceil: true })[0]!, walk([7], [2], { stride: [1], dilation: 2, ceil: true })[0]!],
            most,
          ),
      },
      {
        name: 'one axis',
        inputs: () => [distinct([2, 2, 9])],
        call: (x) => ops.maxPool(x!, 2, { dilation: 2, ceilMode: true }),
        reference: (x) => pool(x!, walk([9], [2], { dilation: 2, ceil: true }), most),
      },
      {
        name: 'three axes',
        inputs: () => [distinct([1, 2, 4, 4, 5])],
        call: (x) => ops.maxPool(x!, 2, { stride: 1 }),
        reference: (x) => pool(x!, walk([4, 4, 5], [2, 2, 2], { stride: [1, 1, 1] }), most),
      },
      {
        name: 'integers',
        inputs: () => [whole([1, 2, 4, 6], { dtype: 'i32' })],
        call: (x) => ops.maxPool(x!, 3, { stride: 1, padding: 1 }),
        reference: (x) => pool(x!, walk([4, 6], [3, 3], { stride: [1, 1], padding: 1 }), most),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 40])], call: (x) => ops.maxPool(x!, 3, { stride: 2, padding: 1 }) },
  },
  {
    name: 'adaptiveMaxPool',
    covers: ['maxPool'],
    cases: [
      {
        name: 'uneven shares',
        inputs: () => [distinct([1, 2, 6, 7])],
        call: (x) => ops.adaptiveMaxPool(x!, [4, 3]),
        reference: (x) => pool(x!, shares([6, 7], [4, 3]), most),
      },
      {
        name: 'all of it',
        inputs: () => [distinct([2, 2, 5, 3])],
        call: (x) => ops.adaptiveMaxPool(x!, 1),
        reference: (x) => pool(x!, shares([5, 3], [1, 1]), most),
      },
      {
        name: 'one axis kept, more windows than positions on the other',
        inputs: () => [distinct([1, 2, 3, 4])],
        call: (x) => ops.adaptiveMaxPool(x!, [null, 7]),
        reference: (x) => pool(x!, shares([3, 4], [3, 7]), most),
      },
    ],
    large: { inputs: () => [whole([4, 16, 39, 40])], call: (x) => ops.adaptiveMaxPool(x!, [7, 6]) },
  },
  {
    name: 'avgPool',
    covers: ['avgPool', 'resample'],
    cases: [
      {
        name: 'windows side by side',
        inputs: () => [some([2, 2, 6, 7])],
        call: (x) => ops.avgPool(x!, 2),
        reference: (x) => pool(x!, walk([6, 7], [2, 2]), average),
      },
      {
        name: 'padding counts',
        inputs: () => [some([1, 2, 7, 8])],
        call: (x) => ops.avgPool(x!, 3, { stride: 2, padding: 1 }),
        reference: (x) => pool(x!, walk([7, 8], [3, 3], { stride: [2, 2], padding: 1 }), (v) => total(v) / 9),
      },
      {
        name: 'padding does not count, the last window over the end',
        inputs: () => [some([1, 2, 7, 9])],
        call: (x) => ops.avgPool(x!, [3, 2], { padding: 1, ceilMode: true, countIncludePad: false }),
        reference: (x) => pool(x!, walk([7, 9], [3, 2], { padding: 1, ceil: true }), average),
      },
      {
        name: 'padding counts, what is beyond it does not',
        inputs: () => [some([1, 2, 6, 8])],
        call: (x) => ops.avgPool(x!, [3, 2], { stride: [2, 3], padding: 1, ceilMode: true }),
        reference: (x) =>
          pool(x!, walk([6, 8], [3, 2], { stride: [2, 3], padding: 1, ceil: true }), (v, n) => total(v) / (n.inside + n.padded)),
      },
      {
        name: 'one axis, another divisor',
        inputs: () => [some([2, 2, 9])],
        call: (x) => ops.avgPool(x!, 3, { stride: 2, padding: 1, divisor: 2 }),
        reference: (x) => pool(x!, walk([9], [3], { stride: [2], padding: 1 }), (v) => total(v) / 2),
      },
      {
        name: 'three axes',
        inputs: () => [some([1, 1, 4, 3, 4])],
        call: (x) => ops.avgPool(x!, [2, 3, 1], { stride: 1 }),
        reference: (x) => pool(x!, walk([4, 3, 4], [2, 3, 1], { stride: [1, 1, 1] }), average),
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 40])], call: (x) => ops.avgPool(x!, 4, { stride: 2, padding: 1 }) },
  },
  {
    name: 'adaptiveAvgPool',
    covers: ['resample'],
    cases: [
      {
        name: 'uneven shares',
        inputs: () => [some([1, 2, 6, 7])],
        call: (x) => ops.adaptiveAvgPool(x!, [4, 3]),
        reference: (x) => pool(x!, shares([6, 7], [4, 3]), average),
      },
      {
        name: 'all of it',
        inputs: () => [some([2, 2, 5, 3])],
        call: (x) => ops.adaptiveAvgPool(x!, 1),
        reference: (x) => pool(x!, shares([5, 3], [1, 1]), average),
      },
      {
        name: 'even shares, no batch',
        inputs: () => [some([2, 6, 4])],
        call: (x) => ops.adaptiveAvgPool(x!, [3, 2]),
        reference: (x) => {
          const y = pool({ shape: [1, ...x!.shape], data: x!.data }, shares([6, 4], [3, 2]), average)
          return { shape: y.shape.slice(1), data: y.data }
        },
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 40])], call: (x) => ops.adaptiveAvgPool(x!, [8, 5]).mul(40), exact: false },
  },
]
