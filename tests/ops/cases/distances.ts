/** Distances, angles and lengths of vectors. */
import * as ops from '../allOps.js'
import { distinct, empty, of, some, whole } from '../examples.js'
import { get, grid, lines, reduce, zip } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const inf = Number.POSITIVE_INFINITY
const length = (v: readonly number[], p: number): number => {
  const a = v.map(Math.abs)
  if (p === 0) return a.filter((x) => x !== 0).length
  return p === inf ? Math.max(0, ...a) : a.reduce((t, x) => t + x ** p, 0) ** (1 / p)
}
const orders = [0, 0.5, 1, 1.5, 2, 3, inf]

const vectors = (x: Grid, ...i: number[]): number[] => Array.from({ length: x.shape.at(-1)! }, (_, d) => get(x, [...i, d]))
const apart = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - b[i]!)

export const rows: readonly Row[] = [
  {
    name: 'cdist',
    covers: [],
    cases: [
      ...orders.map(
        (order): Case => ({
          name: `p ${order}`,
          inputs: () => [distinct([3, 4]), distinct([2, 4], { seed: 3, from: -1.9, to: 2.3 })],
          call: (x, y) => ops.cdist(x, y, { order }),
          reference: (x, y) => grid([3, 2], ([i, j]) => length(apart(vectors(x!, i!), vectors(y!, j!)), order)),
          gradient: order === 0 ? 0 : 2,
        }),
      ),
      {
        name: 'batches',
        inputs: () => [some([2, 1, 3, 2]), some([2, 4, 2], { seed: 2 })],
        call: (x, y) => ops.cdist(x, y),
        reference: (x, y) => grid([2, 2, 3, 4], ([a, b, i, j]) => length(apart(vectors(x!, a!, 0, i!), vectors(y!, b!, j!)), 2)),
      },
      {
        name: 'no rows',
        inputs: () => [empty([0, 3]), some([2, 3])],
        call: (x, y) => ops.cdist(x, y),
        reference: () => ({ shape: [0, 2], data: [] }),
        gradient: 0,
      },
      {
        name: 'no columns',
        inputs: () => [empty([2, 0]), empty([3, 0])],
        call: (x, y) => ops.cdist(x, y),
        reference: () => grid([2, 3], () => 0),
        gradient: 0,
      },
      {
        name: 'integers',
        inputs: () => [of([[0, 0]], 'i32'), of([[3, 4]], 'i32')],
        call: (x, y) => ops.cdist(x, y),
        reference: () => ({ shape: [1, 1], data: [5] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([600, 60]), whole([500, 60], { seed: 2 })], call: (x, y) => ops.cdist(x, y), exact: false },
  },
  {
    name: 'pairwiseDistance',
    covers: [],
    cases: [
      ...orders.map(
        (order): Case => ({
          name: `p ${order}`,
          inputs: () => [distinct([3, 4]), distinct([4], { seed: 3, from: -1.9, to: 2.3 })],
          call: (x, y) => ops.pairwiseDistance(x, y, { order, epsilon: 0 }),
          reference: (x, y) =>
            reduce(
              zip(x!, y!, (a, b) => a - b),
              [1],
              (v) => length(v, order),
            ),
          gradient: order === 0 ? 0 : 2,
        }),
      ),
      {
        name: 'kept, with what is added',
        inputs: () => [of([[1, 2]]), of([[1, 2]])],
        call: (x, y) => ops.pairwiseDistance(x, y, { keep: true }),
        reference: () => ({ shape: [1, 1], data: [Math.sqrt(2) * 1e-6] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 40]), whole([40], { seed: 2 })], call: (x, y) => ops.pairwiseDistance(x, y), exact: false },
  },
  {
    name: 'normalize',
    covers: [],
    cases: [
      ...[1, 2, 3, inf].map(
        (order): Case => ({
          name: `p ${order}`,
          inputs: () => [distinct([3, 4])],
          call: (x) => ops.normalize(x, { order }),
          reference: (x) => lines(x!, 1, (v) => v.map((a) => a / length(v, order))),
        }),
      ),
      {
        name: 'the first axis',
        inputs: () => [some([3, 2])],
        call: (x) => ops.normalize(x, { axes: 0 }),
        reference: (x) => lines(x!, 0, (v) => v.map((a) => a / length(v, 2))),
      },
      {
        name: 'zeros stay',
        inputs: () => [
          of([
            [0, 0],
            [0, 3],
          ]),
        ],
        call: (x) => ops.normalize(x),
        reference: () => ({ shape: [2, 2], data: [0, 0, 0, 1] }),
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0, 2])],
        call: (x) => ops.normalize(x),
        reference: () => ({ shape: [0, 2], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 40])], call: (x) => ops.normalize(x), exact: false },
  },
  {
    name: 'cosineSimilarity',
    covers: [],
    cases: [
      ...[0, -1].map(
        (axis): Case => ({
          name: `axis ${axis}`,
          inputs: () => [some([3, 4]), some([3, 4], { seed: 2 })],
          call: (x, y) => ops.cosineSimilarity(x, y, { axis }),
          reference: (x, y) => {
            const lengths = (t: Grid): Grid => reduce(t, [axis], (v) => length(v, 2))
            const dots = reduce(
              zip(x!, y!, (a, b) => a * b),
              [axis],
              (v) => v.reduce((a, b) => a + b, 0),
            )
            return { shape: dots.shape, data: dots.data.map((d, i) => d / (lengths(x!).data[i]! * lengths(y!).data[i]!)) }
          },
        }),
      ),
      {
        name: 'broadcast',
        inputs: () => [some([3, 4]), some([4], { seed: 2 })],
        call: (x, y) => ops.cosineSimilarity(x, y),
        reference: (x, y) =>
          grid([3], ([i]) => {
            const [a, b] = [vectors(x!, i!), y!.data]
            return a.reduce((t, v, k) => t + v * b[k]!, 0) / (length(a, 2) * length(b, 2))
          }),
      },
      {
        name: 'zeros',
        inputs: () => [
          of([
            [0, 0],
            [1, 1],
          ]),
          of([
            [1, 0],
            [2, 2],
          ]),
        ],
        call: (x, y) => ops.cosineSimilarity(x, y),
        reference: () => ({ shape: [2], data: [0, 1] }),
        gradient: 0,
      },
      {
        name: 'an axis that one stretches along',
        inputs: () => [of([[2], [-1]]), some([2, 3], { seed: 4 })],
        call: (x, y) => ops.cosineSimilarity(x, y),
        reference: (x, y) =>
          grid([2], ([i]) => {
            const [a, b] = [vectors(y!, i!).map(() => x!.data[i!]!), vectors(y!, i!)]
            return a.reduce((t, v, k) => t + v * b[k]!, 0) / (length(a, 2) * length(b, 2))
          }),
      },
    ],
    large: { inputs: () => [whole([300, 40]), whole([300, 40], { seed: 2 })], call: (x, y) => ops.cosineSimilarity(x, y), exact: false },
  },
]
