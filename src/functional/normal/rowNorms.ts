/** The primitives of normalisation by rows: what the runtime fuses, with the statistics that gradients need. */
import { defineMultiOp, type Emit, float } from '../../graph/op.js'
import { mul, neg } from '../../ops/elementwise/arithmetic.js'
import { reshape } from '../../ops/move/reshape.js'
import { emitMean } from '../../ops/reduce/stages.js'
import type { Dtype } from '../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { rowsGradient, statisticsShape } from './rows.js'
import { scaleShift } from './scaleShift.js'

interface NormAttrs {
  /** first normalised axis; all later ones are normalised with it */
  readonly first: number
  readonly eps: number
  readonly [key: string]: number
}

/** rows longer than this are summed in stages: over 10⁶ numbers the runtime's own root mean square is off by 1e-4 */
const longRow = 65536

const constantOf = (e: Emit, value: number, shape: Shape, dtype: Dtype): string => e('Expand', [e.scalar(value, dtype), e.ints(shape)])
const lastAxes = (shape: Shape, first: number): number[] => shape.flatMap((_, i) => (i < first ? [] : [i]))

/** 1 / √(mean of squares + eps) over the last axes */
function inverseRoot(e: Emit, x: string, shape: Shape, axes: readonly number[], eps: number, dtype: Dtype): string {
  const power = emitMean(e, e('Mul', [x, x]), shape, axes, dtype)
  return e('Reciprocal', [e('Sqrt', [e('Add', [power, e.scalar(eps, dtype)])])])
}

/** Rows times their inverse, weight and bias. */
function finish(e: Emit, x: string, inverse: string, weight?: string, bias?: string): string {
  let y = e('Mul', [x, inverse])
  if (weight) y = e('Mul', [y, weight])
  return bias ? e('Add', [y, bias]) : y
}

/** y, mean and 1/√(variance + eps) of x, weight? and bias? */
export const layer: (inputs: readonly Tensor[], attrs: NormAttrs) => Tensor[] = defineMultiOp({
  name: 'layerNorm',
  empty: Number.NaN,
  args: (inputs: readonly Tensor[], attrs: NormAttrs) => [inputs, attrs],
  spec: ([x], { first }) => [x!, ...[0, 1].map(() => ({ shape: statisticsShape(x!.shape, first), dtype: x!.dtype }))],
  vjp: ([g, gMean, gInverse], { inputs: [x, weight], outs: [y, mean, inverse], attrs: { first }, needs }) => {
    const rows = (t: Tensor): Tensor => reshape(t, [inverse!.size, sizeOf(t.shape.slice(first))])
    const flat = (t: Tensor): Tensor => reshape(t, [t.size])
    const normal = weight ? reshape(scaleShift(rows(x!), flat(inverse!), neg(mul(flat(mean!), flat(inverse!))), 0), x!.shape) : y!
    return rowsGradient({ first, g, gInverse, gMean, normal, inverse: inverse!, weight, centred: true, needs })
  },
  onnx: (e, [x, weight, bias], { first, eps }, node) => {
    const { shape, dtype } = node.outputs[0]!
    if (dtype === 'f32' && !(e.native && sizeOf(shape.slice(first)) > longRow)) {
      const scale = weight ?? constantOf(e, 1, shape.slice(first), dtype)
      return e.many('LayerNormalization', [x, scale, ...(bias ? [bias] : [])], 3, { axis: first, epsilon: float(eps) })
    }
    // the runtime keeps statistics in f32 only
    const axes = lastAxes(shape, first)
    const mean = emitMean(e, x!, shape, axes, dtype)
    const centred = e('Sub', [x, mean])
    const inverse = inverseRoot(e, centred, shape, axes, eps, dtype)
    return [finish(e, centred, inverse, weight, bias), mean, inverse]
  },
  flops: (node) => 8 * sizeOf(node.outputs[0]!.shape),
})

/** y and 1/√(mean of squares + eps) of x and weight? */
export const rootMeanSquare: (inputs: readonly Tensor[], attrs: NormAttrs) => Tensor[] = defineMultiOp({
  name: 'rmsNorm',
  empty: Number.NaN,
  args: (inputs: readonly Tensor[], attrs: NormAttrs) => [inputs, attrs],
  spec: ([x], { first }) => [x!, { shape: statisticsShape(x!.shape, first), dtype: x!.dtype }],
  vjp: ([g, gInverse], { inputs: [x, weight], outs: [y, inverse], attrs: { first }, needs }) => {
    const rows = (t: Tensor): Tensor => reshape(t, [inverse!.size, sizeOf(t.shape.slice(first))])
    const normal = weight ? reshape(scaleShift(rows(x!), reshape(inverse!, [inverse!.size]), undefined, 0), x!.shape) : y!
    return rowsGradient({ first, g, gInverse, normal, inverse: inverse!, weight, centred: false, needs })
  },
  onnx: (e, [x, weight], { first, eps }, node) => {
    const { shape, dtype } = node.outputs[0]!
    if (e.native && dtype === 'f32' && sizeOf(shape.slice(first)) <= longRow) {
      // over several axes the runtime expects another shape of its second result than it gives: they are made one
      const width = sizeOf(shape.slice(first))
      const one = first === shape.length - 1
      const flat = (v: string, sizes: Shape): string => (one ? v : e('Reshape', [v, e.ints(sizes)]))
      const scale = weight ? flat(weight, [width]) : constantOf(e, 1, [width], dtype)
      const rows = flat(x!, [...shape.slice(0, first), width])
      const [y, inverse] = e.many('SimplifiedLayerNormalization', [rows, scale], 2, { axis: first, epsilon: float(eps) })
      return [flat(y!, shape), flat(inverse!, node.outputs[1]!.shape)]
    }
    const inverse = inverseRoot(e, x!, shape, lastAxes(shape, first), eps, dtype)
    return [finish(e, x!, inverse, weight), inverse]
  },
  flops: (node) => 5 * sizeOf(node.outputs[0]!.shape),
})
