/** A buffer that grows while it is sampled: what agents have lived through, or what a model wrote itself. */
import type { Saved, Stateful } from '../../files/stateful.js'
import { keyOf, randint } from '../../kernels/random.js'
import { allocate, type Dtype, type TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { encode } from '../../tensor/nested.js'
import { type Shape, showShape, sizeOf } from '../../tensor/shape.js'
import { asBatch, type Batch } from '../batches.js'
import type { Column } from '../column.js'
import { checkSize, type Feed, type Pass, partOf, passOf } from '../feed.js'
import { gatherColumn } from '../gather.js'

/** One field of each example: its sizes, `[]` for a number, and its dtype, f32 unless another is given. */
export type ReplayField = Shape | { readonly shape?: Shape | undefined; readonly dtype?: Dtype | undefined }

/** How a `ReplayBuffer` is sampled. */
export interface ReplayOptions {
  /** examples it holds; a further one takes the place of the oldest */
  readonly capacity: number
  /** examples in a batch of `batches`; 32 */
  readonly size?: number | undefined
  /** decides the draws of `sample`; 0 */
  readonly seed?: number | undefined
}

/**
 * Examples in a ring of at most `capacity`, drawn with replacement [Lin 1992]. As a feed its epochs have no end: each batch is drawn, by f(seed, epoch,
 * number of the batch), from what the buffer holds when it is asked for, so give `batchesPerEpoch`; a resumed run gives the same bytes where the buffer's
 * state is saved with it. `sample` draws by a count of its own, which belongs to the state.
 * Memory grows with the examples: twice as much whenever it is full, up to the capacity.
 *
 * @example
 * const replay = new ReplayBuffer({ obs: [4], action: { dtype: 'i32' }, reward: [], next: [4] }, { capacity: 10_000 })
 * replay.push({ obs, action, reward, next })
 * await step(replay.sample(64))
 */
export class ReplayBuffer<F extends string> implements Feed<Batch<F>>, Stateful {
  readonly capacity: number
  readonly #fields: readonly (readonly [F, { readonly shape: Shape; readonly dtype: Dtype }])[]
  readonly #size: number
  readonly #seed: number
  readonly #arrays = new Map<F, TypedArray>()
  /** examples there is memory for */
  #room = 0
  /** examples that were pushed, those overwritten too */
  #pushed = 0
  /** calls of `sample` */
  #draws = 0

  /** Throws HebbError without fields, or for a capacity or size that is no whole number of at least 1. */
  constructor(fields: Readonly<Record<F, ReplayField>>, { capacity, size = 32, seed = 0 }: ReplayOptions) {
    const names = Object.keys(fields) as F[]
    if (names.length === 0) throw new HebbError('ReplayBuffer: no fields: say what an example holds, { obs: [4], reward: [] }')
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new HebbError(`ReplayBuffer: capacity ${capacity}: give a whole number of at least 1`)
    checkSize('ReplayBuffer', size)
    this.#fields = names.map((name) => {
      const given: ReplayField = fields[name]
      const { shape = [], dtype = 'f32' } = Array.isArray(given) ? { shape: given as Shape } : (given as Exclude<ReplayField, Shape>)
      return [name, { shape, dtype }]
    })
    this.capacity = capacity
    this.#size = size
    this.#seed = seed
  }

  /** Examples it holds now. */
  get count(): number {
    return Math.min(this.#pushed, this.capacity)
  }

  /** Adds one example: a number, or as many as the field's shape has. Throws HebbError, naming the field, for one that does not fit. */
  push(example: Readonly<Record<F, number | boolean | ArrayLike<number>>>): void {
    const values = this.#fields.map(([name, { shape, dtype }]) => {
      const value = example[name]
      const numbers: ArrayLike<number | boolean> | undefined = typeof value === 'number' || typeof value === 'boolean' ? [value] : value
      if (!numbers || numbers.length !== sizeOf(shape))
        throw new HebbError(
          `push: ${name} ${value === undefined ? 'is missing' : `has ${numbers?.length} numbers`}: the buffer holds ${showShape(shape)} of it`,
        )
      return [name, encode(Array.from(numbers), dtype)] as const
    })
    const at = this.#pushed % this.capacity
    if (at === this.#room) this.#grow()
    for (const [name, numbers] of values) this.#arrays.get(name)!.set(numbers as never, at * numbers.length)
    this.#pushed++
  }

  /** A batch of `size` examples, each drawn from all with the same chance; `indices` say which. Throws HebbError while there are none. */
  sample(size: number): Batch<F> {
    checkSize('sample', size)
    return this.#drawn('sample', keyOf(this.#seed, 'replay'), this.#draws++, size, { rank: 0, ranks: 1 })
  }

  *batches(given?: Pass): Generator<Batch<F>> {
    const { seed, epoch, start, ...part } = passOf('ReplayBuffer', given)
    checkSize('ReplayBuffer', this.#size, part.ranks)
    const key = keyOf(seed, 'replay', epoch)
    for (let b = start; ; b++) yield this.#drawn('ReplayBuffer', key, b, this.#size, part)
  }

  #drawn(where: string, key: readonly [number, number], step: number, size: number, part: { rank: number; ranks: number }): Batch<F> {
    if (this.count === 0) throw new HebbError(`${where}: the buffer is empty: push examples first`)
    const indices = partOf(randint(key, step, { high: this.count }, new Int32Array(size)), part)
    const rows = this.#fields.map(([name, field]) => [name, gatherColumn(name, this.#column(name, field), indices)])
    return asBatch(Object.fromEntries(rows) as Parameters<typeof asBatch<F>>[0], indices)
  }

  #column(name: F, { shape, dtype }: { readonly shape: Shape; readonly dtype: Dtype }): Column {
    return { data: this.#arrays.get(name)!, shape, dtype }
  }

  #grow(): void {
    this.#room = Math.min(Math.max(64, 2 * this.#room), this.capacity)
    for (const [name, { shape, dtype }] of this.#fields) {
      const larger = allocate(dtype, this.#room * sizeOf(shape))
      larger.set((this.#arrays.get(name) ?? []) as never)
      this.#arrays.set(name, larger)
    }
  }

  state(): Saved {
    const held = this.count
    const arrays = this.#fields.map(([name, { shape, dtype }]) => {
      const data = this.#arrays.get(name)?.subarray(0, held * sizeOf(shape)) ?? allocate(dtype, 0)
      return [name as string, { dtype, shape: [held, ...shape], data }] as const
    })
    return { plain: { pushed: this.#pushed, draws: this.#draws }, arrays: new Map(arrays) }
  }

  check({ plain, arrays }: Saved): void {
    const { pushed, draws } = countsOf(plain)
    const held = Math.min(pushed, this.capacity)
    for (const count of [pushed, draws])
      if (!Number.isSafeInteger(count) || count < 0) throw new HebbError(`ReplayBuffer: ${pushed} pushed and ${draws} drawn are no counts`)
    for (const [name, { shape, dtype }] of this.#fields) {
      const found = arrays?.get(name)
      const wanted = `${showShape([held, ...shape])} ${dtype}`
      const is = found ? `${showShape(found.shape)} ${found.dtype}` : 'nothing'
      if (is !== wanted || found?.data.length !== held * sizeOf(shape))
        throw new HebbError(`ReplayBuffer: the state has ${is} for ${name}, and this buffer of ${this.capacity} needs ${wanted}`)
    }
  }

  restore({ plain, arrays }: Saved): void {
    const { pushed, draws } = countsOf(plain)
    this.#pushed = pushed
    this.#draws = draws
    this.#room = this.count
    for (const [name] of this.#fields) this.#arrays.set(name, arrays!.get(name)!.data.slice() as TypedArray)
  }
}

/** The counts of a saved state; NaN where there are none. */
function countsOf(plain: Saved['plain']): { pushed: number; draws: number } {
  const said = typeof plain === 'object' && plain !== null ? (plain as { readonly [name: string]: unknown }) : {}
  const count = (name: string): number => (typeof said[name] === 'number' ? said[name] : Number.NaN)
  return { pushed: count('pushed'), draws: count('draws') }
}
