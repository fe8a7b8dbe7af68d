/** A model's answers. */
import { Dataset } from '../../data/dataset.js'
import { isFeed } from '../../data/feed.js'
import type { Layer } from '../../nn/module.js'
import { BoundProgram } from '../../runtime/bound.js'
import { allocate, type TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import type { Form } from '../../tensor/form.js'
import { checkOptions, kindOf } from '../../tensor/options.js'
import { type Shape, sizeOf } from '../../tensor/shape.js'
import { fromData, Tensor } from '../../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../../tensor/tree.js'
import { type ExamplesFor, type FieldNames, feedOf, type InputsOf, type Roles, rolesOf } from './fields.js'
import { withProgram } from './modelProgram.js'
import { readings, traced } from './read.js'
import type { AnyModel } from './reported.js'

/** How a model is asked. */
export interface PredictOptions<I extends FieldNames = FieldNames> {
  /** rows at a time, of tensors and data sets; default 256 */
  readonly batchSize?: number | undefined
  /** the model's input among the fields, as in `fit`: default x, or all fields but y as one object where there is none */
  readonly inputs?: I | undefined
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The model's outputs, in evaluation mode, for a tensor (N, …), an object of such, a data set or a feed: a tensor with a row for each example, or, where the
 * model gives an object, an object of these. They stand in the order of the examples, also where a feed shuffles them. The model is compiled once for each
 * form of batch, and again where it has changed.
 * Throws HebbError when there are no rows, or the model joins examples so that its output has not one row for each.
 *
 * @example const probabilities = (await predict(model, test)).softmax()
 * @example const { price, days } = await predict(model, { image, age })
 */
export async function predict<In, Out extends Tree = Tensor, const I extends FieldNames = InputsOf<In>>(
  model: Layer<readonly [In], Out>,
  inputs: NoInfer<In> | ExamplesFor<I>,
  options: PredictOptions<I> = {},
): Promise<Out> {
  checkOptions('predict', options, ['batchSize', 'inputs'])
  const asked = askedOf(inputs, options)
  const leaves: { readonly like: Tensor; readonly rows: TypedArray[] }[] = []
  const order: number[] = []
  let output: Tree | undefined
  let numbered = true
  for await (const { batch, roles, form, values, size } of readings('predict', asked.batches, asked.roles)) {
    await withProgram(
      model,
      `predict ${JSON.stringify(options.inputs ?? null)} ${size} ${form.key}`,
      [],
      () => program(model as AnyModel, form, size, roles),
      async ({ bound, result, outputs }) => {
        for (const [i, v] of values.entries()) bound.set(i, v)
        await bound.run()
        for (const [i, like] of outputs.entries()) {
          leaves[i] ??= { like, rows: [] }
          if (String(leaves[i].like.shape.slice(1)) !== String(like.shape.slice(1)))
            throw new HebbError(
              `predict: the rows of one batch are (${leaves[i].like.shape.slice(1).join(', ')}) and of another (${like.shape.slice(1).join(', ')}): make the model's output of one size, or ask batch by batch`,
            )
          leaves[i].rows.push(bound.take(i))
        }
        output = result
      },
    )
    const { indices } = batch
    if (indices instanceof Int32Array) for (const i of indices) order.push(i)
    else numbered = false
  }
  if (!output) throw new HebbError('predict: there are no rows to predict for')
  const places = numbered ? placesOf(order) : undefined
  return rebuild(
    output,
    leaves.map(({ like, rows }) => joined(rows, like, places)),
  ) as Out
}

/** The batches, and where their fields go. */
function askedOf(
  inputs: unknown,
  options: PredictOptions,
): { batches: AsyncIterable<Fields> | Iterable<Fields>; roles: (fields: Fields) => Roles } {
  const { batchSize = 256 } = options
  const named = rolesOf('predict', options, { measured: false })
  if (inputs instanceof Tensor) return { batches: pieces({ x: inputs }, batchSize), roles: rolesOf('predict', {}, { measured: false }) }
  if (inputs instanceof Dataset) {
    named(inputs.columns)
    if (inputs.length === 0) return { batches: [], roles: named }
  }
  if (inputs instanceof Dataset || isFeed(inputs)) {
    const feed = feedOf('predict', inputs, { batchSize: options.batchSize, shuffle: false }, batchSize)
    return { batches: feed.batches(), roles: named }
  }
  const fields = typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs) ? Object.entries(inputs) : []
  if (fields.length === 0 || fields.some(([, t]) => !(t instanceof Tensor)))
    throw new HebbError(`predict: the inputs are ${kindOf(inputs)}: give a tensor, an object of tensors, a data set or a feed`)
  const roles = rolesOf('predict', { inputs: Object.keys(inputs as object) }, { measured: false })
  return { batches: pieces(inputs as Readonly<Record<string, Tensor>>, batchSize), roles }
}

/** Tensors some rows at a time. */
async function* pieces(tensors: Readonly<Record<string, Tensor>>, size: number): AsyncGenerator<Fields> {
  const all = await Promise.all(Object.entries(tensors).map(async ([name, t]) => ({ name, t, data: await t.data() })))
  const counts = all.map(({ t }) => t.shape[0] ?? 1)
  const count = counts[0]!
  if (counts.some((n) => n !== count))
    throw new HebbError(`predict: the inputs have not as many rows: ${all.map(({ name }, i) => `${name} ${counts[i]}`).join(', ')}`)
  for (let i = 0; i < count; i += size) {
    const n = Math.min(size, count - i)
    const cut = all.map(({ name, t, data }) => {
      const rest = t.shape.slice(1)
      const width = sizeOf(rest)
      return [name, fromData(data.subarray(i * width, (i + n) * width) as TypedArray, [n, ...rest], t.dtype)]
    })
    yield Object.fromEntries(cut) as Fields
  }
}

/** The model traced for batches of one form. */
function program(
  model: AnyModel,
  form: Form,
  size: number,
  roles: Roles,
): { readonly bound: BoundProgram; readonly result: Tree; readonly outputs: readonly Tensor[] } {
  const { holders, result } = traced(model, form, (fields) => roles.forward(model, roles.view(fields).input) as Tree)
  const outputs = leavesOf(result)
  for (const { shape } of outputs)
    if (shape[0] !== size)
      throw new HebbError(
        `predict: ${size} rows went in and ${shape[0] ?? 'a single number'} came out: give the model one row for each example`,
      )
  return { bound: new BoundProgram(holders, outputs), result, outputs }
}

/** Where each row belongs, when they came in another order; undefined when they stand right, or are no whole set. */
function placesOf(order: readonly number[]): readonly number[] | undefined {
  if (order.every((i, at) => i === at)) return undefined
  const seen = new Set(order)
  return seen.size === order.length && order.every((i) => i >= 0 && i < order.length) ? order : undefined
}

/** Rows one after the other, or each at its place. */
function joined(parts: readonly TypedArray[], { shape, dtype }: Tensor, places: readonly number[] | undefined): Tensor {
  const row: Shape = shape.slice(1)
  if (parts.length === 1 && !places) return fromData(parts[0]!, shape, dtype)
  const width = sizeOf(row)
  const all = allocate(
    dtype,
    parts.reduce((n, r) => n + r.length, 0),
  )
  let at = 0
  for (const part of parts) {
    if (!places) all.set(part as never, at)
    else
      for (let i = 0; i * width < part.length; i++)
        all.set(part.subarray(i * width, (i + 1) * width) as never, places[at / width + i]! * width)
    at += part.length
  }
  return fromData(all, [width === 0 ? 0 : all.length / width, ...row], dtype)
}
