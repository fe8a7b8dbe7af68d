/** Fourier transforms, and what belongs to spectra. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { get, grid, sizeOf, total } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

interface Pair {
  readonly real: Grid
  readonly imag: Grid
}
const parts = ({ real, imag }: ops.Complex): Tensor[] => [real, imag]
const zerosOf = (x: Grid): Grid => ({ shape: x.shape, data: x.data.map(() => 0) })
const fit = (x: Grid, axis: number, n: number): Grid => grid(x.shape.with(axis, n), (i) => (i[axis]! < x.shape[axis]! ? get(x, i) : 0))

/** Every sum as the definition has it. */
function transformed(x: Pair, axis: number, { length = x.real.shape.at(axis)!, sign = -1, scale = 1 } = {}): Pair {
  const at = axis < 0 ? axis + x.real.shape.length : axis
  const [re, im] = [fit(x.real, at, length), fit(x.imag, at, length)]
  const sum = (k: number[], which: 0 | 1): number =>
    scale *
    total(
      Array.from({ length }, (_, j) => {
        const angle = (sign * 2 * Math.PI * ((j * k[at]!) % length)) / length
        const own = k.with(at, j)
        const [a, b] = [get(re, own), get(im, own)]
        return which === 0 ? a * Math.cos(angle) - b * Math.sin(angle) : a * Math.sin(angle) + b * Math.cos(angle)
      }),
    )
  return { real: grid(re.shape, (k) => sum(k, 0)), imag: grid(re.shape, (k) => sum(k, 1)) }
}
const cut = ({ real, imag }: Pair, axis: number): Pair => {
  const shape = real.shape.with(axis, Math.floor(real.shape[axis]! / 2) + 1)
  return { real: grid(shape, (i) => get(real, i)), imag: grid(shape, (i) => get(imag, i)) }
}
/** All of a spectrum from its first half along an axis. */
const mirrored = ({ real, imag }: Pair, axis: number, n: number): Pair => {
  const own = (x: Grid, i: number[]): number => (i[axis]! < x.shape[axis]! ? get(x, i) : 0)
  const half = Math.floor(n / 2)
  const pick = (x: Grid, sign: number): Grid =>
    grid(x.shape.with(axis, n), (i) => (i[axis]! <= half ? own(x, i) : sign * own(x, i.with(axis, n - i[axis]!))))
  return { real: pick(real, 1), imag: pick(imag, -1) }
}
const list = ({ real, imag }: Pair): Grid[] => [real, imag]
const complexCase = (
  name: string,
  shape: readonly number[],
  call: (z: ops.Complex) => ops.Complex,
  reference: (z: Pair) => Pair,
): Case => ({
  name,
  inputs: () => [some(shape), some(shape, { seed: 2 })],
  call: (re, im) => parts(call({ real: re!, imag: im! })),
  reference: (re, im) => list(reference({ real: re!, imag: im! })),
  ...(sizeOf(shape) > 60 && { gradient: 1 as const }),
  tolerance32: { rtol: 1e-3, atol: 1e-4 },
})

export const rows: readonly Row[] = [
  {
    name: 'fft',
    covers: [],
    cases: [
      ...[1, 2, 5, 8].map((n) => complexCase(`${n} places`, [2, n], ops.fft, (z) => transformed(z, 1))),
      complexCase('two factors', [1, 72], ops.fft, (z) => transformed(z, 1)),
      complexCase('a prime', [1, 67], ops.fft, (z) => transformed(z, 1)),
      complexCase('a large prime', [1, 263], ops.fft, (z) => transformed(z, 1)),
      complexCase('a large prime twice', [1, 526], ops.fft, (z) => transformed(z, 1)),
      complexCase(
        'another axis, cut, divided',
        [5, 3],
        (z) => ops.fft(z, { axis: 0, length: 4, norm: 'forward' }),
        (z) => transformed(z, 0, { length: 4, scale: 1 / 4 }),
      ),
      complexCase(
        'filled up, by the root',
        [2, 3],
        (z) => ops.fft(z, { length: 5, norm: 'ortho' }),
        (z) => transformed(z, 1, { length: 5, scale: 1 / Math.sqrt(5) }),
      ),
      {
        name: 'of whole numbers, exact',
        inputs: () => [of([1, 2, 3, 4], 'i32')],
        call: (x) => parts(ops.fft(x!)),
        reference: () => [
          { shape: [4], data: [10, -2, -2, -2] },
          { shape: [4], data: [0, 2, 0, -2] },
        ],
        gradient: 0,
        tolerance: { rtol: 0, atol: 0 },
      },
      {
        name: 'of nothing',
        inputs: () => [empty([0, 4])],
        call: (x) => parts(ops.fft(x!)),
        reference: () => [
          { shape: [0, 4], data: [] },
          { shape: [0, 4], data: [] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([8, 1000])], call: (x) => parts(ops.fft(x!)), exact: false },
  },
  {
    name: 'ifft',
    covers: [],
    cases: [
      ...[1, 6].map((n) => complexCase(`${n} places`, [2, n], ops.ifft, (z) => transformed(z, 1, { sign: 1, scale: 1 / n }))),
      complexCase(
        'not divided',
        [3, 4],
        (z) => ops.ifft(z, { axis: 0, norm: 'forward' }),
        (z) => transformed(z, 0, { sign: 1 }),
      ),
    ],
    large: { inputs: () => [whole([8, 1000])], call: (x) => parts(ops.ifft(x!)), exact: false },
  },
  {
    name: 'rfft',
    covers: [],
    cases: [1, 2, 7, 8].map(
      (n): Case => ({
        name: `${n} places`,
        inputs: () => [some([2, n, 2])],
        call: (x) => parts(ops.rfft(x!, { axis: 1 })),
        reference: (x) => list(cut(transformed({ real: x!, imag: zerosOf(x!) }, 1), 1)),
      }),
    ),
    large: { inputs: () => [whole([8, 1000])], call: (x) => parts(ops.rfft(x!)), exact: false },
  },
  {
    name: 'irfft',
    covers: [],
    cases: [undefined, 1, 5, 6, 9].map(
      (n): Case => ({
        name: n === undefined ? 'even by default' : `${n} places`,
        inputs: () => [some([2, 4]), some([2, 4], { seed: 2 })],
        call: (re, im) => ops.irfft({ real: re!, imag: im! }, n === undefined ? {} : { length: n }),
        reference: (re, im) => {
          const length = n ?? 6
          const whole = mirrored({ real: re!, imag: im! }, 1, length)
          // imaginary parts of the first and the middle number are not read
          const imag = grid(whole.imag.shape, (i) => (i[1] === 0 || 2 * i[1]! === length ? 0 : get(whole.imag, i)))
          return transformed({ real: whole.real, imag }, 1, { sign: 1, scale: 1 / length }).real
        },
      }),
    ),
    large: {
      inputs: () => [whole([8, 501]), whole([8, 501], { seed: 2 })],
      call: (re, im) => ops.irfft({ real: re!, imag: im! }),
      exact: false,
    },
  },
  {
    name: 'fftn',
    covers: [],
    cases: [
      complexCase('all axes', [2, 3, 4], ops.fftn, (z) => transformed(transformed(transformed(z, 0), 1), 2)),
      complexCase(
        'the last two at other lengths',
        [2, 3, 4],
        (z) => ops.fftn(z, { lengths: [2, 5], norm: 'ortho' }),
        (z) => transformed(transformed(z, 2, { length: 5, scale: 1 / Math.sqrt(5) }), 1, { length: 2, scale: 1 / Math.sqrt(2) }),
      ),
    ],
    large: { inputs: () => [whole([4, 40, 50])], call: (x) => parts(ops.fftn(x!, { axes: [1, 2] })), exact: false },
  },
  {
    name: 'ifftn',
    covers: [],
    cases: [
      complexCase(
        'chosen axes',
        [3, 2, 4],
        (z) => ops.ifftn(z, { axes: [0, 2] }),
        (z) => transformed(transformed(z, 0, { sign: 1, scale: 1 / 3 }), 2, { sign: 1, scale: 1 / 4 }),
      ),
    ],
    large: { inputs: () => [whole([4, 40, 50])], call: (x) => parts(ops.ifftn(x!, { axes: [1, 2] })), exact: false },
  },
  {
    name: 'rfftn',
    covers: [],
    cases: [
      {
        name: 'pictures',
        inputs: () => [some([2, 3, 4])],
        call: (x) => parts(ops.rfftn(x!, { axes: [1, 2] })),
        reference: (x) => list(transformed(cut(transformed({ real: x!, imag: zerosOf(x!) }, 2), 2), 1)),
      },
    ],
    large: { inputs: () => [whole([4, 40, 50])], call: (x) => parts(ops.rfftn(x!, { axes: [1, 2] })), exact: false },
  },
  {
    name: 'irfftn',
    covers: [],
    cases: [
      {
        name: 'undoes rfftn of odd sizes',
        inputs: () => [some([2, 3, 5])],
        call: (x) => ops.irfftn(ops.rfftn(x!, { axes: [1, 2] }), { axes: [1, 2], lengths: [3, 5] }),
        reference: (x) => x!,
      },
    ],
    large: { inputs: () => [whole([4, 40, 50])], call: (x) => ops.irfftn(ops.rfftn(x!)), exact: false },
  },
  {
    name: 'fftshift',
    covers: ['roll'],
    cases: [
      {
        name: 'odd and even',
        inputs: () => [of([0, 1, 2, 3, 4]), some([2, 4, 3])],
        call: (x, y) => [ops.fftshift(x!), ops.fftshift(y!, [1])],
        reference: (x, y) => [
          { shape: [5], data: [3, 4, 0, 1, 2].map((i) => x!.data[i]!) },
          grid([2, 4, 3], ([a, b, c]) => get(y!, [a!, (b! + 2) % 4, c!])),
        ],
      },
    ],
    large: { inputs: () => [whole([300, 301])], call: (x) => ops.fftshift(x!) },
  },
  {
    name: 'ifftshift',
    covers: [],
    cases: [
      {
        name: 'undoes fftshift',
        inputs: () => [some([2, 5, 3])],
        call: (x) => ops.ifftshift(ops.fftshift(x!)),
        reference: (x) => x!,
      },
    ],
    large: { inputs: () => [whole([300, 301])], call: (x) => ops.ifftshift(x!) },
  },
  ...(
    [
      [
        'fftfreq',
        () => [ops.fftfreq(5, { spacing: 0.1, dtype: 'f64' }), ops.fftfreq(4)],
        [
          [0, 2, 4, -4, -2],
          [0, 0.25, -0.5, -0.25],
        ],
      ],
      [
        'rfftfreq',
        () => [ops.rfftfreq(5, { spacing: 0.1, dtype: 'f64' }), ops.rfftfreq(4)],
        [
          [0, 2, 4],
          [0, 0.25, 0.5],
        ],
      ],
      [
        'hannWindow',
        () => [ops.hannWindow(4), ops.hannWindow(5, { periodic: false }), ops.hannWindow(1)],
        [[0, 0.5, 1, 0.5], [0, 0.5, 1, 0.5, 0], [1]],
      ],
      [
        'hammingWindow',
        () => [ops.hammingWindow(4), ops.hammingWindow(5, { periodic: false }), ops.hammingWindow(0)],
        [[0.08, 0.54, 1, 0.54], [0.08, 0.54, 1, 0.54, 0.08], []],
      ],
    ] as const
  ).map(
    ([name, call, values]): Row => ({
      name,
      covers: [],
      cases: [
        {
          name: 'known numbers',
          inputs: () => [],
          call,
          reference: () => values.map((data) => ({ shape: [data.length], data })),
          tolerance: { atol: 1e-7 },
          gradient: 0,
        },
      ],
      because: 'it makes one short list of numbers from a length',
    }),
  ),
  {
    name: 'stft',
    covers: [],
    cases: [
      {
        name: 'frames in the middle of mirrored ends, a window of another length',
        inputs: () => [some([2, 12]), some([3], { seed: 2 })],
        call: (x, w) => parts(ops.stft(x!, 4, { hop: 3, window: w! })),
        reference: (x, w) => {
          const mirror = (i: number): number => (i < 0 ? -i : i > 11 ? 22 - i : i)
          const weight = [w!.data[0]!, w!.data[1]!, w!.data[2]!, 0]
          const frames = grid([2, 5, 4], ([b, f, j]) => weight[j!]! * get(x!, [b!, mirror(f! * 3 + j! - 2)]))
          const { real, imag } = cut(transformed({ real: frames, imag: zerosOf(frames) }, 2), 2)
          const turn = (g: Grid): Grid => grid([2, 3, 5], ([b, k, f]) => get(g, [b!, f!, k!]))
          return [turn(real), turn(imag)]
        },
      },
      {
        name: 'plain frames, both sides, divided',
        inputs: () => [some([9])],
        call: (x) => parts(ops.stft(x!, 5, { center: false, normalized: true, onesided: false })),
        reference: (x) => {
          const frames = grid([5, 5], ([f, j]) => get(x!, [f! + j!]))
          const { real, imag } = transformed({ real: frames, imag: zerosOf(frames) }, 1, { scale: 1 / Math.sqrt(5) })
          const turn = (g: Grid): Grid => grid([5, 5], ([k, f]) => get(g, [f!, k!]))
          return [turn(real), turn(imag)]
        },
      },
    ],
    large: { inputs: () => [whole([2, 4000])], call: (x) => parts(ops.stft(x!, 256, { hop: 64 })), exact: false },
  },
]
