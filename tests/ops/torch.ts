/** PyTorch's functions said in Hebb: what golden cases of ops call. */
import * as hebb from '../../src/index.js'
import type { Found, Operand, Range } from '../../src/ops/index.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { torchSpatial } from './torchSpatial.js'

/** Attributes as PyTorch's keywords; `"inf"` and `"-inf"` are numbers already. */
export type Keywords = Readonly<Record<string, unknown>>
/** A call with the inputs in PyTorch's positional order. */
export type Call = (inputs: readonly Tensor[], keywords: Keywords) => Tensor | readonly Tensor[]

const axes = (k: Keywords): number | readonly number[] | undefined => (k.dim ?? undefined) as number | readonly number[] | undefined
const axis = (k: Keywords): number | undefined => (k.dim ?? undefined) as number | undefined
const keep = (k: Keywords): { keep: boolean } => ({ keep: k.keepdim === true })
const both = ({ values, indices }: Found): readonly Tensor[] => [values, indices]

/** The last axes, as many as the normalised shape has. */
const lastAxes = (k: Keywords): number[] => (k.normalized_shape as readonly number[]).map((_, i) => -1 - i)
const affine = (weight: Tensor | undefined, bias: Tensor | undefined): { weight?: Tensor; bias?: Tensor } => ({
  ...(weight && { weight }),
  ...(bias && { bias }),
})

/** One input. */
const unary =
  (f: (x: Tensor) => Tensor): Call =>
  ([x]) =>
    f(x!)
/** Two inputs, or one and a number on either side. */
const binary =
  (f: (a: Operand, b: Operand) => Tensor): Call =>
  ([a, b], k) =>
    f((k.self as number | undefined) ?? a!, (k.other as number | undefined) ?? (k.self === undefined ? b! : a!))
const reduction =
  (f: (x: Tensor, axes: number | readonly number[] | undefined, options: { keep: boolean; correction?: number }) => Tensor): Call =>
  ([x], k) =>
    f(x!, axes(k), { ...keep(k), ...(k.correction !== undefined && { correction: k.correction as number }) })
/** Values and indices along a dimension; without one, the value alone. */
const choice =
  (f: typeof hebb.max, place: typeof hebb.argmax): Call =>
  ([x], k) => {
    if (axis(k) === undefined) return f(x!)
    const indices = place(x!, axis(k), { keep: true })
    const found = { values: x!.takeAlong(indices, axis(k)!), indices }
    return both(k.keepdim ? found : { values: found.values.squeeze(axis(k)!), indices: found.indices.squeeze(axis(k)!) })
  }
const leftTensor = (f: (x: Tensor, other: Operand) => Tensor) => (a: Operand, b: Operand) => f(a as Tensor, b)

/** By PyTorch's name. */
export const torch: Readonly<Record<string, Call>> = {
  ...torchSpatial,

  // arithmetic
  add: binary(leftTensor(hebb.add)),
  sub: binary(hebb.sub),
  mul: binary(leftTensor(hebb.mul)),
  div: binary(hebb.div),
  pow: binary(hebb.pow),
  maximum: binary(leftTensor(hebb.maximum)),
  minimum: binary(leftTensor(hebb.minimum)),
  neg: unary(hebb.neg),

  // functions of one number
  exp: unary(hebb.exp),
  sin: unary(hebb.sin),
  cos: unary(hebb.cos),
  tanh: unary(hebb.tanh),
  sigmoid: unary(hebb.sigmoid),
  expm1: unary(hebb.expm1),
  erf: unary(hebb.erf),
  square: unary(hebb.square),
  log: unary(hebb.log),
  sqrt: unary(hebb.sqrt),
  reciprocal: unary(hebb.reciprocal),
  rsqrt: unary(hebb.rsqrt),
  log1p: unary(hebb.log1p),
  log2: unary(hebb.log2),
  abs: unary(hebb.abs),
  sign: unary(hebb.sign),

  // choices
  clamp: ([x], k) =>
    hebb.clamp(x!, { ...(k.min !== undefined && { min: k.min as number }), ...(k.max !== undefined && { max: k.max as number }) }),
  where: ([c, a, b]) => hebb.where(c!, a!, b!),
  masked_fill: ([x, mask], k) => hebb.maskedFill(x!, mask!, k.value as number),

  // reductions
  sum: reduction(hebb.sum),
  mean: reduction(hebb.mean),
  var: reduction(hebb.variance),
  std: reduction(hebb.std),
  prod: reduction(hebb.prod),
  amax: reduction(hebb.max),
  amin: reduction(hebb.min),
  logsumexp: reduction(hebb.logSumExp),
  max: choice(hebb.max, hebb.argmax),
  min: choice(hebb.min, hebb.argmin),
  argmax: ([x], k) => hebb.argmax(x!, axis(k), keep(k)),
  argmin: ([x], k) => hebb.argmin(x!, axis(k), keep(k)),
  cumsum: ([x], k) => hebb.cumsum(x!, k.dim as number),

  // products
  matmul: ([a, b]) => hebb.matmul(a!, b!),
  einsum: (inputs, k) => hebb.einsum(k.equation as string, ...inputs),

  // by number
  gather: ([x, index], k) => hebb.takeAlong(x!, index!, k.dim as number),
  index_select: ([x, index], k) => hebb.take(x!, index!, k.dim as number),
  scatter_add: ([x, index, src], k) => hebb.scatterAdd(x!, index!, src!, k.dim as number),
  scatter: ([x, index, src], k) => hebb.scatter(x!, index!, src!, k.dim as number),
  embedding: ([weight, ids], k) =>
    hebb.embedding(weight!, ids!, k.padding_idx === undefined ? {} : { paddingIndex: k.padding_idx as number }),
  one_hot: ([ids], k) => hebb.oneHot(ids!, k.num_classes as number, { dtype: 'i64' }),

  // moves
  cat: (inputs, k) => hebb.concat(inputs, k.dim as number),
  stack: (inputs, k) => hebb.stack(inputs, k.dim as number),
  split: ([x], k) => hebb.split(x!, k.split_size_or_sections as number | readonly number[], k.dim as number),
  chunk: ([x], k) => hebb.chunk(x!, k.chunks as number, k.dim as number),
  slice: ([x], k) => hebb.slice(x!, k.ranges as readonly Range[]),
  flip: ([x], k) => hebb.flip(x!, k.dims as readonly number[]),
  roll: ([x], k) => hebb.roll(x!, k.shifts as readonly number[], k.dims as readonly number[]),
  permute: ([x], k) => hebb.transpose(x!, k.dims as readonly number[]),
  transpose: ([x], k) => hebb.transpose(x!, k.dim0 as number, k.dim1 as number),
  reshape: ([x], k) => hebb.reshape(x!, k.shape as readonly number[]),
  expand: ([x], k) => hebb.expand(x!, k.size as readonly number[]),
  repeat: ([x], k) => hebb.tile(x!, k.repeats as readonly number[]),
  tril: ([x], k) => hebb.tril(x!, k.diagonal as number),
  triu: ([x], k) => hebb.triu(x!, k.diagonal as number),

  // order
  sort: ([x], k) => both(hebb.sort(x!, k.dim as number, { descending: k.descending === true })),
  topk: ([x], k) => both(hebb.topK(x!, k.k as number, k.dim as number, { largest: k.largest !== false })),

  // activations
  relu: unary(hebb.relu),
  relu6: unary(hebb.relu6),
  hardswish: unary(hebb.hardSwish),
  hardsigmoid: unary(hebb.hardSigmoid),
  silu: unary(hebb.silu),
  mish: unary(hebb.mish),
  logsigmoid: unary(hebb.logSigmoid),
  softsign: unary(hebb.softsign),
  selu: unary(hebb.selu),
  leaky_relu: ([x], k) => hebb.leakyRelu(x!, { slope: k.negative_slope as number }),
  elu: ([x], k) => hebb.elu(x!, { alpha: k.alpha as number }),
  gelu: ([x], k) => hebb.gelu(x!, { approximate: k.approximate as 'none' | 'tanh' }),
  softplus: ([x], k) => hebb.softplus(x!, { beta: k.beta as number, threshold: k.threshold as number }),

  // normalisation
  softmax: ([x], k) => hebb.softmax(x!, axis(k)),
  log_softmax: ([x], k) => hebb.logSoftmax(x!, axis(k)),
  layer_norm: ([x, weight, bias], k) => hebb.layerNorm(x!, { axes: lastAxes(k), ...affine(weight, bias), eps: k.eps as number }),
  rms_norm: ([x, weight], k) => hebb.rmsNorm(x!, { axes: lastAxes(k), ...(weight && { weight }), eps: k.eps as number }),
  group_norm: ([x, weight, bias], k) => hebb.groupNorm(x!, k.num_groups as number, { ...affine(weight, bias), eps: k.eps as number }),
  instance_norm: ([x, weight, bias], k) => hebb.instanceNorm(x!, { ...affine(weight, bias), eps: k.eps as number }),
  batch_norm: ([x, weight, bias, runningMean, runningVariance], k) => {
    const [training, momentum, eps] = [k.training as boolean, k.momentum as number, k.eps as number]
    const normed = hebb.batchNorm(x!, {
      ...affine(weight, bias),
      runningMean: runningMean!,
      runningVariance: runningVariance!,
      training,
      momentum,
      eps,
    })
    return [normed.y, normed.runningMean!, normed.runningVariance!]
  },

  // losses
  scaled_dot_product_attention: ([q, k, v, mask], a) =>
    hebb.scaledDotProductAttention(q!, k!, v!, {
      causal: a.is_causal === true,
      ...(mask && { mask }),
      ...(a.scale !== undefined && { scale: a.scale as number }),
    }),
  binary_cross_entropy_with_logits: ([logits, target], k) =>
    hebb.binaryCrossEntropyWithLogits(logits!, target!, { reduction: k.reduction as 'mean' | 'sum' | 'none' }),
  cross_entropy: ([logits, target], k) => hebb.crossEntropy(logits!, target!, { reduction: k.reduction as 'mean' | 'sum' | 'none' }),
  mlp_ce: ([x, w1, b1, w2, b2, ids]) => hebb.crossEntropy(hebb.linear(hebb.linear(x!, w1!, b1!).tanh(), w2!, b2!), ids!),
}
