/** Many adapters on one base: loaded and dropped while texts are written, each text with its own. */
import type { LLM } from '../../llm/llm.js'
import { wrap } from '../../nn/index.js'
import { HebbError } from '../../tensor/errors.js'
import { arrayOf, type Tensor, type TypedArray } from '../../tensor/index.js'
import type { Beside } from '../../text/decode/reading/readProgram.js'
import { readAdapter } from './readAdapter.js'
import { RoutedLinear, Tracing, traced } from './routed.js'
import { Shelf } from './shelf.js'

/** rows of the shelves at first: a row costs memory once something is in it */
const firstRows = 1024

/** An adapter that is there. */
export class ServedAdapter {
  /** texts that are written with it */
  users = 0
  /** whether it goes when nobody uses it any more */
  dropped = false

  constructor(
    readonly name: string,
    /** the folder it came from */
    readonly folder: string,
    readonly rank: number,
    /** seconds since 1970 */
    readonly created: number,
    /** its rows by layer */
    readonly rows: ReadonlyMap<Shelf, readonly number[]>,
  ) {}

  /** bytes of its numbers */
  get bytes(): number {
    let numbers = 0
    for (const [{ inputs, outputs }, rows] of this.rows) numbers += rows.length * (inputs + outputs)
    return 4 * numbers
  }
}

/**
 * Adapters of low rank by name [Hu 2021], whose matrices lie in the rows of shelves, one pair for each layer. A run for several texts takes the rows of each
 * text's adapter out, so that all of them share one product with the base [Sheng 2023]. Ranks may differ: rows that a smaller one lacks are zero.
 */
export class ServedAdapters {
  readonly #model: LLM
  readonly #byName = new Map<string, ServedAdapter>()
  readonly #shelves = new Map<string, Shelf>()
  #rows = firstRows
  /** sets of layers that graphs were made for, by a number */
  readonly #sets = new Map<string, number>()
  /** one load after the other */
  #loading: Promise<unknown> = Promise.resolve()

  constructor(model: LLM) {
    this.#model = model
  }

  get names(): string[] {
    return [...this.#byName.keys()]
  }
  get(name: string): ServedAdapter | undefined {
    return this.#byName.get(name)
  }
  get all(): ServedAdapter[] {
    return [...this.#byName.values()]
  }

  /** Loads an adapter from a folder; one of the name is replaced, and texts that are written with the old one go on with it. Throws what {@link readAdapter} throws; nothing has changed then. */
  load(name: string, folder: string): Promise<ServedAdapter> {
    const loaded = this.#loading.then(() => this.#load(name, folder))
    this.#loading = loaded.catch(() => {})
    return loaded
  }

  async #load(name: string, folder: string): Promise<ServedAdapter> {
    if (!/^[\w.:@/-]{1,200}$/.test(name))
      throw new HebbError(`serve: '${name}' is no name of an adapter: give letters, digits and . _ - : @ /`)
    const products = await readAdapter(this.#model, folder, name)
    const shelves = products.map((product) => this.#shelfOf(product.path, product.inputs, product.outputs))
    const ranks = products.map(({ a, inputs }) => a.length / inputs)
    this.#makeRoom(Math.max(0, ...shelves.map((shelf, i) => shelf.rows - shelf.room + ranks[i]!)))
    const rows = new Map(products.map(({ a, b, scale }, i) => [shelves[i]!, shelves[i]!.put(a, b, scale)]))
    this.drop(name)
    const made = new ServedAdapter(name, folder, Math.max(...ranks), Math.floor(Date.now() / 1000), rows)
    this.#byName.set(name, made)
    return made
  }

  /** Takes an adapter out; texts that are written with it go on, and its rows are given back when the last of them has ended. Whether there was one. */
  drop(name: string): boolean {
    const found = this.#byName.get(name)
    if (!found) return false
    this.#byName.delete(name)
    found.dropped = true
    this.#free(found)
    return true
  }

  /** Notes that a text is written with an adapter; the function takes that back. */
  use(adapter: ServedAdapter): () => void {
    adapter.users++
    return () => {
      adapter.users--
      this.#free(adapter)
    }
  }

  #free(adapter: ServedAdapter): void {
    if (adapter.dropped && adapter.users === 0) for (const [shelf, rows] of adapter.rows) shelf.free(rows)
  }

  #shelfOf(path: string, inputs: number, outputs: number): Shelf {
    let shelf = this.#shelves.get(path)
    if (!shelf) {
      const made = new Shelf(inputs, outputs, this.#rows)
      wrap(
        this.#model,
        (at) => at === path,
        (layer) => new RoutedLinear(layer as RoutedLinear['base'], made),
      )
      this.#shelves.set(path, made)
      shelf = made
    }
    return shelf
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#rows) return
    while (this.#rows < rows) this.#rows *= 2
    for (const shelf of this.#shelves.values()) shelf.grow(this.#rows)
  }

  /** What a run reads whose texts have these adapters. */
  beside(texts: readonly (ServedAdapter | undefined)[], rows: number): Beside | undefined {
    const present = new Set(texts.filter((one) => one !== undefined))
    if (present.size === 0) return undefined
    const rank = 2 ** Math.ceil(Math.log2(Math.max(...[...present].map((one) => one.rank))))
    const used = new Set([...present].flatMap((one) => [...one.rows.keys()]))
    return new Run(texts, rows, rank, used, `, rank ${rank} of ${this.#rows}, layers ${this.#setOf(used)}`)
  }

  #setOf(used: ReadonlySet<Shelf>): number {
    const key = [...this.#shelves].flatMap(([path, shelf]) => (used.has(shelf) ? [path] : [])).join()
    const found = this.#sets.get(key) ?? this.#sets.size
    this.#sets.set(key, found)
    return found
  }
}

/** One run of a program. */
class Run implements Beside {
  readonly #texts: readonly (ServedAdapter | undefined)[]
  readonly #count: number
  readonly #rank: number
  readonly #used: ReadonlySet<Shelf>

  constructor(
    texts: readonly (ServedAdapter | undefined)[],
    count: number,
    rank: number,
    used: ReadonlySet<Shelf>,
    readonly key: string,
  ) {
    this.#texts = texts
    this.#count = count
    this.#rank = rank
    this.#used = used
  }

  trace<T>(make: () => T): { readonly made: T; readonly inputs: readonly Tensor[]; readonly of: readonly object[] } {
    const tracing = new Tracing(this.#count, this.#rank, this.#used)
    return { made: traced(tracing, make), inputs: tracing.inputs, of: tracing.of }
  }

  fill(slots: TypedArray[], from: number, of: readonly object[]): void {
    for (const [i, shelf] of (of as readonly Shelf[]).entries()) {
      slots[from + 3 * i] = shelf.a
      slots[from + 3 * i + 1] = shelf.b
      const which = arrayOf(slots[from + 3 * i + 2]!, 'i32').fill(0)
      for (const [n, adapter] of this.#texts.entries()) which.set(adapter?.rows.get(shelf) ?? [], n * this.#rank)
    }
  }
}
