/** Layers one after another, and around. */
import { HebbError } from '../tensor/errors.js'
import { kindOf } from '../tensor/options.js'
import type { Tensor } from '../tensor/tensor.js'
import { isLayer } from './module/layer.js'
import type { Layer } from './module.js'

/** A layer, or a plain function of one tensor such as `relu`. */
export type LayerLike<Out extends Tensor = Tensor> = Layer<readonly [Tensor], Out> | ((x: Tensor) => Out)

/** Layers applied in order; its fields are `0`, `1`, …, so that paths read `0.weight` as in PyTorch. */
export class Sequential<out Out extends Tensor = Tensor> {
  readonly [index: number]: LayerLike
  readonly #length: number

  constructor(...steps: readonly LayerLike[]) {
    for (const [i, step] of steps.entries()) requireStep(i, step)
    this.#length = steps.length
    Object.assign(this, steps)
  }

  get length(): number {
    return this.#length
  }
  // the fields are the truth, so that what stands in a step's place for a while is what runs
  *[Symbol.iterator](): Generator<LayerLike, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this[i]!
  }
  forward(x: Tensor): Out {
    return x.pipe(...this) as Out
  }
}

/** Throws HebbError for what plain JavaScript may put into a model by mistake. */
function requireStep(i: number, step: unknown): void {
  const kind = kindOf(step)
  const made = (typeof step === 'function' && !kind.startsWith('the class')) || (typeof step === 'object' && step !== null && isLayer(step))
  if (made) return
  const cure = Array.isArray(step)
    ? 'give the layers one after the other, sequential(...layers)'
    : kind.startsWith('the class')
      ? `make a layer of it, new ${(step as { readonly name: string }).name}(…)`
      : 'give layers, and functions such as relu'
  throw new HebbError(`sequential: step ${i} is ${typeof step === 'string' ? `'${step}'` : kind}: ${cure}`)
}

/**
 * Layers and functions applied left to right.
 *
 * @example sequential(new Linear(784, 128), relu, new Dropout(0.1), new Linear(128, 10))
 */
export function sequential<Out extends Tensor>(...steps: readonly [...LayerLike[], LayerLike<Out>]): Sequential<Out>
export function sequential(...steps: readonly LayerLike[]): Sequential
export function sequential(...steps: readonly LayerLike[]): Sequential {
  return new Sequential(...steps)
}

/** x + f(x): what the layer adds to its input [He 2016]. */
export class Residual {
  constructor(
    readonly inner: LayerLike,
    /** for changes of shape on the way around; default the input itself */
    readonly shortcut?: LayerLike,
  ) {}

  forward(x: Tensor): Tensor {
    const around = this.shortcut ? x.pipe(this.shortcut) : x
    return around.add(x.pipe(this.inner))
  }
}

/**
 * x + f(x), or shortcut(x) + f(x).
 *
 * @example residual(sequential(new LayerNorm(64), new Linear(64, 64), gelu))
 */
export const residual = (inner: LayerLike, { shortcut }: { shortcut?: LayerLike | undefined } = {}): Residual =>
  shortcut ? new Residual(inner, shortcut) : new Residual(inner)

/** after(net(before(x))), seen through: see `surround`. */
export class Surrounded {
  static readonly through = 'net'
  readonly before?: LayerLike
  readonly after?: LayerLike

  constructor(
    readonly net: LayerLike,
    { before, after }: { before?: LayerLike | undefined; after?: LayerLike | undefined } = {},
  ) {
    if (before) this.before = before
    if (after) this.after = after
  }

  forward(x: Tensor): Tensor {
    const y = (this.before ? x.pipe(this.before) : x).pipe(this.net)
    return this.after ? y.pipe(this.after) : y
  }
}

/**
 * after(net(before(x))): steps before and behind a model whose parameters keep their paths, and so their first values and their names in files.
 * `sequential(crop, net)` is the same function with other paths: `1.0.weight` instead of `0.weight`.
 *
 * @example surround(net, { before: sequential(new RandomCrop(4), new RandomFlip()), after: softmax })
 */
export const surround = (net: LayerLike, around: { before?: LayerLike | undefined; after?: LayerLike | undefined }): Surrounded =>
  new Surrounded(net, around)
