/** Other sizes: by interpolation and by padding. */
import * as ops from '../allOps.js'
import { some, whole } from '../examples.js'
import { resized } from '../pooling.js'
import { get, grid } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const near =
  (size: number, out: number, corners: boolean) =>
  (p: number): [number, number][] => {
    const at = corners ? (out > 1 ? (p * (size - 1)) / (out - 1) : 0) : Math.max(((p + 0.5) * size) / out - 0.5, 0)
    const first = Math.min(Math.floor(at), size - 1)
    return [
      [first, 1 - (at - first)],
      [Math.min(first + 1, size - 1), at - first],
    ]
  }
const linear = (x: Grid, out: readonly number[], corners: boolean): Grid =>
  resized(x, out, (a, p) => near(x.shape[a + 2]!, out[a]!, corners)(p))

/** Keys' cubic as one function of distance, with a = −3/4. */
const keys = (d: number): number => {
  const t = Math.abs(d)
  if (t <= 1) return 1.25 * t ** 3 - 2.25 * t ** 2 + 1
  return t < 2 ? -0.75 * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0
}

/** Keys' cubic with a = −1/2. */
const catmullRom = (t: number): number => (t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0)

export const rows: readonly Row[] = [
  {
    name: 'interpolate',
    covers: ['resize', 'resample'],
    cases: [
      {
        name: 'nearest, up and down',
        inputs: () => [some([1, 2, 3, 7])],
        call: (x) => ops.interpolate(x!, { size: [5, 4] }),
        reference: (x) => resized(x!, [5, 4], (a, p) => [[Math.floor((p * x!.shape[a + 2]!) / [5, 4][a]!), 1]]),
      },
      {
        name: 'nearest under the centre',
        inputs: () => [some([1, 2, 3, 7])],
        call: (x) => ops.interpolate(x!, { size: [5, 4], mode: 'nearestExact' }),
        reference: (x) => resized(x!, [5, 4], (a, p) => [[Math.floor(((p + 0.5) * x!.shape[a + 2]!) / [5, 4][a]!), 1]]),
      },
      {
        name: 'nearest of integers, one axis, by a factor',
        inputs: () => [whole([2, 2, 5], { dtype: 'i64' })],
        call: (x) => ops.interpolate(x!, { scale: 2 }),
        reference: (x) => resized(x!, [10], (_, p) => [[Math.floor(p / 2), 1]]),
        gradient: 0,
      },
      {
        name: 'linear',
        inputs: () => [some([2, 2, 5])],
        call: (x) => ops.interpolate(x!, { size: 9, mode: 'linear' }),
        reference: (x) => linear(x!, [9], false),
      },
      {
        name: 'bilinear',
        inputs: () => [some([1, 2, 7, 4])],
        call: (x) => ops.interpolate(x!, { size: [3, 9], mode: 'bilinear' }),
        reference: (x) => linear(x!, [3, 9], false),
      },
      {
        name: 'bilinear, corners on corners',
        inputs: () => [some([1, 2, 7, 4])],
        call: (x) => ops.interpolate(x!, { size: [3, 9], mode: 'bilinear', alignCorners: true }),
        reference: (x) => linear(x!, [3, 9], true),
      },
      {
        name: 'bilinear, corners on corners, to one pixel',
        inputs: () => [some([1, 2, 3, 4])],
        call: (x) => ops.interpolate(x!, { size: 1, mode: 'bilinear', alignCorners: true }),
        reference: (x) => linear(x!, [1, 1], true),
      },
      {
        name: 'bilinear by a factor, which stays the factor where sizes are rounded',
        inputs: () => [some([1, 1, 5, 3])],
        call: (x) => ops.interpolate(x!, { scale: 1.5, mode: 'bilinear' }),
        reference: (x) =>
          resized(x!, [7, 4], (a, p) => {
            const size = x!.shape[a + 2]!
            const at = Math.max((p + 0.5) * (1 / 1.5) - 0.5, 0)
            const first = Math.floor(at)
            return [
              [first, 1 - (at - first)],
              [Math.min(first + 1, size - 1), at - first],
            ]
          }),
      },
      {
        name: 'trilinear',
        inputs: () => [some([1, 1, 2, 3, 2])],
        call: (x) => ops.interpolate(x!, { size: [3, 2, 4], mode: 'trilinear' }),
        reference: (x) => linear(x!, [3, 2, 4], false),
      },
      {
        name: 'bicubic',
        inputs: () => [some([1, 2, 5, 4])],
        call: (x) => ops.interpolate(x!, { size: [8, 3], mode: 'bicubic' }),
        reference: (x) =>
          resized(x!, [8, 3], (a, p) => {
            const size = x!.shape[a + 2]!
            const at = ((p + 0.5) * size) / [8, 3][a]! - 0.5
            return [-1, 0, 1, 2].map((k): [number, number] => {
              const i = Math.floor(at) + k
              return [Math.min(Math.max(i, 0), size - 1), keys(at - i)]
            })
          }),
      },
      {
        name: 'area',
        inputs: () => [some([1, 2, 7, 4])],
        call: (x) => ops.interpolate(x!, { size: [3, 6], mode: 'area' }),
        reference: (x) =>
          resized(x!, [3, 6], (a, p) => {
            const [size, out] = [x!.shape[a + 2]!, [3, 6][a]!]
            const [from, to] = [Math.floor((p * size) / out), Math.ceil(((p + 1) * size) / out)]
            return Array.from({ length: to - from }, (_, k): [number, number] => [from + k, 1 / (to - from)])
          }),
      },
      {
        name: 'area of a signal, by a factor',
        inputs: () => [some([2, 2, 7])],
        call: (x) => ops.interpolate(x!, { scale: 0.5, mode: 'area' }),
        reference: (x) => resized(x!, [3], (_, p) => [0, 1, 2].map((k): [number, number] => [2 * p + k, 1 / 3])),
      },
      ...(['bilinear', 'bicubic'] as const).flatMap((mode) =>
        [
          [3, 9],
          [5, 4],
        ].map(
          (out): Case => ({
            name: `${mode}, antialiased, to ${out.join(' × ')}`,
            inputs: () => [some([1, 2, 11, 7])],
            call: (x) => ops.interpolate(x!, { size: out, mode, antialias: true }),
            reference: (x) =>
              resized(x!, out, (a, p) => {
                const size = x!.shape[a + 2]!
                const step = size / out[a]!
                const width = Math.max(step, 1)
                const filter = (d: number): number => (mode === 'bilinear' ? Math.max(1 - Math.abs(d), 0) : catmullRom(Math.abs(d)))
                const weights = Array.from({ length: size }, (_, i) => filter((i + 0.5 - step * (p + 0.5)) / width))
                const total = weights.reduce((s, w) => s + w, 0)
                return weights.map((w, i): [number, number] => [i, w / total])
              }),
          }),
        ),
      ),
    ],
    large: { inputs: () => [whole([4, 16, 20, 20])], call: (x) => ops.interpolate(x!, { scale: 2, mode: 'bilinear' }) },
  },
  {
    name: 'pad',
    covers: ['pad', 'padMirrored', 'resample'],
    cases: [
      {
        name: 'with a value, two axes',
        inputs: () => [some([2, 3, 4])],
        call: (x) =>
          ops.pad(
            x!,
            [
              [2, 1],
              [1, 0],
            ],
            { value: -2 },
          ),
        reference: (x) => grid([2, 6, 5], ([a, b, c]) => (b! < 2 || b! > 4 || c! < 1 ? -2 : get(x!, [a!, b! - 2, c! - 1]))),
      },
      {
        name: 'with zeros, cutting off at the other end',
        inputs: () => [some([2, 5])],
        call: (x) => ops.pad(x!, [[-2, 1]]),
        reference: (x) => grid([2, 4], ([a, b]) => (b! > 2 ? 0 : get(x!, [a!, b! + 2]))),
      },
      {
        name: 'booleans',
        inputs: () => [whole([2, 3], { from: 0, to: 1, dtype: 'bool' })],
        call: (x) => ops.pad(x!, [1], { value: 1 }),
        reference: (x) => grid([2, 5], ([a, b]) => (b === 0 || b === 4 ? 1 : get(x!, [a!, b! - 1]))),
        gradient: 0,
      },
      {
        name: 'mirrored',
        inputs: () => [some([1, 2, 3, 4])],
        call: (x) =>
          ops.pad(
            x!,
            [
              [2, 1],
              [1, 3],
            ],
            { mode: 'reflect' },
          ),
        reference: (x) => grid([1, 2, 6, 8], ([n, c, i, j]) => get(x!, [n!, c!, [2, 1, 0, 1, 2, 1][i!]!, [1, 0, 1, 2, 3, 2, 1, 0][j!]!])),
      },
      {
        name: 'the border repeated',
        inputs: () => [some([2, 3])],
        call: (x) => ops.pad(x!, [[4, 1]], { mode: 'replicate' }),
        reference: (x) => grid([2, 8], ([a, i]) => get(x!, [a!, [0, 0, 0, 0, 0, 1, 2, 2][i!]!])),
      },
      {
        name: 'from the other end',
        inputs: () => [some([2, 4])],
        call: (x) => ops.pad(x!, [[3, 1]], { mode: 'circular' }),
        reference: (x) => grid([2, 8], ([a, i]) => get(x!, [a!, [1, 2, 3, 0, 1, 2, 3, 0][i!]!])),
      },
      {
        name: 'mirrored at one end, cut off at the other',
        inputs: () => [some([2, 4])],
        call: (x) => ops.pad(x!, [[2, -1]], { mode: 'reflect' }),
        reference: (x) => grid([2, 5], ([a, i]) => get(x!, [a!, [2, 1, 0, 1, 2][i!]!])),
      },
      {
        name: 'cut off, then from the other end',
        inputs: () => [some([2, 4])],
        call: (x) => ops.pad(x!, [[3, -1]], { mode: 'circular' }),
        reference: (x) => grid([2, 6], ([a, i]) => get(x!, [a!, [0, 1, 2, 0, 1, 2][i!]!])),
      },
    ],
    large: { inputs: () => [whole([4, 16, 40, 38])], call: (x) => ops.pad(x!, [2, [3, 1]], { mode: 'reflect' }) },
  },
]
