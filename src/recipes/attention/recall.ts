/** A task that needs attention: pairs of a key and a value are shown, then one of the keys; the value is asked for. */
import { Dataset } from '../../data/index.js'
import { scaledDotProductAttention } from '../../functional/index.js'
import { keyOf, permutation, randint } from '../../kernels/index.js'
import { Embedding, Linear, linearAttention, slidingWindowAttention } from '../../nn/index.js'
import { add, at, reshape, squeeze, transpose } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'

/** Which form of attention a net has. */
export type Form = 'softmax' | 'grouped' | 'window' | 'linear'

export const heads = 4
export const groups = 2
/** pairs shown before the question */
export const pairs = 16
const symbols = 32

/** Examples of `pairs` pairs: x (pairs + 1, 2) holds key and value ids, the last row the key asked for and 0; y is the value's class. */
export function recallTask(examples: number, seed: number, part: string): Dataset<'x' | 'y'> {
  const places = pairs + 1
  const x = new Int32Array(examples * places * 2)
  const y = new Int32Array(examples)
  const values = new Int32Array(places)
  for (let n = 0; n < examples; n++) {
    const key = keyOf(seed, 'recall', part, n)
    const keys = permutation(symbols, key)
    randint(key, 1, { high: symbols }, values)
    const asked = values[pairs]! % pairs
    for (let i = 0; i < pairs; i++) x.set([keys[i]!, values[i]! + 1], 2 * (n * places + i))
    x[2 * (n * places + pairs)] = keys[asked]!
    y[n] = values[asked]!
  }
  return new Dataset({ x: { data: x, shape: [places, 2], dtype: 'i32' }, y: { data: y, shape: [], dtype: 'i32' } })
}

/** One layer of attention between tables of vectors and the answer. */
export class RecallNet {
  readonly keys: Embedding
  readonly values: Embedding
  readonly q_proj: Linear
  readonly k_proj: Linear
  readonly v_proj: Linear
  readonly o_proj: Linear
  readonly head: Linear
  private readonly keyHeads: number

  constructor(
    private readonly form: Form,
    private readonly width: number,
    private readonly window: number,
  ) {
    this.keys = new Embedding(symbols, width)
    this.values = new Embedding(symbols + 1, width)
    this.keyHeads = form === 'grouped' ? groups : heads
    const keyWidth = (width / heads) * this.keyHeads
    this.q_proj = new Linear(width, width)
    this.k_proj = new Linear(width, keyWidth)
    this.v_proj = new Linear(width, keyWidth)
    this.o_proj = new Linear(width, width)
    this.head = new Linear(width, symbols)
  }

  /** x (N, T, 2) → logits (N, 32) of the last place */
  forward(x: Tensor): Tensor {
    const { q, k, v, h } = this.project(x)
    const y = this.attend(q, k, v)
    const [N, T] = h.shape as readonly [number, number]
    const mixed = add(h, this.o_proj.forward(reshape(transpose(y, 1, 2), [N, T, this.width])))
    return this.head.forward(squeeze(mixed.slice([null, [T - 1, T]]), 1))
  }

  /** Queries (N, H, T, E), keys and values (N, G, T, E), and what they are made from (N, T, D). */
  project(x: Tensor): { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor; readonly h: Tensor } {
    const first = transpose(x, [2, 0, 1])
    const h = add(this.keys.forward(at(first, 0)), this.values.forward(at(first, 1)))
    const [N, T] = h.shape as readonly [number, number]
    const apart = (y: Tensor, count: number): Tensor => transpose(reshape(y, [N, T, count, this.width / heads]), 1, 2)
    return {
      q: apart(this.q_proj.forward(h), heads),
      k: apart(this.k_proj.forward(h), this.keyHeads),
      v: apart(this.v_proj.forward(h), this.keyHeads),
      h,
    }
  }

  private attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
    if (this.form === 'linear') return linearAttention(q, k, v, { causal: true })
    if (this.form === 'window') return slidingWindowAttention(q, k, v, { window: this.window })
    return scaledDotProductAttention(q, k, v, { causal: true })
  }
}
