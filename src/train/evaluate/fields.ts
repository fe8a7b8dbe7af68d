/** Which fields of a batch go where: into the model, to the loss, into the means. */
import { batches } from '../../data/batches.js'
import { Dataset } from '../../data/dataset.js'
import { type Feed, isFeed } from '../../data/feed.js'
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import { Tensor } from '../../tensor/tensor.js'

/** One field, which goes in as it is, or several, which go in as one object by their names. */
export type FieldNames = string | readonly string[]

/** What goes in for these names. */
export type Picked<N extends FieldNames> = N extends readonly (infer K extends string)[] ? Readonly<Record<K, Tensor>> : Tensor
/** The fields that stand in for these names. */
export type NamesIn<N extends FieldNames> = N extends readonly (infer K extends string)[] ? K : N
/** The inputs of a model where none are named: x for one tensor, the names of what it takes apart for an object. */
export type InputsOf<In> = In extends Tensor ? 'x' : readonly (keyof In & string)[]

/** Examples with these fields at least: in memory, or as they come. */
export type Examples<F extends string> = Dataset<F> | Feed<Readonly<Record<F, unknown>>>

/** Examples with the fields for a model's inputs, and those for its loss. */
export type ExamplesFor<I extends FieldNames, T extends FieldNames = never> = NoInfer<Examples<NamesIn<I> | NamesIn<T>>>

/** What of the fields goes where. */
export interface FieldOptions<I extends FieldNames = FieldNames, T extends FieldNames = FieldNames> {
  /**
   * the model's input: a field, or several, which it gets as one object: `inputs: ['image', 'age']` for `forward({ image, age })`.
   * Default: x; where there is none, all fields but target and weight, as an object
   */
  readonly inputs?: I | undefined
  /** what the loss compares with: a field, or several as one object. Default: y */
  readonly target?: T | undefined
  /**
   * a field with a number ≥ 0 for each example, (N), or for each place of it, (N, T): what is averaged counts that much, Σ w·l / Σ w, in loss, accuracy and
   * metrics alike. 2 is an example that comes twice, 0 one that is not there. Default: none, all count alike
   */
  readonly weight?: string | undefined
}

/** The names of these options. */
export const fieldOptions: readonly (keyof FieldOptions)[] = ['inputs', 'target', 'weight']

type Fields = Readonly<Record<string, unknown>>

/** What a traced batch gives to whom. */
export interface View {
  readonly input: unknown
  readonly target: unknown
  readonly weights: Tensor | undefined
  /** every field, by name */
  readonly batch: Fields
}

// what a batch says of itself
const own = ['indices', 'size']

/** Where the fields of batches with these names go. */
export class Roles {
  readonly #inputs: FieldNames
  readonly #target: FieldNames | undefined
  readonly #weight: string | undefined
  readonly #wanted: readonly string[]
  readonly #byDefault: boolean

  /**
   * `where` is who asks, `names` what there is. `measured` says whether there must be a target, `all` whether the loss looks at the whole batch.
   * Throws HebbError, naming the fields there are, for one that is missing.
   */
  constructor(
    private readonly where: string,
    names: readonly string[],
    { inputs, target, weight }: FieldOptions,
    { measured = true, all = false }: { readonly measured?: boolean | undefined; readonly all?: boolean | undefined } = {},
  ) {
    const fields = names.filter((name) => !own.includes(name))
    const others = fields.filter((name) => !namesOf(target ?? 'y').includes(name) && name !== weight)
    this.#byDefault = inputs === undefined && !fields.includes('x')
    this.#inputs = inputs ?? (this.#byDefault ? others : 'x')
    this.#target = measured ? (target ?? 'y') : undefined
    this.#weight = measured ? weight : undefined
    const named = [...namesOf(this.#inputs), ...namesOf(this.#target ?? []), ...(this.#weight === undefined ? [] : [this.#weight])]
    const missing = [...new Set(named)].filter((name) => !fields.includes(name))
    const lacking = missing.length > 0 && this.#byDefault ? ['x', ...missing] : missing
    if (lacking.length > 0 || namesOf(this.#inputs).length === 0)
      throw new HebbError(
        `${where}: the data has the fields ${fields.join(', ')}, but no ${lacking.length > 0 ? lacking.join(' and no ') : 'input'}: rename columns, as data.rename({ image: 'x', label: 'y' }) does, or name the fields, { inputs: ['image', 'age'], target: 'label' }`,
      )
    this.#wanted = [...new Set([...named, ...(all ? fields : [])])]
  }

  /** The fields of a batch that a program needs. */
  pick(batch: Fields): Fields {
    const picked: Record<string, unknown> = {}
    for (const name of this.#wanted) picked[name] = batch[name]
    return picked
  }

  /** What of the picked fields goes where. */
  view(batch: Fields): View {
    const weights = this.#weight === undefined ? undefined : batch[this.#weight]
    if (weights !== undefined && !(weights instanceof Tensor && weights.rank > 0))
      throw new HebbError(`${this.where}: the field ${this.#weight} holds no weights: give a tensor with a number for each example`)
    return {
      input: chosen(batch, this.#inputs),
      target: this.#target === undefined ? undefined : chosen(batch, this.#target),
      weights,
      batch,
    }
  }

  #planned<Out>(output: Out): Out {
    if (output === undefined || output === null)
      throw new HebbError(`${this.where}: the model's forward gives ${kindOf(output)}: let it return its output`)
    if (!(output instanceof Promise)) return output
    output.catch(() => {})
    throw new HebbError(`${this.where}: the model's forward is async: its tensors are plans, which need no await, so leave async away`)
  }

  /** What `forward` gives for the input. Where it was not made for the object it gets by default, the error says so. */
  forward<Out>(model: { forward(input: never): Out }, input: unknown): Out {
    try {
      return this.#planned(model.forward(input as never))
    } catch (error) {
      if (!(this.#byDefault && error instanceof TypeError)) throw error
      const names = namesOf(this.#inputs)
      throw new HebbError(
        `${this.where}: there is no field x, so forward got an object of ${names.join(', ')}, and failed: ${error.message}. Take it apart, forward({ ${names.join(', ')} }), or name the field for it, { inputs: '${names[0]}' }`,
        { cause: error },
      )
    }
  }
}

/** The roles of the fields of batches, found at the first of them. */
export function rolesOf(where: string, options: FieldOptions, needs: ConstructorParameters<typeof Roles>[3]): (batch: Fields) => Roles {
  let known: Roles | undefined
  return (batch) => {
    known ??= new Roles(where, Object.keys(batch), options, needs)
    return known
  }
}

const namesOf = (names: FieldNames): readonly string[] => (typeof names === 'string' ? [names] : names)

const chosen = (batch: Fields, names: FieldNames): unknown =>
  typeof names === 'string' ? batch[names] : Object.fromEntries(names.map((name) => [name, batch[name]]))

/** How many examples a batch holds: what it says, or the length of its first tensor that has one. */
export function sizeOfBatch(batch: Fields): number {
  if (typeof batch.size === 'number') return batch.size
  const first = (value: unknown): number | undefined => {
    if (value instanceof Tensor) return value.shape[0]
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
    for (const inner of Object.values(value)) {
      const found = first(inner)
      if (found !== undefined) return found
    }
    return undefined
  }
  return first(batch) ?? 1
}

/** How a set in memory becomes a feed where nothing else is said. */
export interface Batching {
  readonly batchSize?: number | undefined
  readonly shuffle?: boolean | undefined
  readonly dropLast?: boolean | undefined
}

const learning = ['fit', 'lrFind']

/** A set or a feed as a feed whose batches may be written over. Throws HebbError for what is neither, for an empty set, and for a batch size of a feed. */
export function feedOf(where: string, data: unknown, batching: Batching, size: number): Feed<Fields> {
  const { batchSize, ...order } = batching
  if (data instanceof Dataset) {
    if (data.length === 0)
      throw new HebbError(`${where}: the data set is empty: there is nothing to ${learning.includes(where) ? 'learn from' : 'measure'}`)
    const of = batchSize ?? size
    return {
      get length() {
        return batches(data, of, order).length
      },
      batches: (pass = {}) => batches(data, of, { ...order, ...pass, reuse: true }),
    }
  }
  if (!isFeed(data))
    throw new HebbError(
      `${where}: the data is ${data === undefined ? 'missing' : kindOf(data)}, not a data set: make one, dataset({ x, y }), or a feed`,
    )
  for (const name of ['batchSize', 'dropLast'] as const)
    if (batching[name] !== undefined && batching[name] !== false)
      throw new HebbError(
        `${where}: ${name} is for data sets: a feed makes its own batches, as datasetFeed(data, 32, { dropLast: true }) does`,
      )
  return data as Feed<Fields>
}

/** Throws HebbError unless `data` is a set or a feed, and a set has the fields that are asked for. */
export function requireFields(where: string, data: unknown, options: FieldOptions): void {
  feedOf(where, data, {}, 1)
  if (data instanceof Dataset) new Roles(where, data.fields, options)
}
