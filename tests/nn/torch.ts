/** Layers as PyTorch names and configures them, and running them as its reference numbers were made. */
import { pullback } from '../../src/autodiff/vjp.js'
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  compute,
  Embedding,
  initialize,
  type Layer,
  Linear,
  type Param,
  parameters,
  type Tensor,
  type TypedArray,
  tensor,
} from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'
import { numberOf } from '../compare.js'
import type { GoldenInput, GoldenTensor, GoldenTolerance } from '../goldens.js'

export type Config = Readonly<Record<string, unknown>>
type State = Readonly<Record<string, GoldenTensor>>

/** One case of layers.json. */
export interface LayerCase {
  readonly name: string
  readonly kind: string
  readonly config: Config
  readonly state: State
  readonly inputs: readonly GoldenInput[]
  readonly outputs: readonly GoldenTensor[]
  readonly grad_outputs: readonly GoldenTensor[]
  readonly grads: { readonly inputs: readonly (GoldenTensor | null)[]; readonly params: State }
  readonly steps?: readonly LayerStep[]
  readonly tol: GoldenTolerance
}

/** A batch through a layer with buffers. */
export interface LayerStep {
  readonly mode: 'train' | 'eval'
  readonly input: GoldenTensor
  readonly output: GoldenTensor
  readonly grad_output: GoldenTensor
  readonly grad_input: GoldenTensor
  readonly grad_params: State
  readonly buffers_after: State
}

const given = <T extends object>(options: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as T

const convolution =
  (make: new (inputs: number, outputs: number, kernel: number, options: object) => Layer) =>
  (c: Config): Layer =>
    new make(
      c.in_channels as number,
      c.out_channels as number,
      c.kernel_size as number,
      given<object>({
        stride: c.stride,
        padding: c.padding,
        outputPadding: c.output_padding,
        dilation: c.dilation,
        groups: c.groups,
        bias: c.bias,
        paddingMode: c.padding_mode,
      }),
    )
const batchNorm = (c: Config): object =>
  given<object>({ eps: c.eps, momentum: c.momentum, affine: c.affine, trackRunningStats: c.track_running_stats })

/** `torch.nn.<kind>(**config)` for each kind that is built here. */
export const builders: Readonly<Record<string, (c: Config) => Layer>> = {
  Linear: (c) => new Linear(c.in_features as number, c.out_features as number, { bias: c.bias !== false }),
  Conv1d: convolution(Conv1d),
  Conv2d: convolution(Conv2d),
  Conv3d: convolution(Conv3d),
  ConvTranspose1d: convolution(ConvTranspose1d),
  ConvTranspose2d: convolution(ConvTranspose2d),
  Embedding: (c) =>
    new Embedding(
      c.num_embeddings as number,
      c.embedding_dim as number,
      given<object>({ paddingIndex: c.padding_idx as number | undefined }),
    ),
  BatchNorm1d: (c) => new BatchNorm1d(c.num_features as number, batchNorm(c)),
  BatchNorm2d: (c) => new BatchNorm2d(c.num_features as number, batchNorm(c)),
}

/** A golden tensor as one of ours. */
export function tensorOf(golden: GoldenTensor): Tensor {
  const numbers = golden.data.map(numberOf)
  if (golden.dtype === 'int64') return tensor(BigInt64Array.from(numbers, BigInt), { shape: golden.shape })
  if (golden.dtype === 'bool') return tensor(Uint8Array.from(numbers), { shape: golden.shape, dtype: 'bool' })
  return tensor(Float32Array.from(numbers), { shape: golden.shape })
}

/** Writes numbers into a parameter. */
export function fill(p: Param, values: ArrayLike<number | bigint>): void {
  const array = p.storage.array!
  for (let i = 0; i < array.length; i++) array[i] = (array instanceof BigInt64Array ? BigInt(values[i]!) : Number(values[i]!)) as never
}

/** The layer of a case, with its first values. */
export function layerOf({ kind, config, state }: Pick<LayerCase, 'kind' | 'config' | 'state'>): {
  layer: Layer
  params: Map<string, Param>
} {
  const layer = builders[kind]!(config)
  const params = parameters(layer)
  initialize(layer)
  for (const [name, p] of params) fill(p, state[name]!.data.map(numberOf))
  return { layer, params }
}

/** A batch through a layer: output, gradients of Σ output · cotangent, and new buffer values, computed together. */
export async function passThrough(
  layer: Layer,
  x: Tensor,
  { training, cotangent, wrt }: { training: boolean; cotangent: Tensor; wrt: readonly Tensor[] },
): Promise<{ output: { shape: readonly number[]; data: TypedArray }; grads: (TypedArray | undefined)[]; updates: Map<Param, TypedArray> }> {
  const { result, updates } = trace(layer, { training }, () => layer.forward(x))
  const grads = pullback([result], [cotangent], wrt)
  const found = grads.filter((g) => g !== undefined)
  const values = await compute([result, ...found, ...updates.values()])
  return {
    output: { shape: result.shape, data: values[0]! },
    grads: grads.map((g) => (g ? values[1 + found.indexOf(g)] : undefined)),
    updates: new Map([...updates.keys()].map((p, i) => [p, values[1 + found.length + i]!])),
  }
}
