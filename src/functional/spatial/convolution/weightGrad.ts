/** Weight gradients of convolutions in standard nodes, f32. */
import type { Emit } from '../../../graph/op.js'
import { emitSum } from '../../../ops/reduce/stages.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import { type Geometry, spatialOf } from '../geometry.js'
import { convDirect, crop } from './direct.js'

/**
 * w[o, c, k] = Σ y[n, o, p] · x[n, c, p·stride + k·dilation − begin] as one Conv whose channels are the batch: the image is x with channels
 * innermost, (1, N, …, S·c), the kernels are y as (O, N, …P), and stride and dilation change roles. Along the last axis neighbouring
 * results belong to neighbouring channels, so the runtime gathers its columns in long runs and multiplies large matrices.
 */
export function weightGradConv(e: Emit, x: string, y: string, xShape: Shape, yShape: Shape, kernel: Shape, g: Geometry): string {
  const [N, C, O] = [xShape[0]!, xShape[1]!, yShape[1]!]
  const [c, last] = [C / g.groups, kernel.length - 1]
  const space = kernel.map((_, a) => a)
  // every position between the first and the last tap of the last axis is computed, those of other channels' taps in between included
  const span = (kernel[last]! - 1) * g.dilation[last]! + 1
  const turned: Geometry = { stride: g.dilation.with(last, 1), dilation: g.stride, begin: g.begin, groups: g.groups }
  const out = kernel.with(last, span)
  const part = crop(e, x, xShape, spatialOf(yShape), out, turned)
  const image =
    g.groups === 1
      ? e('Transpose', [part.x], { perm: [0, ...space.map((a) => a + 2), 1] })
      : e('Transpose', [e('Reshape', [part.x, e.ints([N, g.groups, c, ...part.size])])], { perm: [1, 0, ...space.map((a) => a + 3), 2] })
  const wide = part.size.with(last, part.size[last]! * c)
  const widen = (v: readonly number[]): number[] => v.with(last, v[last]! * c)
  const w = convDirect(
    e,
    e('Reshape', [image, e.ints([1, g.groups * N, ...wide])]),
    e('Transpose', [y], { perm: [1, 0, ...space.map((a) => a + 2)] }),
    undefined,
    [1, g.groups * N, ...wide],
    [O, N, ...spatialOf(yShape)],
    widen(out),
    { ...turned, dilation: widen(turned.dilation), begin: widen(part.begin) },
  )
  const taps = e('Reshape', [w, e.ints([O, ...out, c])])
  const chosen =
    span === kernel[last] ? taps : e('Slice', [taps, e.ints([0]), e.ints([span]), e.ints([last + 1]), e.ints([g.dilation[last]!])])
  return e('Transpose', [chosen], { perm: [0, last + 2, ...space.map((a) => a + 1)] })
}

/**
 * The same where every channel is a group of its own with one kernel: tap by tap, the products of shifted images summed over all positions,
 * with channels innermost. A matrix product of one row would gather more than it multiplies.
 */
export function weightGradDepthwise(e: Emit, x: string, y: string, xShape: Shape, yShape: Shape, kernel: Shape, g: Geometry): string {
  const [C, P] = [xShape[1]!, spatialOf(yShape)]
  const space = kernel.map((_, a) => a)
  const part = crop(e, x, xShape, kernel, P, g)
  const pads = [...part.begin, ...part.end].some((v) => v > 0)
  const padded = pads ? e('Pad', [part.x, e.ints([0, 0, ...part.begin, 0, 0, ...part.end]), e.scalar(0, 'f32')]) : part.x
  const inward = [0, ...space.map((a) => a + 2), 1]
  const [images, gradients] = [e('Transpose', [padded], { perm: inward }), e('Transpose', [y], { perm: inward })]
  const axes = e.ints(space.map((a) => a + 1))
  const places = xShape[0]! * sizeOf(P)
  const taps = space.reduce<number[][]>((list, a) => list.flatMap((own) => Array.from({ length: kernel[a]! }, (_, k) => [...own, k])), [[]])
  const sums = taps.map((k) => {
    const start = k.map((v, a) => v * g.dilation[a]!)
    const stop = start.map((v, a) => v + (P[a]! - 1) * g.stride[a]! + 1)
    const shifted = e('Slice', [images, e.ints(start), e.ints(stop), axes, e.ints(g.stride)])
    const products = e('Reshape', [e('Mul', [gradients, shifted]), e.ints([places, C])])
    return emitSum(e, products, [places, C], [0], true, 'f32')
  })
  return e('Reshape', [e('Transpose', [e('Concat', sums, { axis: 0 })], { perm: [1, 0] }), e.ints([C, 1, ...kernel])])
}
