/** A data set in memory: fields side by side, each one typed array over all examples. */
import { type Dtype, joined } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { type ColumnLike, columnsFrom } from './build.js'
import { type Column, type Columns, checkColumn, countOf, showColumn, sliceColumn, strideOf } from './column.js'
import { type Example, fieldOf, type NewValue, packValues } from './example.js'
import { type Columnar, gatherColumn } from './gather.js'
import { cutsOf, range, shuffled, stratified } from './order.js'

/** Fields after renaming. */
export type Renamed<F extends string, M> = F extends keyof M ? (M[F] extends string ? M[F] : F) : F

/** How `split` cuts: `seed` for the shuffle before it (0), `shuffle: false` to cut in order, `stratify` a field whose classes every part gets in proportion. */
export interface SplitOptions<F extends string> {
  readonly seed?: number | undefined
  readonly shuffle?: boolean | undefined
  readonly stratify?: F | undefined
}

/** a greater number is no class: counting up to it would fill the memory */
const mostClassId = 2 ** 24
// names a batch uses for itself
const reserved = ['indices', 'size']

/**
 * Examples in columns. Never changes: every method gives a new set, and those that pick a run of examples
 * (`take`, `skip`, `slice`) share its memory.
 */
export class Dataset<F extends string = string> implements Columnar<F> {
  /** number of examples */
  readonly length: number
  readonly columns: Columns<F>
  /** names of the class ids in y, if it holds classes */
  readonly classes?: readonly string[]

  /** From finished columns; `dataset()` takes arrays. Throws when columns differ in length or do not hold what they say. */
  constructor(columns: Columns<F>, options: { readonly classes?: readonly string[] | undefined } = {}) {
    const names = Object.keys(columns) as F[]
    if (names.length === 0) throw new HebbError('dataset: no columns: give at least one, dataset({ x, y })')
    for (const name of names) {
      if (reserved.includes(name)) throw new HebbError(`dataset: a column cannot be called ${name}: batches use that name`)
    }
    const checked = Object.fromEntries(names.map((name) => [name, checkColumn(name, columns[name])])) as Columns<F>
    const counts = names.map((name) => countOf(checked[name]))
    if (counts.some((n) => n !== counts[0]))
      throw new ShapeError(`dataset: columns differ in length: ${names.map((name, i) => `${name} has ${counts[i]} examples`).join(', ')}`)
    this.length = counts[0]!
    this.columns = checked
    if (options.classes) this.classes = options.classes
  }

  /** Names of the columns: those of F, and others where the set stands where fewer are asked for. */
  get fields(): string[] {
    return Object.keys(this.columns)
  }

  /** The first n examples. */
  take(n: number): Dataset<F> {
    return this.slice(0, n)
  }
  /** All but the first n examples. */
  skip(n: number): Dataset<F> {
    return this.slice(n)
  }
  /** Examples start … end-1, as arrays slice: negative counts from the end. Shares memory. */
  slice(start = 0, end = this.length): Dataset<F> {
    const at = (i: number): number => Math.min(Math.max(i < 0 ? this.length + i : i, 0), this.length)
    return this.#each((column) => sliceColumn(column, at(start), Math.max(at(end), at(start))))
  }
  /** The examples at `indices`, in that order; one may come several times. Copies. */
  select(indices: ArrayLike<number>): Dataset<F> {
    for (let i = 0; i < indices.length; i++)
      if (!Number.isInteger(indices[i]) || indices[i]! < 0 || indices[i]! >= this.length)
        throw new HebbError(`select: there is no example ${indices[i]}: the set has ${this.length}, counted from 0`)
    return this.#each((column, name) => copyOf(name, column, indices))
  }
  /** All examples in an order decided by the seed. */
  shuffle(seed = 0): Dataset<F> {
    return this.select(shuffled(this.length, seed, 'dataset'))
  }
  /** The examples for which `keep` says true. */
  filter(keep: (example: Example<F>, index: number) => boolean): Dataset<F> {
    return this.select(range(0, this.length).filter((i) => keep(this.example(i), i)))
  }
  /**
   * Parts of the set, shuffled first: `split(0.9)` is 90 % and the rest, `split(50_000)` that many and the rest,
   * `split([0.8, 0.1, 0.1])` and `split([50_000, 10_000])` parts that cover the set.
   */
  split(parts: number, options?: SplitOptions<F>): [Dataset<F>, Dataset<F>]
  split(parts: readonly number[], options?: SplitOptions<F>): Dataset<F>[]
  split(parts: number | readonly number[], { seed = 0, shuffle = true, stratify }: SplitOptions<F> = {}): Dataset<F>[] {
    const cuts = cutsOf(this.length, parts)
    if (!shuffle && stratify === undefined) return cuts.map((cut, i) => this.slice(cuts[i - 1] ?? 0, cut))
    const order = shuffle ? shuffled(this.length, seed, 'split') : range(0, this.length)
    const final = stratify === undefined ? order : stratified(order, this.#classIdsOf(stratify, 'split'))
    return cuts.map((cut, i) => this.select(final.subarray(cuts[i - 1] ?? 0, cut)))
  }

  /** One example as plain numbers, as a batch would hold them. Negative counts from the end. */
  example(index: number): Example<F> {
    const i = index < 0 ? this.length + index : index
    if (!Number.isInteger(i) || i < 0 || i >= this.length)
      throw new HebbError(`example: there is no example ${index}: the set has ${this.length}, counted from 0`)
    return Object.fromEntries(namesOf(this.columns).map((name) => [name, fieldOf(this.columns[name], i)])) as Example<F>
  }
  /** The examples one by one. */
  *[Symbol.iterator](): Iterator<Example<F>> {
    for (let i = 0; i < this.length; i++) yield this.example(i)
  }
  /**
   * A new set made example by example. Numbers keep the dtype, and arrays of the same count the shape, of the field of the same name;
   * new numbers are f32 unless `dtypes` says otherwise. Class names stay while there is a field y.
   */
  map<G extends string>(
    f: (example: Example<F>, index: number) => Record<G, NewValue>,
    {
      dtypes = {},
      classes = this.classes,
    }: { readonly dtypes?: Partial<Record<G, Dtype>> | undefined; readonly classes?: readonly string[] | undefined } = {},
  ): Dataset<G> {
    if (this.length === 0) throw new HebbError('map: the set is empty')
    const rows = Array.from({ length: this.length }, (_, i) => f(this.example(i), i))
    const names = Object.keys(rows[0]!) as G[]
    const before: Readonly<Record<string, Column>> = this.columns
    const columns = names.map((name) => {
      const values = rows.map((row, i) => {
        if (row[name] === undefined) throw new HebbError(`map: field ${name} is in example 0 but not in example ${i}`)
        return row[name]
      })
      return [name, packValues(name, values, { before: before[name], dtype: (dtypes as Readonly<Record<string, Dtype>>)[name] })]
    })
    return new Dataset(Object.fromEntries(columns) as Columns<G>, {
      classes: names.some((name) => (name as string) === 'y') ? classes : undefined,
    })
  }
  /** This set, then the others. Columns must agree in name, shape, dtype and scale, and the classes must be the same. */
  concat(...others: readonly Dataset<F>[]): Dataset<F> {
    const sets = [this, ...others]
    for (const set of others) {
      const [a, b] = [this, set].map((s) =>
        namesOf(s.columns)
          .map((name) => showColumn(name, s.columns[name]))
          .sort()
          .join(', '),
      )
      if (a !== b) throw new DtypeError(`concat: columns differ: ${a} and ${b}`)
      if (String(this.classes) !== String(set.classes))
        throw new HebbError(`concat: classes differ: ${this.classes ?? 'none'} and ${set.classes ?? 'none'}`)
    }
    return this.#each((column, name) => {
      const parts = sets.map((set) => copyOf(name, set.columns[name as F], range(0, set.length)).data)
      return { ...copyOf(name, column, []), data: joined(parts, column.dtype) }
    })
  }

  /** Only the named columns. */
  pick<K extends F>(...fields: readonly K[]): Dataset<K> {
    for (const name of fields) this.#column(name, 'pick')
    const columns = Object.fromEntries(fields.map((name) => [name, this.columns[name]])) as Columns<K>
    return new Dataset(columns, { classes: this.classes })
  }
  /** Columns under new names: `rename({ image: 'x', label: 'y' })`. */
  rename<const M extends Partial<Record<F, string>>>(names: M): Dataset<Renamed<F, M>> {
    for (const name of Object.keys(names) as F[]) this.#column(name, 'rename')
    const renamed = namesOf(this.columns).map((name) => names[name] ?? name)
    if (new Set(renamed).size !== renamed.length) throw new HebbError(`rename: two columns would be called the same: ${renamed.join(', ')}`)
    const columns = Object.fromEntries(namesOf(this.columns).map((name, i) => [renamed[i], this.columns[name]]))
    return new Dataset(columns as Columns<Renamed<F, M>>, { classes: this.classes })
  }
  /** The set with columns added or replaced. */
  with<G extends string>(columns: Readonly<Record<G, ColumnLike>>): Dataset<F | G> {
    const added = dataset(columns)
    return new Dataset<F | G>({ ...this.columns, ...added.columns }, { classes: added.classes ?? this.classes })
  }

  /** How many examples each class id of a field has, by id. */
  classCounts(field: F = 'y' as F): Int32Array {
    const ids = this.#classIdsOf(field, 'classCounts')
    let most = (this.classes?.length ?? 0) - 1
    for (const id of ids) most = Math.max(most, id)
    const counts = new Int32Array(most + 1)
    for (const id of ids) counts[id]!++
    return counts
  }
  /** `Dataset of 60000: x (1, 28, 28) u8 × 0.00392, y () i32; 10 classes` */
  toString(): string {
    const columns = namesOf(this.columns)
      .map((name) => showColumn(name, this.columns[name]))
      .join(', ')
    return `Dataset of ${this.length}: ${columns}${this.classes ? `; ${this.classes.length} classes` : ''}`
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #each(f: (column: Column, name: string) => Column): Dataset<F> {
    const columns = Object.fromEntries(namesOf(this.columns).map((name) => [name, f(this.columns[name], name)])) as Columns<F>
    return new Dataset(columns, { classes: this.classes })
  }
  #column(name: string, use: string): Column {
    const column = (this.columns as Readonly<Record<string, Column>>)[name]
    if (!column) throw new HebbError(`${use}: there is no column ${name}: the set has ${namesOf(this.columns).join(', ')}`)
    return column
  }
  #classIdsOf(field: string, use: string): Int32Array {
    const column = this.#column(field, use)
    if (column.shape.length > 0 || !['i32', 'i64', 'u8', 'bool'].includes(column.dtype) || column.scale !== undefined)
      throw new DtypeError(`${use}: ${showColumn(field, column)} holds no class ids: give a field with one whole number per example`)
    const ids = new Int32Array(this.length)
    for (let i = 0; i < ids.length; i++) {
      const id = column.data[i * strideOf(column)]!
      if (id < 0) throw new HebbError(`${use}: ${field} holds ${id}: class ids start at 0`)
      if (id > mostClassId)
        throw new HebbError(`${use}: ${field} holds ${id}, beyond ${mostClassId}: class ids count from 0 on, one for each class`)
      ids[i] = Number(id)
    }
    return ids
  }
}

const namesOf = <F extends string>(columns: Columns<F>): F[] => Object.keys(columns) as F[]

/** The examples at `indices` packed tightly, bytes staying bytes. */
function copyOf(name: string, column: Column, indices: ArrayLike<number>): Column {
  const { scale, stride: _, ...rest } = column
  const data = gatherColumn(name, { ...rest, stride: strideOf(column) }, indices).data
  return { ...rest, data, scale }
}

/**
 * A data set from arrays: nested arrays (f32 unless booleans), typed arrays (one number per example), `{ data, shape, dtype, scale }`
 * with the shape of one example, or strings, which become i32 class ids of the sorted distinct names.
 * Throws when columns differ in length, are empty or ragged, or do not hold what their dtype says.
 *
 * @example dataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 0) })
 * @example dataset({ x: { data: bytes, shape: [1, 28, 28], scale: 1 / 255 }, y: ['cat', 'dog', 'cat'] })
 */
export function dataset<F extends string>(
  columns: Readonly<Record<F, ColumnLike>>,
  options: { readonly classes?: readonly string[] | undefined } = {},
): Dataset<F> {
  const built = columnsFrom(columns, options.classes)
  const made = new Dataset(built.columns, { classes: built.classes })
  if (made.length === 0) throw new HebbError('dataset: no examples: every column needs at least one')
  return made
}
