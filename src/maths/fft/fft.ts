/** Fourier transforms of signals and pictures. Complex numbers are pairs of real tensors. */
import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import { concat } from '../../ops/move/concat.js'
import { promote } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sameShape, sizeOf } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { transform } from './transform.js'

/** Complex numbers as two tensors of one shape. */
export interface Complex {
  readonly real: Tensor
  readonly imag: Tensor
}

/**
 * Which way divides by the number of places: 'backward' the inverse one (default), 'forward' the other, 'ortho' both, by its root.
 */
export type FftNorm = 'backward' | 'ortho' | 'forward'

/** Options of transforms along one axis. */
export interface FftOptions {
  /** length of the transform: the axis is cut, or filled with zeros at the end; default its size */
  readonly length?: number | undefined
  /** default the last */
  readonly axis?: number | undefined
  /** default 'backward' */
  readonly norm?: FftNorm | undefined
}

/** Options of transforms along several axes. */
export interface FftnOptions {
  /** length along each of the axes; default their sizes */
  readonly lengths?: readonly number[] | undefined
  /** default all; of `lengths`, the last ones */
  readonly axes?: readonly number[] | undefined
  /** default 'backward' */
  readonly norm?: FftNorm | undefined
}

/** Numbers as complex ones of one dtype. */
function complex(op: string, x: Tensor | Complex): Complex {
  if (x instanceof Tensor) {
    const own = real(x)
    return { real: own, imag: own.mul(0) }
  }
  if (!sameShape(x.real.shape, x.imag.shape))
    throw new ShapeError(`${op}: real and imaginary parts differ\n  inputs: ${describe(x.real)}, ${describe(x.imag)}`)
  const dtype = promote(real(x.real).dtype, real(x.imag).dtype)
  return { real: x.real.cast(dtype), imag: x.imag.cast(dtype) }
}

const scaleOf = (n: number, norm: FftNorm, inverse: boolean): number =>
  norm === 'ortho' ? 1 / Math.sqrt(n) : (norm === 'backward') === inverse ? 1 / n : 1

const both = ({ real: re, imag }: Complex, f: (x: Tensor) => Tensor): Complex => ({ real: f(re), imag: f(imag) })

/** The axis cut or filled up to `length`. Throws HebbError for lengths below 1. */
function fitted(op: string, x: Tensor, axis: number, length: number): Tensor {
  if (!Number.isInteger(length) || length < 1) throw new HebbError(`${op}: a transform of ${length} places is none: give 1 or more`)
  const more = length - x.shape[axis]!
  return more === 0 ? x : x.pad([...x.shape.slice(axis).map((_, a) => (a === 0 ? ([0, more] as const) : 0))])
}

function along(op: string, z: Complex, axis: number, length: number | undefined, norm: FftNorm, inverse: boolean): Complex {
  const n = length ?? z.real.shape[axis]!
  const { real: re, imag } = both(z, (x) => fitted(op, x, axis, n).transpose(axis, -1))
  const lead = re.shape.slice(0, -1)
  const batch = sizeOf(lead)
  const flat = concat([re.reshape([batch, 1, n]), imag.reshape([batch, 1, n])], 1)
  const scale = scaleOf(n, norm, inverse)
  const found = transform(flat, inverse ? 1 : -1)
  const [a, b] = (scale === 1 ? found : found.mul(scale)).split(1, 1) as [Tensor, Tensor]
  return both({ real: a, imag: b }, (x) => x.reshape([...lead, n]).transpose(axis, -1))
}

const rankOf = (op: string, x: Tensor): number => {
  if (x.rank === 0) throw new ShapeError(`${op}: a scalar has no axis to transform`)
  return x.rank
}

/**
 * Σⱼ x[j] · e^(−2πi·jk/n) along an axis, k from 0 to n − 1 [Cooley 1965]; quick for every n, and differentiable. x is real or complex.
 * Throws ShapeError for scalars and parts that differ, HebbError for a length below 1.
 *
 * @example fft(tensor([1, 0, 0, 0])).real // [1, 1, 1, 1]
 */
export function fft(x: Tensor | Complex, { length, axis = -1, norm = 'backward' }: FftOptions = {}): Complex {
  const z = complex('fft', x)
  return along('fft', z, axisOf(axis, rankOf('fft', z.real), 'fft'), length, norm, false)
}

/** The inverse of {@link fft}: 1/n · Σₖ x[k] · e^(2πi·jk/n) along an axis. Throws as fft does. */
export function ifft(x: Tensor | Complex, { length, axis = -1, norm = 'backward' }: FftOptions = {}): Complex {
  const z = complex('ifft', x)
  return along('ifft', z, axisOf(axis, rankOf('ifft', z.real), 'ifft'), length, norm, true)
}

const half = (x: Tensor, axis: number, count: number): Tensor => x.slice(x.shape.map((_, a) => (a === axis ? [0, count] : null)))

/**
 * The first ⌊n/2⌋ + 1 numbers of {@link fft} of a real x, of which the others are the conjugates. Throws as fft does.
 *
 * @example rfft(tensor([1, 2, 3, 4])) // real [10, -2, -2], imag [0, 2, 0]
 */
export function rfft(x: Tensor, { length, axis = -1, norm = 'backward' }: FftOptions = {}): Complex {
  const z = complex('rfft', x)
  const at = axisOf(axis, rankOf('rfft', x), 'rfft')
  const n = length ?? x.shape[at]!
  return both(along('rfft', z, at, n, norm, false), (t) => half(t, at, Math.floor(n / 2) + 1))
}

/**
 * The inverse of {@link rfft}: n real numbers (default 2·(m − 1)) from the first ⌊n/2⌋ + 1 of their transform; imaginary parts that real numbers do not
 * have, of the first and for even n the middle one, are not read. Throws as fft does.
 *
 * @example irfft(rfft(x), { length: x.shape.at(-1) })
 */
export function irfft(x: Tensor | Complex, { length, axis = -1, norm = 'backward' }: FftOptions = {}): Tensor {
  const z = complex('irfft', x)
  const at = axisOf(axis, rankOf('irfft', z.real), 'irfft')
  const n = length ?? 2 * (z.real.shape[at]! - 1)
  if (!Number.isInteger(n) || n < 1) throw new HebbError(`irfft: a transform of ${n} places is none: give a length of 1 or more`)
  const count = Math.floor(n / 2) + 1
  const own = both(z, (t) => fitted('irfft', t, at, count))
  const mirror = (t: Tensor): Tensor => t.slice(t.shape.map((_, a) => (a === at ? [1, n - count + 1] : null))).flip(at)
  const whole = { real: concat([own.real, mirror(own.real)], at), imag: concat([own.imag, mirror(own.imag).neg()], at) }
  return along('irfft', whole, at, n, norm, true).real
}

/** Axes and lengths of a transform along several. */
function axesAndLengths(op: string, x: Tensor, { lengths, axes }: FftnOptions): { axis: number; length: number | undefined }[] {
  const rank = rankOf(op, x)
  const list = axes ?? Array.from({ length: lengths?.length ?? rank }, (_, i) => i - (lengths?.length ?? rank))
  const at = list.map((a) => axisOf(a, rank, op))
  if (new Set(at).size !== at.length) throw new ShapeError(`${op}: axes ${list.join(', ')} name one axis twice`)
  if (lengths && lengths.length !== at.length) throw new HebbError(`${op}: ${lengths.length} lengths for ${at.length} axes`)
  return at.map((axis, i) => ({ axis, length: lengths?.[i] }))
}

/** {@link fft} along several axes (all by default): two for pictures. Throws as fft does. */
export function fftn(x: Tensor | Complex, options: FftnOptions = {}): Complex {
  const z = complex('fftn', x)
  const { norm = 'backward' } = options
  return axesAndLengths('fftn', z.real, options).reduceRight((y, { axis, length }) => along('fftn', y, axis, length, norm, false), z)
}

/** {@link ifft} along several axes (all by default). Throws as fft does. */
export function ifftn(x: Tensor | Complex, options: FftnOptions = {}): Complex {
  const z = complex('ifftn', x)
  const { norm = 'backward' } = options
  return axesAndLengths('ifftn', z.real, options).reduceRight((y, { axis, length }) => along('ifftn', y, axis, length, norm, true), z)
}

/** {@link rfft} along the last of several axes (all by default), then {@link fft} along the others. Throws as fft does. */
export function rfftn(x: Tensor, options: FftnOptions = {}): Complex {
  const { norm = 'backward' } = options
  const list = axesAndLengths('rfftn', x, options)
  const last = list.at(-1)!
  const start = rfft(x, { ...last, norm })
  return list.slice(0, -1).reduceRight((y, { axis, length }) => along('rfftn', y, axis, length, norm, false), start)
}

/** The inverse of {@link rfftn}: {@link ifft} along all axes but the last, then {@link irfft} along that. Throws as fft does. */
export function irfftn(x: Tensor | Complex, options: FftnOptions = {}): Tensor {
  const z = complex('irfftn', x)
  const { norm = 'backward' } = options
  const list = axesAndLengths('irfftn', z.real, options)
  const last = list.at(-1)!
  const start = list.slice(0, -1).reduce((y, { axis, length }) => along('irfftn', y, axis, length, norm, true), z)
  return irfft(start, { ...last, norm })
}
