/** Convolutions in the standard's own nodes, f32: Conv and ConvTranspose, with whatever cutting and padding they cannot express around them. */
import type { Emit, OnnxAttrs } from '../../../graph/op.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import { endOf, extent, type Geometry, spatialOf } from '../geometry.js'

/** The part of x that the windows read at most, and its padding on both sides. */
export function crop(
  e: Emit,
  x: string,
  xShape: Shape,
  kernel: Shape,
  out: Shape,
  g: Geometry,
): { x: string; size: number[]; begin: number[]; end: number[] } {
  const size = spatialOf(xShape)
  const ends = size.map((s, a) => endOf(s, kernel[a]!, out[a]!, g.stride[a]!, g.dilation[a]!, g.begin[a]!))
  // positions left over at the end do no harm while they are too few for another window
  const drop = ends.map((v, a) => (v <= -g.stride[a]! ? -v : 0))
  const skip = g.begin.map((v) => Math.max(-v, 0))
  const axes = size.flatMap((_, a) => (drop[a] || skip[a] ? [a] : []))
  const part =
    axes.length === 0
      ? x
      : e('Slice', [x, e.ints(axes.map((a) => skip[a]!)), e.ints(axes.map((a) => size[a]! - drop[a]!)), e.ints(axes.map((a) => a + 2))])
  return {
    x: part,
    size: size.map((s, a) => s - skip[a]! - drop[a]!),
    begin: g.begin.map((v) => Math.max(v, 0)),
    end: ends.map((v) => Math.max(v, 0)),
  }
}

/**
 * Writes a convolution, or a transposed one, in nodes: of x with the kernels w and a bias with one number per output channel, to the spatial shape `out`.
 * The formulas stand at convColumns and convTransposeColumns.
 */
export type ConvWriter = (
  e: Emit,
  x: string,
  w: string,
  bias: string | undefined,
  xShape: Shape,
  wShape: Shape,
  out: Shape,
  g: Geometry,
) => string

/** The attributes that all nodes of convolutions have. */
export const convAttributes = (kernel: Shape, g: Geometry, begin: readonly number[], end: readonly number[]): OnnxAttrs => ({
  ...{ kernel_shape: kernel, strides: g.stride, dilations: g.dilation },
  ...{ pads: [...begin, ...end], group: g.groups },
})

/** A convolution as one node. */
export const convDirect: ConvWriter = (e, x, w, bias, xShape, wShape, out, g) => {
  const kernel = spatialOf(wShape)
  const part = crop(e, x, xShape, kernel, out, g)
  return e('Conv', bias ? [part.x, w, bias] : [part.x, w], convAttributes(kernel, g, part.begin, part.end))
}

/** A transposed convolution as one node, and what that cannot express around it. */
export const convTransposeDirect: ConvWriter = (e, y, w, bias, yShape, wShape, out, g) => {
  const kernel = spatialOf(wShape)
  const full = spatialOf(yShape).map((p, a) => (p - 1) * g.stride[a]! + extent(kernel[a]!, g.dilation[a]!))
  const before = g.begin.map((b) => Math.max(b, 0))
  const after = full.map((f, a) => Math.max(f - g.begin[a]! - out[a]!, 0))
  const more = full.map((f, a) => Math.max(out[a]! + g.begin[a]! - f, 0))
  const first = g.begin.map((b) => Math.max(-b, 0))
  // what lies beyond the last tap is nothing but bias; more of it than a stride, or some in front, ConvTranspose does not give
  const plain = first.every((v) => v === 0) && more.every((v, a) => v < g.stride[a]!)
  const x = e('ConvTranspose', bias && plain ? [y, w, bias] : [y, w], {
    ...convAttributes(kernel, g, before, after),
    output_padding: plain && more.some((v) => v > 0) ? more : undefined,
  })
  if (plain) return x
  const padded = e('Pad', [x, e.ints([0, 0, ...first, 0, 0, ...more]), e.scalar(0, 'f32')])
  return bias ? e('Add', [padded, e('Reshape', [bias, e.ints([-1, ...out.map(() => 1)])])]) : padded
}

/** The same where the stride is 1: a convolution with kernels turned around, which is faster than ConvTranspose for groups of channels. */
export const convTransposeTurned: ConvWriter = (e, y, w, bias, yShape, wShape, out, g) => {
  const [kernel, o, c] = [spatialOf(wShape), wShape[0]! / g.groups, wShape[1]!]
  const taps = sizeOf(kernel)
  const turned = e(
    'Gather',
    [
      e('Reshape', [w, e.ints([g.groups, o, c, taps])]),
      e.constant(
        Int32Array.from({ length: taps }, (_, i) => taps - 1 - i),
        [taps],
        'i32',
      ),
    ],
    { axis: 3 },
  )
  const shape = [g.groups * c, o, ...kernel]
  const weights = e('Reshape', [e('Transpose', [turned], { perm: [0, 2, 1, 3] }), e.ints(shape)])
  const begin = kernel.map((k, a) => extent(k, g.dilation[a]!) - 1 - g.begin[a]!)
  return convDirect(e, y, weights, bias, yShape, shape, out, { ...g, begin })
}

/** Multiply-adds of a convolution, counted as two operations each. */
export const convFlops = (out: Shape, wShape: Shape): number => 2 * sizeOf(out) * sizeOf(wShape.slice(1))
