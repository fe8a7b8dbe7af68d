/** A model as an ONNX file that any runtime opens, with as many free sizes as the model bears. */

import { writeAtomic } from '../../files/files.js'
import { placeholder } from '../../graph/leaf.js'
import type { Emit } from '../../graph/op.js'
import { initialize } from '../../nn/initialize.js'
import type { Layer } from '../../nn/module.js'
import { trace } from '../../nn/scope.js'
import { lower } from '../../runtime/onnx/lower.js'
import type { Dtype } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { beyond, corners, type FreeSize, isConstant, type Polynomial, polynomialsOf, showSize, writeIntegers } from './freeSizes.js'

/** Sizes of an axis each; a name leaves one free, and the same name is the same size everywhere: `[3, 'Y', 'X']`. */
export type ExportShape = readonly (number | string)[]

/** What the exported file looks like. */
export interface ExportOptions {
  /**
   * shape of one row of the input, without the batch axis; or, for a model that takes an object, a shape, or a shape and a dtype, for each of its inputs:
   * `{ image: [3, 'Y', 'X'], age: { shape: [], dtype: 'i32' } }`
   */
  readonly input: ExportShape | Readonly<Record<string, ExportShape | { readonly shape: ExportShape; readonly dtype?: Dtype | undefined }>>
  /** dtype of the inputs that have none of their own. Default f32 */
  readonly dtype?: Dtype | undefined
  /** 'dynamic' (default) leaves the batch size N free; a number fixes it */
  readonly batch?: number | 'dynamic' | undefined
  /** names in the file of a single input and a single output, default x and logits; several have their own */
  readonly names?: { readonly input?: string | undefined; readonly output?: string | undefined } | undefined
  /** two sizes for a free one that the model is traced at, for models that need multiples: `{ Y: [32, 64] }`. Default: small primes */
  readonly probes?: Readonly<Record<string, readonly [number, number]>> | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/**
 * Writes the model's forward pass, in evaluation mode, as ONNX with standard operators only (opset 21): input `x` (N, …), output `logits` (N, …), or those
 * of an object by name. Besides N every size may be free that a name stands for. The model is traced at two sizes of each and once more: every integer of
 * the graph must be a sum of products of the free sizes, such as N·T or 2T + 1, and everything else the same.
 * Throws HebbError where the graph depends on a free size in another way; then give a number for it.
 *
 * @example await exportOnnx(model, 'mnist.onnx', { input: [1, 28, 28] })
 * @example await exportOnnx(encoder, 'encoder.onnx', { input: ['T'], dtype: 'i32' })
 */
export async function exportOnnx<In, Out>(model: Layer<readonly [In], Out>, path: string, options: ExportOptions): Promise<void> {
  await writeAtomic(path, onnxBytes(model, options))
}

type Ints = (values: readonly number[], e: Emit) => string | undefined

interface Port {
  readonly name: string
  readonly shape: ExportShape
  readonly dtype: Dtype
}

/** The bytes `exportOnnx` writes. */
export function onnxBytes<In, Out>(model: Layer<readonly [In], Out>, options: ExportOptions): Uint8Array {
  initialize(model)
  const inputs = inputsOf(options)
  const plan = { inputs, free: freeOf(inputs, options), options }
  try {
    return freeBytes(model, { ...plan, means: false })
  } catch (error) {
    // a mean over a free axis holds its size: as a node of its own it does not
    if (!(error instanceof FollowsSize)) throw error
    return freeBytes(model, { ...plan, means: true })
  }
}

/** A number in the graph, none of a shape, follows a free size. */
class FollowsSize extends HebbError {}

interface Plan {
  readonly inputs: readonly Port[]
  readonly free: readonly FreeSize[]
  readonly options: ExportOptions
  /** whether means are nodes of their own */
  readonly means: boolean
}

function freeBytes<In, Out>(model: Layer<readonly [In], Out>, plan: Plan): Uint8Array {
  const { free } = plan
  const write = (sizes: readonly number[], ints?: Ints, told?: Told): Uint8Array => writeAt(model, plan, { sizes, ints, told })
  if (free.length === 0) return write([])
  // the same model traced at several sizes: integers that differ follow from them
  const [first, ...others] = corners(free).map((sizes) => integersAt(write, sizes))
  const last = integersAt(write, beyond(free))
  for (const [i, other] of [...others, last].entries()) {
    const differing = i < others.length ? free.filter((_, k) => (((i + 1) >> k) & 1) === 1) : free
    const names = differing.map(({ name }) => name).join(' and ')
    if (other.lists.length !== first!.lists.length || other.lists.some((list, k) => list.length !== first!.lists[k]!.length))
      throw new HebbError(`exportOnnx: the graph itself changes with the ${sizeNamed(names)}: give ${cure(names)}`)
    if (other.rest.length !== first!.rest.length || other.rest.some((byte, k) => byte !== first!.rest[k]))
      throw new FollowsSize(
        `exportOnnx: the graph holds numbers that follow the ${sizeNamed(names)}, as one over their number does: give ${cure(names)}`,
      )
  }
  const all = [first!, ...others]
  const solved = first!.lists.map((_, k) =>
    polynomialsOf(
      all.map(({ lists }) => lists[k]!),
      last.lists[k]!,
      free,
    ),
  )
  const shapes = first!.outputs.map((_, k) =>
    polynomialsOf(
      all.map(({ outputs }) => outputs[k]!),
      last.outputs[k]!,
      free,
    ).map((size) => showSize(size, free)),
  )
  let next = 0
  const ints: Ints = (_, e) => {
    const list: readonly Polynomial[] = solved[next++]!
    return list.every(isConstant) ? undefined : writeIntegers(list, free, e)
  }
  return write(
    free.map(({ probes }) => probes[0]),
    ints,
    { shapes },
  )
}

const sizeNamed = (names: string): string => (names === 'N' ? 'batch size' : `size ${names}`)
const cure = (names: string): string => (names === 'N' ? '{ batch: n }' : `a number for ${names}`)

/** What is told of the shapes of outputs, none where they are compared by themselves, and what is found of them. */
interface Told {
  readonly shapes?: readonly ExportShape[] | 'none' | undefined
  found?: readonly (readonly number[])[] | undefined
}

function writeAt<In, Out>(
  model: Layer<readonly [In], Out>,
  { inputs, free, options, means }: Plan,
  { sizes, ints, told = {} }: { sizes: readonly number[]; ints: Ints | undefined; told: Told | undefined },
): Uint8Array {
  const { batch = 'dynamic', metadata = {}, names = {} } = options
  const size = (axis: number | string): number => (typeof axis === 'number' ? axis : sizes[free.findIndex(({ name }) => name === axis)]!)
  const n = batch === 'dynamic' ? sizes[0]! : batch
  const holders = inputs.map(({ shape, dtype }) => placeholder([n, ...shape.map(size)], dtype))
  const given = isSingle(options.input) ? holders[0]! : Object.fromEntries(inputs.map(({ name }, i) => [name, holders[i]!]))
  const { result } = trace(model, { training: false, exporting: true }, () => model.forward(given as In))
  const outputs = named(result, result instanceof Tensor ? (names.output ?? 'logits') : '')
  for (const [, { shape }] of outputs)
    if (shape[0] !== n)
      throw new HebbError(`exportOnnx: ${n} rows go in and ${showShape(shape)} comes out: give the model one row for each example`)
  told.found = outputs.map(([, { shape }]) => shape)
  const first = batch === 'dynamic' ? 'N' : n
  return lower(
    inputs.map(({ name, shape }, i) => ({ tensor: holders[i]!, name, shape: [first, ...shape] })),
    outputs.map(([name, tensor], i) => ({ tensor, name, shape: told.shapes === 'none' ? [] : (told.shapes?.[i] ?? tensor.shape) })),
    { metadata, means, ints },
  )
}

/** Every list of integers the graph writes at some sizes, in order, the shapes of its outputs, and the model without them. */
function integersAt(
  write: (sizes: readonly number[], ints: Ints, told: Told) => Uint8Array,
  sizes: readonly number[],
): { readonly lists: readonly (readonly number[])[]; readonly outputs: readonly (readonly number[])[]; readonly rest: Uint8Array } {
  const lists: (readonly number[])[] = []
  const told: Told = { shapes: 'none' }
  const rest = write(
    sizes,
    (values, e) => {
      lists.push(values)
      return e.constant(new BigInt64Array(1), [1], 'i64')
    },
    told,
  )
  return { lists, outputs: told.found!, rest }
}

const isSingle = (input: unknown): input is ExportShape => Array.isArray(input)

function inputsOf({ input, dtype = 'f32', names = {} }: ExportOptions): Port[] {
  if (isSingle(input)) return [{ name: names.input ?? 'x', shape: input, dtype }]
  const ports = Object.entries(input).map(([name, given]) => {
    if (isSingle(given)) return { name, shape: given, dtype }
    return { name, shape: given.shape, dtype: given.dtype ?? dtype }
  })
  if (ports.length === 0) throw new HebbError('exportOnnx: input is an object without fields: give a shape for each input of the model')
  return ports
}

const primes = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41]

/** The free sizes, N first, each with a place where it can be read. */
function freeOf(inputs: readonly Port[], { batch = 'dynamic', probes = {} }: ExportOptions): FreeSize[] {
  const found: FreeSize[] = []
  const add = (name: string, input: string, axis: number): void => {
    if (found.some((size) => size.name === name)) return
    const pair = probes[name] ?? ([primes[2 * found.length]!, primes[2 * found.length + 1]!] as const)
    const [a, b] = pair
    if (!(Number.isInteger(a) && Number.isInteger(b) && a > 0 && b > 0 && a !== b))
      throw new HebbError(`exportOnnx: the probes of ${name} are ${pair.join(' and ')}: give two different sizes of at least 1`)
    found.push({ name, probes: [Math.min(a, b), Math.max(a, b)], input, axis })
  }
  if (batch === 'dynamic') add('N', inputs[0]!.name, 0)
  for (const { name: input, shape } of inputs)
    shape.forEach((axis, i) => {
      if (axis === 'N') throw new HebbError('exportOnnx: N is the batch size, which comes first by itself: leave it out of { input }')
      if (typeof axis === 'string') add(axis, input, i + 1)
    })
  if (found.length > 5)
    throw new HebbError(`exportOnnx: ${found.length} free sizes (${found.map(({ name }) => name).join(', ')}): give numbers for all but 5`)
  const strange = Object.keys(probes).find((name) => !found.some((size) => size.name === name))
  if (strange !== undefined) throw new HebbError(`exportOnnx: there are probes for ${strange}, which no input leaves free`)
  return found
}

/** The tensors of a result by their path of names. */
function named(result: unknown, name: string): [string, Tensor][] {
  if (result instanceof Tensor) return [[name, result]]
  if (typeof result !== 'object' || result === null)
    throw new HebbError(`exportOnnx: the model gives ${String(result)}: give a tensor, or an object of tensors`)
  return Object.entries(result).flatMap(([key, inner]) => named(inner, name === '' ? key : `${name}.${key}`))
}
