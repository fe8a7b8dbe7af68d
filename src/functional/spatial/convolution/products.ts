/** The three products of convolution. */
/*
 * y = conv(x, w), its transpose in x, and its transpose in w are each linear in both factors,
 * so each one's gradients are the other two, to any order.
 */

import { describe } from '../../../graph/leaf.js'
import { defineOp, type Emit } from '../../../graph/op.js'
import { full } from '../../../ops/move/create.js'
import { expand, reshape } from '../../../ops/move/reshape.js'
import { sum } from '../../../ops/reduce/sum.js'
import { ShapeError } from '../../../tensor/errors.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import type { Node, Spec, Tensor } from '../../../tensor/tensor.js'
import { endOf, type Geometry, spatialOf } from '../geometry.js'
import { blocksPay, convBlocked, convTransposeBlocked } from './blocked.js'
import { convColumns, convTransposeColumns, weightGradColumns } from './columns.js'
import { convDirect, convFlops, convTransposeDirect, convTransposeTurned } from './direct.js'
import { weightGradConv, weightGradDepthwise } from './weightGrad.js'

interface Sized extends Geometry {
  /** spatial sizes of the result, of the kernel for convWeightGrad */
  readonly out: readonly number[]
}

const names = (tensors: readonly Tensor[]): string => `\n  inputs: ${tensors.map(describe).join(', ')}`

/** The cure for pictures of another library. */
function channelsLast({ shape, rank }: Tensor, expected: number): string {
  const order = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
  return rank > 2 && shape[rank - 1] === expected ? `: channels come second, x.transpose([${order.join(', ')}])` : ''
}

/** Channels and bias must fit together. */
function checkChannels(name: string, inputs: readonly Tensor[], channels: number, expected: number, results: number, groups: number): void {
  const [, w, bias] = inputs
  if (channels !== expected)
    throw new ShapeError(
      `${name}: the input has ${channels} channels, and the weight with ${groups} group${groups === 1 ? '' : 's'} takes ${expected}${channelsLast(inputs[0]!, expected)}${names(inputs)}`,
    )
  if (w!.shape[0]! % groups !== 0)
    throw new ShapeError(`${name}: ${w!.shape[0]} kernels do not divide into ${groups} groups${names(inputs)}`)
  if (bias && (bias.rank !== 1 || bias.size !== results))
    throw new ShapeError(`${name}: the bias needs one number for each of ${results} channels${names(inputs)}`)
}

const overSpace = (g: Tensor): number[] => g.shape.flatMap((_, a) => (a === 1 ? [] : [a]))
/** What is left without channels, or with nothing but padding. */
const biasAlone = ([, , bias]: readonly Tensor[], _: unknown, [y]: readonly Spec[]): Tensor[] => [
  bias ? expand(reshape(bias, [bias.size, ...y!.shape.slice(2).map(() => 1)]), y!.shape) : full(y!.shape, 0, y),
]
const addBias = (e: Emit, y: string, bias: string | undefined, out: Shape): string =>
  bias ? e('Add', [y, e('Reshape', [bias, e.ints([-1, ...out.map(() => 1)])])]) : y
/** Standard nodes know one to three spatial axes, in f32, and images of which windows read at least something. */
function standard(node: Node, image: Shape, kernel: Shape, out: Shape, g: Geometry): boolean {
  if (node.outputs[0]!.dtype !== 'f32' || image.length > 5) return false
  return spatialOf(image).every((size, a) => {
    const end = endOf(size, kernel[a]!, out[a]!, g.stride[a]!, g.dilation[a]!, g.begin[a]!)
    return Math.max(-g.begin[a]!, 0) + Math.max(-end, 0) < size
  })
}

/** y[n, o, p] = b[o] + Σ w[o, c, k] · x[n, c, p·stride + k·dilation − begin] for `out` positions p; w (O, C/groups, …K) */
export const convolve: (x: Tensor, w: Tensor, bias: Tensor | undefined, geometry: Sized) => Tensor = defineOp({
  name: 'conv',
  blocked: true,
  empty: biasAlone,
  args: (x: Tensor, w: Tensor, bias: Tensor | undefined, geometry: Sized) => [bias ? [x, w, bias] : [x, w], geometry],
  spec: (inputs, { groups, out }) => {
    const [x, w] = inputs
    checkChannels('conv', inputs, x!.shape[1]!, w!.shape[1]! * groups, w!.shape[0]!, groups)
    return { shape: [x!.shape[0]!, w!.shape[0]!, ...out], dtype: x!.dtype }
  },
  vjp: (g, { inputs: [x, w, bias], attrs, needs }) => [
    needs[0] ? convolveTransposed(g, w!, undefined, { ...attrs, out: spatialOf(x!.shape) }) : undefined,
    needs[1] ? convWeightGrad(x!, g, { ...attrs, out: spatialOf(w!.shape) }) : undefined,
    bias && needs[2] ? sum(g, overSpace(g)) : undefined,
  ],
  onnx: (e, [x, w, bias], { out, ...g }, node) => {
    const [xs, ws] = node.inputs.map((t) => t.shape)
    if (standard(node, xs!, spatialOf(ws!), out, g)) {
      const blocked = blocksPay(e, xs![1]!, ws![0]!, spatialOf(ws!), xs![0]! * sizeOf(out), g.groups)
      return (blocked ? convBlocked : convDirect)(e, x!, w!, bias, xs!, ws!, out, g)
    }
    return addBias(e, convColumns(e, x!, w!, xs!, ws!, out, g, node.outputs[0]!.dtype), bias, out)
  },
  flops: (node) => convFlops(node.outputs[0]!.shape, node.inputs[1]!.shape),
})

/** x[n, c, i] = b[c] + Σ w[o, c, k] · y[n, o, p] over all p, k with p·stride + k·dilation − begin = i, for `out` positions i */
export const convolveTransposed: (y: Tensor, w: Tensor, bias: Tensor | undefined, geometry: Sized) => Tensor = defineOp({
  name: 'convTranspose',
  blocked: true,
  empty: biasAlone,
  args: (y: Tensor, w: Tensor, bias: Tensor | undefined, geometry: Sized) => [bias ? [y, w, bias] : [y, w], geometry],
  spec: (inputs, { groups, out }) => {
    const [y, w] = inputs
    const channels = w!.shape[1]! * groups
    checkChannels('convTranspose', inputs, y!.shape[1]!, w!.shape[0]!, channels, groups)
    return { shape: [y!.shape[0]!, channels, ...out], dtype: y!.dtype }
  },
  vjp: (g, { inputs: [y, w, bias], attrs, needs }) => [
    needs[0] ? convolve(g, w!, undefined, { ...attrs, out: spatialOf(y!.shape) }) : undefined,
    needs[1] ? convWeightGrad(g, y!, { ...attrs, out: spatialOf(w!.shape) }) : undefined,
    bias && needs[2] ? sum(g, overSpace(g)) : undefined,
  ],
  onnx: (e, [y, w, bias], { out, ...g }, node) => {
    const [ys, ws] = node.inputs.map((t) => t.shape)
    if (standard(node, node.outputs[0]!.shape, spatialOf(ws!), spatialOf(ys!), g)) {
      const dense = g.stride.every((s) => s === 1)
      const blocked = dense && blocksPay(e, ws![0]!, ws![1]!, spatialOf(ws!), ys![0]! * sizeOf(out), g.groups)
      const lowering = blocked ? convTransposeBlocked : dense && g.groups > 1 ? convTransposeTurned : convTransposeDirect
      return lowering(e, y!, w!, bias, ys!, ws!, out, g)
    }
    return addBias(e, convTransposeColumns(e, y!, w!, ys!, ws!, out, g, node.outputs[0]!.dtype), bias, out)
  },
  flops: (node) => convFlops(node.inputs[0]!.shape, node.inputs[1]!.shape),
})

/** w[o, c, k] = Σ y[n, o, p] · x[n, c, p·stride + k·dilation − begin] over n and p, for kernels of size `out` */
export const convWeightGrad: (x: Tensor, y: Tensor, geometry: Sized) => Tensor = defineOp({
  name: 'convWeightGrad',
  empty: 0,
  args: (x: Tensor, y: Tensor, geometry: Sized) => [[x, y], geometry],
  spec: ([x, y], { groups, out }) => ({ shape: [y!.shape[1]!, x!.shape[1]! / groups, ...out], dtype: x!.dtype }),
  vjp: (h, { inputs: [x, y], attrs, needs }) => [
    needs[0] ? convolveTransposed(y!, h, undefined, { ...attrs, out: spatialOf(x!.shape) }) : undefined,
    needs[1] ? convolve(x!, h, undefined, { ...attrs, out: spatialOf(y!.shape) }) : undefined,
  ],
  onnx: (e, [x, y], { out, ...g }, node) => {
    const [xs, ys] = node.inputs.map((t) => t.shape)
    if (standard(node, xs!, out, spatialOf(ys!), g)) {
      const depthwise = g.groups > 1 && xs![1] === g.groups && ys![1] === g.groups
      return (depthwise ? weightGradDepthwise : weightGradConv)(e, x!, y!, xs!, ys!, out, g)
    }
    return weightGradColumns(e, x!, y!, xs!, ys!, out, g, node.outputs[0]!.dtype)
  },
  flops: (node) => 2 * sizeOf(node.outputs[0]!.shape) * (sizeOf(node.inputs[1]!.shape) / Math.max(node.inputs[1]!.shape[1]!, 1)),
})
