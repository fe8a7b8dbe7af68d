/** Windows as columns, channels as pixels, maxima with places, norms of windows. */
import * as ops from '../allOps.js'
import { distinct, empty, of, some, whole } from '../examples.js'
import { pool, walk } from '../pooling.js'
import { get, grid, indicesOf, sizeOf, total } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

interface Walk {
  readonly kernel: readonly number[]
  readonly stride?: readonly number[]
  readonly padding?: readonly number[]
  readonly dilation?: readonly number[]
}
const ones = (k: readonly number[]): number[] => k.map(() => 1)
const countsOf = (
  sizes: readonly number[],
  { kernel, stride = ones(kernel), padding = kernel.map(() => 0), dilation = ones(kernel) }: Walk,
) => sizes.map((s, a) => Math.floor((s + 2 * padding[a]! - dilation[a]! * (kernel[a]! - 1) - 1) / stride[a]!) + 1)

/** f of every channel, row and column of the columns, with the position that each reads. */
function* places(c: number, sizes: readonly number[], w: Walk): Generator<{ row: number; column: number; channel: number; at: number[] }> {
  const { kernel, stride = ones(kernel), padding = kernel.map(() => 0), dilation = ones(kernel) } = w
  const windows = [...indicesOf(countsOf(sizes, w))]
  const taps = [...indicesOf(kernel)]
  for (let channel = 0; channel < c; channel++)
    for (const [k, tap] of taps.entries())
      for (const [column, p] of windows.entries()) {
        const at = p.map((v, a) => v * stride[a]! + tap[a]! * dilation[a]! - padding[a]!)
        yield { row: channel * taps.length + k, column, channel, at }
      }
}
const within = (at: readonly number[], sizes: readonly number[]): boolean => at.every((v, a) => v >= 0 && v < sizes[a]!)

function unfolded(x: Grid, w: Walk): Grid {
  const [n, c, ...sizes] = x.shape as [number, number, ...number[]]
  const columns = sizeOf(countsOf(sizes, w))
  const shape = [n, c * sizeOf(w.kernel), columns]
  const data = new Array<number>(sizeOf(shape)).fill(0)
  for (let b = 0; b < n; b++)
    for (const { row, column, channel, at } of places(c, sizes, w))
      if (within(at, sizes)) data[(b * shape[1]! + row) * columns + column] = get(x, [b, channel, ...at])
  return { shape, data }
}
function folded(x: Grid, sizes: readonly number[], w: Walk): Grid {
  const [n, rows, columns] = x.shape as [number, number, number]
  const c = rows / sizeOf(w.kernel)
  const shape = [n, c, ...sizes]
  const data = new Array<number>(sizeOf(shape)).fill(0)
  for (let b = 0; b < n; b++)
    for (const { row, column, channel, at } of places(c, sizes, w))
      if (within(at, sizes))
        data[at.reduce((i, v, a) => i * sizes[a]! + v, b * c + channel)]! += x.data[(b * rows + row) * columns + column]!
  return { shape, data }
}
const walks: readonly (Walk & { readonly sizes: readonly number[] })[] = [
  { sizes: [4, 5], kernel: [2, 3] },
  { sizes: [5, 6], kernel: [3, 2], stride: [2, 3], padding: [1, 1] },
  { sizes: [5, 7], kernel: [2, 3], dilation: [3, 2], padding: [2, 0] },
  { sizes: [7], kernel: [3], stride: [2], padding: [3] },
  { sizes: [3, 2, 4], kernel: [2, 1, 3], stride: [1, 2, 1], padding: [0, 1, 1] },
]
const named = (w: Walk & { readonly sizes: readonly number[] }): string => JSON.stringify(w)
const optionsOf = ({ kernel, sizes, ...options }: Walk & { readonly sizes: readonly number[] }) => options

export const rows: readonly Row[] = [
  {
    name: 'unfold',
    covers: ['resample'],
    cases: [
      ...walks.map(
        (w): Case => ({
          name: named(w),
          inputs: () => [some([2, 3, ...w.sizes])],
          call: (x) => ops.unfold(x!, w.kernel, optionsOf(w)),
          reference: (x) => unfolded(x!, w),
        }),
      ),
      {
        name: 'without a batch, of integers',
        inputs: () => [whole([2, 4, 4], { dtype: 'i32' })],
        call: (x) => ops.unfold(x!, [2, 2], { stride: 2 }),
        reference: (x) => {
          const { shape, data } = unfolded({ shape: [1, ...x!.shape], data: x!.data }, { kernel: [2, 2], stride: [2, 2] })
          return { shape: shape.slice(1), data }
        },
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([4, 8, 40, 40])], call: (x) => ops.unfold(x!, 3, { padding: 1 }) },
  },
  {
    name: 'fold',
    covers: ['resample'],
    cases: [
      ...walks.map(
        (w): Case => ({
          name: named(w),
          inputs: () => [some([2, 2 * sizeOf(w.kernel), sizeOf(countsOf(w.sizes, w))])],
          call: (x) => ops.fold(x!, w.sizes, w.kernel, optionsOf(w)),
          reference: (x) => folded(x!, w.sizes, w),
        }),
      ),
      {
        name: 'without a batch',
        inputs: () => [some([8, 4])],
        call: (x) => ops.fold(x!, [3, 3], 2),
        reference: (x) => {
          const { shape, data } = folded({ shape: [1, 8, 4], data: x!.data }, [3, 3], { kernel: [2, 2] })
          return { shape: shape.slice(1), data }
        },
      },
    ],
    large: { inputs: () => [whole([4, 72, 400])], call: (x) => ops.fold(x!, [20, 20], 3, { padding: 1 }) },
  },
  {
    name: 'pixelShuffle',
    covers: [],
    cases: [
      {
        name: 'by 2, a batch',
        inputs: () => [some([2, 8, 2, 3])],
        call: (x) => ops.pixelShuffle(x!, 2),
        reference: (x) =>
          grid([2, 2, 4, 6], ([n, c, h, w]) => get(x!, [n!, c! * 4 + (h! % 2) * 2 + (w! % 2), Math.floor(h! / 2), Math.floor(w! / 2)])),
      },
      {
        name: 'by 3, one picture of integers',
        inputs: () => [whole([9, 1, 2], { dtype: 'i32' })],
        call: (x) => ops.pixelShuffle(x!, 3),
        reference: (x) => grid([1, 3, 6], ([, h, w]) => get(x!, [h! * 3 + (w! % 3), 0, Math.floor(w! / 3)])),
        gradient: 0,
      },
      {
        name: 'of nothing',
        inputs: () => [empty([0, 4, 2, 2])],
        call: (x) => ops.pixelShuffle(x!, 2),
        reference: () => ({ shape: [0, 1, 4, 4], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 40])], call: (x) => ops.pixelShuffle(x!, 2) },
  },
  {
    name: 'pixelUnshuffle',
    covers: [],
    cases: [
      {
        name: 'by 2, a batch',
        inputs: () => [some([2, 2, 4, 6])],
        call: (x) => ops.pixelUnshuffle(x!, 2),
        reference: (x) =>
          grid([2, 8, 2, 3], ([n, c, h, w]) => get(x!, [n!, Math.floor(c! / 4), h! * 2 + Math.floor((c! % 4) / 2), w! * 2 + (c! % 2)])),
      },
    ],
    large: { inputs: () => [whole([4, 4, 80, 80])], call: (x) => ops.pixelUnshuffle(x!, 2) },
  },
  {
    name: 'channelShuffle',
    covers: [],
    cases: [
      {
        name: 'six channels in two groups',
        inputs: () => [some([2, 6, 3])],
        call: (x) => ops.channelShuffle(x!, 2),
        reference: (x) => grid([2, 6, 3], ([n, c, s]) => get(x!, [n!, (c! % 2) * 3 + Math.floor(c! / 2), s!])),
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 40])], call: (x) => ops.channelShuffle(x!, 4) },
  },
  {
    name: 'maxPoolWithIndices',
    covers: ['maxPool', 'poolScatter', 'poolGather'],
    cases: [
      {
        name: 'windows that overlap, padded',
        inputs: () => [distinct([2, 3, 5, 6])],
        call: (x) => {
          const { values, indices } = ops.maxPoolWithIndices(x!, 3, { stride: 2, padding: 1 })
          return [values, indices]
        },
        reference: (x) => {
          const windows = walk([5, 6], [3, 3], { stride: [2, 2], padding: 1 })
          const values = pool(x!, windows, (v) => Math.max(...v))
          return [
            values,
            grid(values.shape, (i) => x!.data.slice((i[0]! * 3 + i[1]!) * 30, (i[0]! * 3 + i[1]! + 1) * 30).indexOf(get(values, i))),
          ]
        },
      },
      {
        name: 'one axis, without a batch, of integers, the first of equal ones',
        inputs: () => [of([[3, 3, 1, 7, 7, 7]], 'i32')],
        call: (x) => {
          const { values, indices } = ops.maxPoolWithIndices(x!, [3])
          return [values, indices]
        },
        reference: () => [
          { shape: [1, 2], data: [3, 7] },
          { shape: [1, 2], data: [0, 3] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([4, 8, 40, 40])], call: (x) => ops.maxPoolWithIndices(x!, 2).values },
  },
  {
    name: 'maxUnpool',
    covers: ['scatter'],
    cases: [
      {
        name: 'what a pool took, back to its size',
        inputs: () => [distinct([2, 2, 5, 4])],
        call: (x) => {
          const { values, indices } = ops.maxPoolWithIndices(x!, 2)
          return ops.maxUnpool(values, indices, 2, { outputSize: [5, 4] })
        },
        reference: (x) =>
          grid([2, 2, 5, 4], ([n, c, h, w]) => {
            const [top, left] = [h! - (h! % 2), w! - (w! % 2)]
            const own = [0, 1].flatMap((i) => [0, 1].map((j) => (top + i < 5 ? get(x!, [n!, c!, top + i, left + j]) : Number.NaN)))
            const here = get(x!, [n!, c!, h!, w!])
            return h! < 4 && here === Math.max(...own) ? here : 0
          }),
      },
      {
        name: 'one axis, without a batch',
        inputs: () => [of([[5, 6]]), of([[1, 2]], 'i64')],
        call: (x, i) => ops.maxUnpool(x!, i!, [2]),
        reference: () => ({ shape: [1, 4], data: [0, 5, 6, 0] }),
      },
    ],
    large: {
      inputs: () => [whole([4, 8, 40, 40])],
      call: (x) => {
        const { values, indices } = ops.maxPoolWithIndices(x!, 2)
        return ops.maxUnpool(values, indices, 2)
      },
    },
  },
  {
    name: 'fractionalMaxPool',
    covers: ['takeAlong'],
    cases: [
      {
        name: 'pictures, a draw for each channel',
        inputs: () => [distinct([2, 2, 7, 5]), some([2, 2, 2], { seed: 3, from: 0, to: 1 })],
        call: (x, u) => ops.fractionalMaxPool(x!, [2, 3], { outputSize: [4, 2], samples: u! }),
        reference: (x, u) => {
          const start = (draw: number, size: number, count: number, taps: number, i: number): number => {
            const step = (size - taps) / (count - 1)
            return i === count - 1 ? size - taps : Math.floor((i + draw) * step) - Math.floor(draw * step)
          }
          return grid([2, 2, 4, 2], ([n, c, h, w]) => {
            const top = start(get(u!, [n!, c!, 1]), 7, 4, 2, h!)
            const left = start(get(u!, [n!, c!, 0]), 5, 2, 3, w!)
            return Math.max(...[0, 1].flatMap((i) => [0, 1, 2].map((j) => get(x!, [n!, c!, top + i, left + j]))))
          })
        },
      },
      {
        name: 'volumes by a ratio, without a batch, one window of an axis',
        inputs: () => [distinct([1, 3, 4, 5]), some([1, 1, 3], { seed: 4, from: 0, to: 1 })],
        call: (x, u) => ops.fractionalMaxPool(x!, [1, 2, 2], { ratio: [0.4, 0.5, 0.7], samples: u! }),
        reference: (x, u) => {
          const start = (draw: number, size: number, count: number, taps: number, i: number): number => {
            const step = (size - taps) / (count - 1)
            return i === count - 1 ? size - taps : Math.floor((i + draw) * step) - Math.floor(draw * step)
          }
          return grid([1, 1, 2, 3], ([c, , h, w]) => {
            const [top, left] = [start(get(u!, [0, 0, 1]), 4, 2, 2, h!), start(get(u!, [0, 0, 2]), 5, 3, 2, w!)]
            return Math.max(...[0, 1].flatMap((i) => [0, 1].map((j) => get(x!, [c!, 2, top + i, left + j]))))
          })
        },
      },
    ],
    large: {
      inputs: () => [whole([4, 4, 40, 40]), some([4, 4, 2], { from: 0, to: 1, dtype: 'f32' })],
      call: (x, u) => ops.fractionalMaxPool(x!, 2, { ratio: 0.7, samples: u! }),
    },
  },
  {
    name: 'lpPool',
    covers: ['avgPool'],
    cases: [
      ...[1, 2, 3].map(
        (order): Case => ({
          name: `order ${order}`,
          inputs: () => [some([2, 2, 4, 5], { from: 0.5, to: 2 })],
          call: (x) => ops.lpPool(x!, order, [2, 3], { stride: [2, 1] }),
          reference: (x) => pool(x!, walk([4, 5], [2, 3], { stride: [2, 1] }), (v) => total(v.map((a) => a ** order)) ** (1 / order)),
        }),
      ),
      {
        name: 'zeros have gradient 0',
        inputs: () => [of([[[0, 0, 3, 4]]])],
        call: (x) => ops.lpPool(x!, 2, [2]),
        reference: () => ({ shape: [1, 1, 2], data: [0, 5] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([4, 8, 40, 40])], call: (x) => ops.lpPool(x!, 2, 2), exact: false },
  },
  {
    name: 'localResponseNorm',
    covers: ['resample'],
    cases: [5, 2].map(
      (size): Case => ({
        name: `over ${size} channels`,
        inputs: () => [some([2, 6, 3])],
        call: (x) => ops.localResponseNorm(x!, size, { alpha: 0.5, beta: 0.6, k: 2 }),
        reference: (x) =>
          grid([2, 6, 3], ([n, c, s]) => {
            const from = c! - Math.floor(size / 2)
            const own = Array.from({ length: size }, (_, i) => (from + i >= 0 && from + i < 6 ? get(x!, [n!, from + i, s!]) ** 2 : 0))
            return get(x!, [n!, c!, s!]) / (2 + (0.5 / size) * total(own)) ** 0.6
          }),
      }),
    ),
    large: { inputs: () => [whole([4, 16, 20, 20])], call: (x) => ops.localResponseNorm(x!, 5), exact: false },
  },
]
