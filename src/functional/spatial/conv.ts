/** Convolution and its transpose over any number of spatial axes; the weight says how many. */

import { describe } from '../../graph/leaf.js'
import { cast } from '../../ops/elementwise/cast.js'
import { reshape } from '../../ops/move/reshape.js'
import { computeDtype, type Dtype, isFloat, promote } from '../../tensor/dtype.js'
import type { Computed, Promoted } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { convolve, convolveTransposed } from './convolution/products.js'
import { countOf, extent, type PerAxis, perAxis, spatialOf } from './geometry.js'

/** Options of conv. */
export interface ConvOptions {
  /** one number per output channel (O); default none */
  readonly bias?: Tensor | undefined
  /** positions from one window to the next; default 1 */
  readonly stride?: PerAxis | undefined
  /** zeros on both sides; 'same' keeps the sizes (stride 1 only; an odd rest goes behind), 'valid' is 0, the default */
  readonly padding?: PerAxis | 'same' | 'valid' | undefined
  /** positions from one tap of the kernel to the next; default 1 */
  readonly dilation?: PerAxis | undefined
  /** channel groups that do not see each other; C groups make it depthwise; default 1 */
  readonly groups?: number | undefined
}

/** Options of convTranspose. */
export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** positions cut off on both sides of the full result; default 0 */
  readonly padding?: PerAxis | undefined
  /** positions added behind the result, less than stride or dilation: tells apart the sizes that a strided conv maps to one; default 0 */
  readonly outputPadding?: PerAxis | undefined
}

/** The factors in one float dtype, with a batch axis. Throws ShapeError or DtypeError when they are no images and kernels. */
function prepare(
  name: string,
  x: Tensor,
  weight: Tensor,
  { bias, groups = 1 }: { bias?: Tensor | undefined; groups?: number | undefined },
) {
  const all = bias ? [x, weight, bias] : [x, weight]
  const inputs = `\n  inputs: ${all.map(describe).join(', ')}`
  const layout = name === 'conv' ? '(O, C/groups, …K)' : '(C, O/groups, …K)'
  for (const t of all)
    if (!isFloat(t.dtype)) throw new DtypeError(`${name}: needs floats, and one input is ${t.dtype}: cast it, as in x.cast('f32')${inputs}`)
  if (weight.rank < 3) throw new ShapeError(`${name}: the weight needs shape ${layout} with at least one spatial axis${inputs}`)
  if (x.rank !== weight.rank && x.rank !== weight.rank - 1)
    throw new ShapeError(
      `${name}: ${weight.rank - 2} spatial axes need x of rank ${weight.rank}, (N, C, …), or ${weight.rank - 1} without a batch${inputs}`,
    )
  if (!Number.isInteger(groups) || groups < 1) throw new ShapeError(`${name}: groups ${groups} is not a whole number from 1${inputs}`)
  const dtype = all.map((t) => computeDtype(t.dtype)).reduce(promote)
  const batched = x.rank === weight.rank ? x : reshape(x, [1, ...x.shape])
  return { x: cast(batched, dtype), w: cast(weight, dtype), b: bias && cast(bias, dtype), groups, rank: weight.rank - 2, inputs }
}

const unbatch = (y: Tensor, x: Tensor): Tensor => (y.rank === x.rank ? y : reshape(y, y.shape.slice(1)))

/**
 * Convolution (cross-correlation, as the field has it): `y[n, o, p] = b[o] + Σ w[o, c, k] · x[n, c, p·stride + k·dilation − padding]`.
 *
 * x (N, C, …S) or (C, …S), weight (O, C/groups, …K) → (N, O, …P) or (O, …P), P = ⌊(S + 2·padding − dilation·(K−1) − 1) / stride⌋ + 1.
 * f32 and f64. Throws ShapeError when channels, groups or sizes do not fit, DtypeError for integers.
 *
 * @example conv(images, weight, { bias, padding: 1, stride: 2 })
 */
export function conv<D extends Dtype, E extends Dtype>(
  x: Tensor<D>,
  weight: Tensor<E>,
  options?: ConvOptions,
): Tensor<Computed[Promoted[D][E]]>
export function conv(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const { x: images, w, b, groups, rank, inputs } = prepare('conv', x, weight, options)
  const stride = perAxis(options.stride ?? 1, rank, 'conv: stride', 1)
  const dilation = perAxis(options.dilation ?? 1, rank, 'conv: dilation', 1)
  const [sizes, taps] = [spatialOf(images.shape), spatialOf(w.shape)]
  const { padding = 0 } = options
  if (padding === 'same' && stride.some((s) => s !== 1))
    throw new ShapeError(`conv: padding 'same' needs stride 1, not ${showShape(stride)}: give the padding as numbers`)
  const both =
    padding === 'same'
      ? taps.map((k, a) => dilation[a]! * (k - 1))
      : perAxis(padding === 'valid' ? 0 : padding, rank, 'conv: padding', 0).map((p) => 2 * p)
  const out = sizes.map((s, a) => countOf(s, taps[a]!, stride[a]!, dilation[a]!, both[a]!))
  if (taps.includes(0) || out.some((p) => p < 1))
    throw new ShapeError(
      `conv: the kernel ${showShape(taps)} with dilation ${showShape(dilation)} does not fit into ${showShape(sizes)} with ${showShape(both)} zeros added: pad more or use a smaller kernel${inputs}`,
    )
  return unbatch(convolve(images, w, b, { stride, dilation, begin: both.map((p) => Math.floor(p / 2)), groups, out }), x)
}

/**
 * Transposed convolution: what conv with these options does to gradients, so it spreads each position of x over a window:
 * `y[n, o, i] = b[o] + Σ w[c, o, k] · x[n, c, p]` over all p, k with p·stride + k·dilation − padding = i.
 *
 * x (N, C, …S) or (C, …S), weight (C, O/groups, …K) → (N, O, …P) or (O, …P), P = (S−1)·stride − 2·padding + dilation·(K−1) + outputPadding + 1.
 * f32 and f64. Throws ShapeError when channels, groups or sizes do not fit, DtypeError for integers.
 *
 * @example convTranspose(features, weight, { stride: 2, padding: 1, outputPadding: 1 }) // twice the size with a 3×3 kernel
 */
export function convTranspose<D extends Dtype, E extends Dtype>(
  x: Tensor<D>,
  weight: Tensor<E>,
  options?: ConvTransposeOptions,
): Tensor<Computed[Promoted[D][E]]>
export function convTranspose(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { x: images, w, b, groups, rank, inputs } = prepare('convTranspose', x, weight, options)
  const stride = perAxis(options.stride ?? 1, rank, 'convTranspose: stride', 1)
  const dilation = perAxis(options.dilation ?? 1, rank, 'convTranspose: dilation', 1)
  const begin = perAxis(options.padding ?? 0, rank, 'convTranspose: padding', 0)
  const more = perAxis(options.outputPadding ?? 0, rank, 'convTranspose: outputPadding', 0)
  if (more.some((v, a) => v > 0 && v >= Math.max(stride[a]!, dilation[a]!)))
    throw new ShapeError(
      `convTranspose: outputPadding ${showShape(more)} must be less than stride ${showShape(stride)} or dilation ${showShape(dilation)}${inputs}`,
    )
  const [sizes, taps] = [spatialOf(images.shape), spatialOf(w.shape)]
  const out = sizes.map((s, a) => (s - 1) * stride[a]! + extent(taps[a]!, dilation[a]!) - 2 * begin[a]! + more[a]!)
  if (taps.includes(0) || sizes.includes(0) || out.some((p) => p < 1))
    throw new ShapeError(`convTranspose: the result would have sizes ${showShape(out)}: use less padding${inputs}`)
  return unbatch(convolveTransposed(images, w, b, { stride, dilation, begin, groups, out }), x)
}
