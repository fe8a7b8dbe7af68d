/** The parts of GPT-2: its projections, attention, feed-forward net and block, named as its checkpoints name them. */

import { type Attended, attentionAfter, gelu, type KeptKeysValues, relu, scaledDotProductAttention } from '../../functional/index.js'
import { Dropout, init, LayerNorm, Param } from '../../nn/index.js'
import { add, linear, reshape, split, transpose } from '../../ops/index.js'
import { HebbError, type Tensor } from '../../tensor/index.js'

/** What a GPT is made of. */
export interface GptConfig {
  /** number of tokens, V */
  readonly vocabulary: number
  /** longest sequence, T */
  readonly context: number
  readonly layers: number
  readonly heads: number
  /** width, D */
  readonly width: number
  /** width inside the feed-forward nets; default 4 · D */
  readonly hidden?: number
  /** probability of each dropout in training: of embeddings, attention weights, and what each part adds; default 0 */
  readonly dropout?: number
  /** of projections and normalisations; default true */
  readonly bias?: boolean
  /** `gelu_new` is the tanh form that GPT-2 was trained with; default `gelu` */
  readonly activation?: 'gelu' | 'gelu_new' | 'relu'
  /** of the normalisations; default 1e-5 */
  readonly eps?: number
  /** whether the scores come from the table of token vectors itself [Press 2017]; default true */
  readonly tied?: boolean
}

const activations = { gelu, gelu_new: (x: Tensor) => gelu(x, { approximate: 'tanh' }), relu } as const

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

/** Deviation of first weights; what is added to the stream starts smaller, the deeper the model [Radford 2019]. */
const deviations = (layers: number): { readonly inner: number; readonly added: number } => ({
  inner: 0.02,
  added: 0.02 / Math.sqrt(2 * layers),
})

/** Causal self-attention, queries, keys and values in one product. */
export class GptAttention {
  readonly c_attn: Projection
  readonly c_proj: Projection
  private readonly attn_dropout: Dropout
  private readonly resid_dropout: Dropout
  private readonly heads: number

  constructor({ width, heads, layers, bias = true, dropout = 0 }: GptConfig) {
    if (width % heads !== 0)
      throw new HebbError(`Gpt: width ${width} cannot be shared evenly between ${heads} heads: choose a number that divides it`)
    const { inner, added } = deviations(layers)
    this.c_attn = new Projection(width, 3 * width, { bias, deviation: inner })
    this.c_proj = new Projection(width, width, { bias, deviation: added })
    this.attn_dropout = new Dropout(dropout)
    this.resid_dropout = new Dropout(dropout)
    this.heads = heads
  }

  forward(x: Tensor): Tensor {
    const [q, k, v] = this.asked(x).map((h) => transpose(h, 1, 2)) as [Tensor, Tensor, Tensor]
    const mixed = scaledDotProductAttention(q, k, v, { causal: true, onWeights: (w) => this.attn_dropout.forward(w) })
    return this.given(transpose(mixed, 1, 2), x)
  }

  /** The same for places after `past`, and `past` with their keys and values. */
  decode(x: Tensor, past: KeptKeysValues): Attended {
    const { y, kept } = attentionAfter(...this.asked(x), past)
    return { y: this.given(y, x), kept }
  }

  /** Queries, keys and values (N, T, H, D / H). */
  private asked(x: Tensor): [Tensor, Tensor, Tensor] {
    const [batch, steps, width] = x.shape as readonly [number, number, number]
    const apart = (h: Tensor): Tensor => reshape(h, [batch, steps, this.heads, width / this.heads])
    return split(this.c_attn.forward(x), width, 2).map(apart) as [Tensor, Tensor, Tensor]
  }

  private given(mixed: Tensor, x: Tensor): Tensor {
    return this.resid_dropout.forward(this.c_proj.forward(reshape(mixed, x.shape)))
  }
}

/** W₂ f(W₁x): what each place does by itself. */
export class GptMlp {
  readonly c_fc: Projection
  readonly c_proj: Projection
  private readonly drop: Dropout
  private readonly activate: (x: Tensor) => Tensor

  constructor({ width, layers, hidden = 4 * width, bias = true, dropout = 0, activation = 'gelu' }: GptConfig) {
    const activate = activations[activation]
    if (!activate) throw new HebbError(`Gpt: activation '${String(activation)}' is none of ${Object.keys(activations).join(', ')}`)
    const { inner, added } = deviations(layers)
    this.c_fc = new Projection(width, hidden, { bias, deviation: inner })
    this.c_proj = new Projection(hidden, width, { bias, deviation: added })
    this.drop = new Dropout(dropout)
    this.activate = activate
  }

  forward(x: Tensor): Tensor {
    return this.drop.forward(this.c_proj.forward(this.activate(this.c_fc.forward(x))))
  }
}

/** x + attention(norm(x)), then x + mlp(norm(x)). */
export class GptBlock {
  readonly ln_1: LayerNorm
  readonly attn: GptAttention
  readonly ln_2: LayerNorm
  readonly mlp: GptMlp

  constructor(config: GptConfig) {
    const { width, eps = 1e-5, bias = true } = config
    this.ln_1 = new LayerNorm(width, { eps, bias })
    this.attn = new GptAttention(config)
    this.ln_2 = new LayerNorm(width, { eps, bias })
    this.mlp = new GptMlp(config)
  }

  forward(x: Tensor): Tensor {
    return this.run(x).output
  }

  /** What the block gives, and what its feed-forward net was given. */
  run(x: Tensor): { readonly output: Tensor; readonly fed: Tensor } {
    return this.after(add(x, this.attn.forward(this.ln_1.forward(x))))
  }

  /** The block for places after `past`, and `past` with their keys and values. */
  decode(x: Tensor, past: KeptKeysValues): Attended {
    const { y, kept } = this.attn.decode(this.ln_1.forward(x), past)
    return { y: this.after(add(x, y)).output, kept }
  }

  /** What comes after attention. */
  private after(mixed: Tensor): { readonly output: Tensor; readonly fed: Tensor } {
    const fed = this.ln_2.forward(mixed)
    return { output: add(mixed, this.mlp.forward(fed)), fed }
  }
}
