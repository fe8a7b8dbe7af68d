/** Layers in which every text of a batch has its own adapter. */
import { placeholder } from '../../graph/leaf.js'
import type { Layer } from '../../nn/index.js'
import { add, matmul, reshape, take } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Shelf } from './shelf.js'

/** A graph that is being made, of N texts whose adapters have R rows at most. */
export class Tracing {
  readonly inputs: Tensor[] = []
  readonly of: Shelf[] = []

  constructor(
    readonly texts: number,
    readonly rank: number,
    /** the layers that one of the texts has an adapter in */
    readonly used: ReadonlySet<Shelf>,
  ) {}

  /** The rows of a shelf that the texts have, (N, R, in) and (N, R, out). */
  rowsOf(shelf: Shelf): { readonly a: Tensor; readonly b: Tensor } {
    const { texts, rank } = this
    const [a, b] = [placeholder([shelf.rows, shelf.inputs], 'f32'), placeholder([shelf.rows, shelf.outputs], 'f32')]
    const which = placeholder([texts * rank], 'i32')
    this.inputs.push(a, b, which)
    this.of.push(shelf)
    return {
      a: reshape(take(a, which, 0), [texts, rank, shelf.inputs]),
      b: reshape(take(b, which, 0), [texts, rank, shelf.outputs]),
    }
  }
}

let now: Tracing | undefined

/** What `make` gives while layers see what the texts of a batch have. */
export function traced<T>(tracing: Tracing, make: () => T): T {
  const before = now
  now = tracing
  try {
    return make()
  } finally {
    now = before
  }
}

/** y = base(x) + B A x, A and B those of the text that x is of; x (N · T, in). */
export class RoutedLinear {
  static readonly through = 'base'
  readonly #shelf: Shelf

  constructor(
    readonly base: Layer,
    shelf: Shelf,
  ) {
    this.#shelf = shelf
  }

  forward(x: Tensor): Tensor {
    const y = this.base.forward(x)
    if (!now?.used.has(this.#shelf)) return y
    const { a, b } = now.rowsOf(this.#shelf)
    const byText = reshape(x, [now.texts, -1, this.#shelf.inputs])
    return add(y, reshape(matmul(matmul(byText, a.transpose(1, 2)), b), y.shape))
  }
}
