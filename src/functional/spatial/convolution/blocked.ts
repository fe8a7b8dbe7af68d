/**
 * Convolutions on ONNX Runtime's own blocked layout, f32 in two axes: channels in blocks that fill a vector register, innermost in memory.
 * The runtime turns only convolutions with constant weights to it; written into the model, its nodes take weights that change every step.
 */
import type { Emit } from '../../../graph/op.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import { extent, type Geometry, spatialOf } from '../geometry.js'
import { type ConvWriter, convAttributes, crop } from './direct.js'

const domain = 'com.microsoft.nchwc'
const filled = (channels: number, block: number): number => Math.ceil(channels / block) * block

/**
 * Whether blocks pay for a convolution from `input` to `output` channels: enough of them and few empty places, more to do for a position than
 * one matrix product, and more positions than it costs to lay out the kernels.
 */
export function blocksPay(e: Emit, input: number, output: number, kernel: Shape, positions: number, groups: number): boolean {
  // ReorderInput takes channels by four
  if (!e.native || kernel.length !== 2 || groups !== 1 || input % 4 !== 0 || sizeOf(kernel) === 1 || positions < 1024) return false
  const block = e.channelBlock()
  if (block === 0 || input < block || output < block) return false
  return filled(input, block) * filled(output, block) <= 1.25 * input * output
}

/** Kernels w (O, I, …) with both axes of channels filled up with zeros to whole blocks. */
function fill(e: Emit, w: string, [O, I]: Shape, block: number): string {
  const [o, i] = [filled(O!, block) - O!, filled(I!, block) - I!]
  return o === 0 && i === 0 ? w : e('Pad', [w, e.ints([0, 0, 0, 0, o, i, 0, 0]), e.scalar(0, 'f32')])
}

/** Kernels (O, I, H, W) as the blocked Conv reads them, [O/b][I/b][H][W][b of I][b of O], under the shape they came in. */
function layOut(e: Emit, w: string, shape: Shape, block: number): string {
  const [O, I] = [filled(shape[0]!, block), filled(shape[1]!, block)]
  const taps = sizeOf(spatialOf(shape))
  const split = e('Reshape', [fill(e, w, shape, block), e.ints([O / block, block, I / block, block, taps])])
  return e('Reshape', [e('Transpose', [split], { perm: [0, 2, 4, 3, 1] }), e.ints([O, I, ...spatialOf(shape)])])
}

/** The same for kernels that run backward: turned around, with O and I in each other's place. */
function layOutTurned(e: Emit, w: string, shape: Shape, block: number): string {
  const [O, I] = [filled(shape[0]!, block), filled(shape[1]!, block)]
  const taps = sizeOf(spatialOf(shape))
  const split = e('Reshape', [fill(e, w, shape, block), e.ints([O / block, block, I / block, block, taps])])
  const last = e.constant(
    Int32Array.from({ length: taps }, (_, i) => taps - 1 - i),
    [taps],
    'i32',
  )
  // turning whole blocks around is cheaper than single numbers
  const blocks = e('Gather', [e('Transpose', [split], { perm: [2, 0, 4, 1, 3] }), last], { axis: 2 })
  return e('Reshape', [blocks, e.ints([I, O, ...spatialOf(shape)])])
}

function convBlocks(
  e: Emit,
  x: string,
  w: string,
  bias: string | undefined,
  xShape: Shape,
  kernel: Shape,
  channels: number,
  out: Shape,
  g: Geometry,
): string {
  const part = crop(e, x, xShape, kernel, out, g)
  const block = e.channelBlock()
  const more = filled(channels, block) - channels
  const b = bias && more > 0 ? e('Pad', [bias, e.ints([0, more]), e.scalar(0, 'f32')]) : bias
  const blocks = e('ReorderInput', [part.x], {}, domain)
  const attrs = convAttributes(kernel, g, part.begin, part.end)
  return e('ReorderOutput', [e('Conv', b ? [blocks, w, b] : [blocks, w], attrs, domain)], { channels }, domain)
}

/** A convolution in blocks. */
export const convBlocked: ConvWriter = (e, x, w, bias, xShape, wShape, out, g) =>
  convBlocks(e, x, layOut(e, w, wShape, e.channelBlock()), bias, xShape, spatialOf(wShape), wShape[0]!, out, g)

/** A transposed convolution in blocks; stride 1 only, where it is a convolution with kernels turned around. */
export const convTransposeBlocked: ConvWriter = (e, y, w, bias, yShape, wShape, out, g) => {
  const kernel = spatialOf(wShape)
  const begin = kernel.map((k, a) => extent(k, g.dilation[a]!) - 1 - g.begin[a]!)
  return convBlocks(e, y, layOutTurned(e, w, wShape, e.channelBlock()), bias, yShape, kernel, wShape[1]!, out, { ...g, begin })
}
