/** What belongs to spectra: frequencies, windows, and transforms over short times. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import { arange, type CreateOptions, full } from '../../ops/move/create.js'
import { roll } from '../../ops/move/order.js'
import type { Dtype } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axesOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Complex, fft, rfft } from './fft.js'

function countOf(op: string, n: number, least: number): void {
  if (!Number.isInteger(n) || n < least) throw new HebbError(`${op}: ${n} is no number of places: give a whole number from ${least}`)
}

const shifted = (op: string, x: Tensor, axes: number | readonly number[] | undefined, by: (size: number) => number): Tensor => {
  const list = axesOf(axes, x.rank, op)
  return list.length === 0
    ? x
    : roll(
        x,
        list.map((a) => by(x.shape[a]!)),
        list,
      )
}

/** A spectrum with frequency 0 in the middle, along axes (all when missing). */
export function fftshift<D extends Dtype>(x: Tensor<D>, axes?: number | readonly number[]): Tensor<D>
export function fftshift(x: Tensor, axes?: number | readonly number[]): Tensor {
  return shifted('fftshift', x, axes, (n) => Math.floor(n / 2))
}

/** The other way round of {@link fftshift}. */
export function ifftshift<D extends Dtype>(x: Tensor<D>, axes?: number | readonly number[]): Tensor<D>
export function ifftshift(x: Tensor, axes?: number | readonly number[]): Tensor {
  return shifted('ifftshift', x, axes, (n) => -Math.floor(n / 2))
}

/** Options of frequencies. */
export interface FrequencyOptions extends CreateOptions {
  /** time from one place to the next; default 1 */
  readonly spacing?: number | undefined
}

/**
 * The frequencies of the numbers of an fft of length n: 0, 1, …, −2, −1 over n·spacing. Throws HebbError for a length below 1.
 *
 * @example fftfreq(4) // [0, 0.25, -0.5, -0.25]
 */
export function fftfreq(n: number, { spacing = 1, dtype = 'f32' }: FrequencyOptions = {}): Tensor {
  countOf('fftfreq', n, 1)
  const negative = Math.floor(n / 2)
  return roll(arange(-negative, n - negative, 1, { dtype: 'f64' }), -negative, 0)
    .div(n * spacing)
    .cast(dtype)
}

/** The frequencies of the numbers of an rfft of length n: 0 to ⌊n/2⌋ over n·spacing. Throws HebbError for a length below 1. */
export function rfftfreq(n: number, { spacing = 1, dtype = 'f32' }: FrequencyOptions = {}): Tensor {
  countOf('rfftfreq', n, 1)
  return arange(0, Math.floor(n / 2) + 1, 1, { dtype: 'f64' })
    .div(n * spacing)
    .cast(dtype)
}

/** Options of windows. */
export interface WindowFunctionOptions extends CreateOptions {
  /** whether the window is one period, whose end is the next one's beginning (default), or symmetric */
  readonly periodic?: boolean | undefined
}

function cosineWindow(op: string, n: number, mean: number, { periodic = true, dtype = 'f32' }: WindowFunctionOptions): Tensor {
  countOf(op, n, 0)
  if (n < 2) return full([n], 1, { dtype })
  const turn = (2 * Math.PI) / (periodic ? n : n - 1)
  return arange(0, n, 1, { dtype: 'f64' })
    .mul(turn)
    .cos()
    .mul(mean - 1)
    .add(mean)
    .cast(dtype)
}

/** ½ − ½·cos(2πj/n): (n). With `periodic: false` n − 1 takes the place of n. Throws HebbError for a negative length. */
export const hannWindow = (n: number, options: WindowFunctionOptions = {}): Tensor => cosineWindow('hannWindow', n, 0.5, options)

/** 0.54 − 0.46·cos(2πj/n): (n). With `periodic: false` n − 1 takes the place of n. Throws HebbError for a negative length. */
export const hammingWindow = (n: number, options: WindowFunctionOptions = {}): Tensor => cosineWindow('hammingWindow', n, 0.54, options)

/** Options of stft. */
export interface StftOptions {
  /** places from one frame to the next; default a quarter of the length, rounded down */
  readonly hop?: number | undefined
  /** (length) or shorter, then in the middle of zeros; default ones */
  readonly window?: Tensor | undefined
  /** whether frames are centred on their place, half a length added at both ends by mirroring; default true */
  readonly center?: boolean | undefined
  /** what is added there; default 'reflect' */
  readonly padMode?: 'reflect' | 'constant' | 'replicate' | 'circular' | undefined
  /** whether frames are divided by the root of the length; default false */
  readonly normalized?: boolean | undefined
  /** whether conjugate frequencies are left out; default true */
  readonly onesided?: boolean | undefined
}

/**
 * Spectra of short pieces of a signal, `length` places each, `hop` apart, times a window: x (…, T) → (…, F, frames), F = ⌊length/2⌋ + 1, or `length`
 * where not `onesided`; as in PyTorch. Throws ShapeError where the signal is shorter than a frame or the window longer, HebbError for lengths below 1.
 *
 * @example stft(audio, 512, { hop: 128, window: hannWindow(512) })
 */
export function stft(
  x: Tensor,
  length: number,
  { hop = Math.floor(length / 4), window, center = true, padMode = 'reflect', normalized = false, onesided = true }: StftOptions = {},
): Complex {
  countOf('stft', length, 1)
  countOf('stft', hop, 1)
  if (x.rank === 0) throw new ShapeError(`stft: needs x (…, T)\n  input: ${describe(x)}`)
  const side = Math.floor(length / 2)
  const y = center ? real(x).pad([side], { mode: padMode }) : real(x)
  const places = y.shape.at(-1)!
  if (places < length) throw new ShapeError(`stft: ${places} places are too few for a frame of ${length}\n  input: ${describe(x)}`)
  if (window && (window.rank !== 1 || window.size > length))
    throw new ShapeError(`stft: the window ${describe(window)} is no list of at most ${length} numbers`)
  const frames = Math.floor((places - length) / hop) + 1
  const index = arange(frames).mul(hop).unsqueeze(1).add(arange(length))
  const pieces = y.take(index, -1)
  const left = window ? Math.floor((length - window.size) / 2) : 0
  const weighted = window ? pieces.mul(window.cast(y.dtype).pad([[left, length - window.size - left]])) : pieces
  const norm = normalized ? 'ortho' : 'backward'
  const { real: re, imag } = onesided ? rfft(weighted, { norm }) : fft(weighted, { norm })
  return { real: re.transpose(-2, -1), imag: imag.transpose(-2, -1) }
}
