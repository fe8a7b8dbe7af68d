/** Layers whose parts have the names that files give them, and the products and norms they are made of. */
import { rmsNorm } from '../../functional/index.js'
import { Dropout, init, type Layer, LayerNorm, Linear, Param, RMSNorm } from '../../nn/index.js'
import { add, linear, transpose } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { DecoderConfig } from './config.js'

/** A layer whose parts have names that are known when it is made. */
export class Named {
  constructor(parts: Readonly<Record<string, object | undefined>>) {
    for (const [name, part] of Object.entries(parts)) if (part) Object.assign(this, { [name]: part })
  }

  /** The part of a name. Looked up whenever it is used: a wrapper may have taken its place. */
  protected part<L = Layer>(name: string): L {
    return Reflect.get(this, name) as L
  }

  /** The part of a name, or what comes in where there is none. */
  protected through(name: string, x: Tensor): Tensor {
    return this.part<Layer | undefined>(name)?.forward(x) ?? x
  }
}

/** y = xW + b with W (in, out): the layout of GPT-2's checkpoints, the transpose of Linear's. */
export class Projection {
  readonly weight: Param
  readonly bias?: Param

  constructor(inputs: number, outputs: number, { bias, deviation }: { readonly bias: boolean; readonly deviation: number }) {
    this.weight = new Param([inputs, outputs], init.normal(deviation))
    if (bias) this.bias = new Param([outputs], init.zeros)
  }

  forward(x: Tensor): Tensor {
    return linear(x, transpose(this.weight), this.bias)
  }
}

/** A product with first weights drawn with `deviation`, and biases of 0. */
export function product(
  inputs: number,
  outputs: number,
  {
    bias,
    deviation,
    transposed = false,
  }: { readonly bias: boolean; readonly deviation: number; readonly transposed?: boolean | undefined },
): Linear | Projection {
  if (transposed) return new Projection(inputs, outputs, { bias, deviation })
  return Object.assign(new Linear(inputs, outputs, { bias }), {
    weight: new Param([outputs, inputs], init.normal(deviation)),
    ...(bias && { bias: new Param([outputs], init.zeros) }),
  })
}

/** Deviation of first weights; what is added to the stream starts smaller, the deeper the model [Radford 2019]. */
export const deviations = ({ layers, deviation = 0.02 }: DecoderConfig): { readonly inner: number; readonly added: number } => ({
  inner: deviation,
  added: deviation / Math.sqrt(2 * layers),
})

/** y = x / √(mean of x² + eps) · (1 + weight), first weights 0: the norm of Gemma, whose weights say how far a factor is from 1. */
export class ShiftedRMSNorm {
  readonly weight: Param
  private readonly eps: number

  constructor(width: number, { eps }: { readonly eps: number }) {
    this.weight = new Param([width], init.zeros)
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, { weight: add(this.weight, 1), eps: this.eps })
  }
}

/** A norm over the last `width` numbers, of the kind that the config says. */
export function norm(width: number, { norm: { kind, eps, bias = true } }: DecoderConfig): LayerNorm | RMSNorm | ShiftedRMSNorm {
  if (kind === 'layer') return new LayerNorm(width, { eps, bias })
  return kind === 'rms' ? new RMSNorm(width, { eps }) : new ShiftedRMSNorm(width, { eps })
}

/** A dropout where its probability is given. */
export const dropout = (probability: number | undefined): Dropout | undefined =>
  probability === undefined ? undefined : new Dropout(probability)
