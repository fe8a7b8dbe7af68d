/** A tensor: a lazy handle on one output of a graph node. It holds no numbers until someone asks. */
import { type Arrays, allocate, arrayOf, bytesOf, type Dtype, dtypeOfArray, type TypedArray } from './dtype.js'
import type { Given } from './dtypes.js'
import { DtypeError, HebbError, ShapeError } from './errors.js'
import { encode, flatten, type Nested, nest, zerosAndOnes } from './nested.js'
import { type Shape, type Sizes, showShape, sizeOf, sizesOf } from './shape.js'
import { showTensor } from './show.js'

/** Shape and dtype of a value. */
export interface Spec<D extends Dtype = Dtype> {
  readonly shape: Shape
  readonly dtype: D
}

/** Bytes of the values of these shapes and dtypes. */
export const totalBytes = (specs: readonly Spec[]): number =>
  specs.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesOf(dtype), 0)

/** Attributes of a node: plain data, sub-graphs and functions of them. */
export type Attrs = Readonly<Record<string, unknown>>

/**
 * One operation applied to tensors. `inputs` and `values` change only when a computed result takes the place of its history, `attrs` and `outputs`
 * only when further results are asked of it.
 */
export interface Node {
  readonly id: number
  /** name of the primitive; its record lives in the registry of graph/op */
  readonly op: string
  inputs: readonly Tensor[]
  attrs: Attrs
  outputs: readonly Spec[]
  /** the tensors of its outputs, as far as someone has asked for them: one each, so that === tells outputs apart */
  readonly tensors: Tensor[]
  /** results once computed: of every output, or none */
  values?: readonly TypedArray[] | undefined
  /** makes the same result again; given for one large result only, which `data()` then hands over instead of copying it */
  again?: (() => readonly TypedArray[]) | undefined
}

/**
 * Computes tensors; the runtime registers itself here, so that rooms above it need not know it. With `away` large results may come with `again`, as they
 * are to be handed over.
 */
export type Evaluator = (tensors: readonly Tensor[], away?: boolean) => Promise<TypedArray[]>
let evaluator: Evaluator = () => Promise.reject(new HebbError("no runtime is loaded: import from 'hebb', or its 'hebb/runtime'"))
/** Names the function that computes tensors. */
export const setEvaluator = (f: Evaluator): void => {
  evaluator = f
}

let nextId = 0

/** Nodes made from now on have this id or a larger one. */
export const nodeMark = (): number => nextId

/** Makes a node; use the ops instead. */
export const makeNode = (op: string, inputs: readonly Tensor[], attrs: Attrs, outputs: readonly Spec[]): Node => ({
  id: nextId++,
  op,
  inputs,
  attrs,
  outputs,
  tensors: [],
})

/** What a tensor can be put through. */
type Step<Out extends Tensor = Tensor> = ((x: Tensor) => Out) | { forward(x: Tensor): Out }

/**
 * A grid of numbers of one dtype, known by shape, computed when `data()`, `array()` or `item()` is awaited.
 * Every op is a function and a method: `add(x, y)` and `x.add(y)` are the same.
 *
 * `Tensor` alone is a tensor of any dtype; `Tensor<'f32'>` says which, and `data()` then gives its array, a Float32Array. Methods say what dtype they
 * give; where the compiler does not know it, `cast` tells it, at no cost where it is the one already.
 */
export class Tensor<out D extends Dtype = Dtype> {
  constructor(
    readonly node: Node,
    /** which output of the node */
    readonly index = 0,
  ) {
    if (node.tensors[index])
      throw new HebbError(`output ${index} of this ${node.op} has a tensor already: take it from tensorOf(node, index)`)
    node.tensors[index] = this
  }

  /** sizes per axis */
  get shape(): Shape {
    return this.node.outputs[this.index]!.shape
  }
  get dtype(): D {
    return this.node.outputs[this.index]!.dtype as D
  }
  /** number of axes */
  get rank(): number {
    return this.shape.length
  }
  /**
   * The sizes of the axes by letters, one word an axis: a letter that comes twice is one size, a number is that size, `_` is any. Throws ShapeError,
   * which begins with `what`, where the shape is another.
   *
   * @example const { N, T } = x.sizes('N T 3') // of a tensor (8, 20, 3): N 8, T 20
   */
  sizes<const S extends string>(letters: S, what = 'sizes'): Sizes<S> {
    return sizesOf(this.shape, this.dtype, letters, what)
  }
  /** number of elements */
  get size(): number {
    return sizeOf(this.shape)
  }
  /** the result, if it is already there */
  get value(): Arrays[D] | undefined {
    return this.node.values?.[this.index] as Arrays[D] | undefined
  }

  /** The numbers in row-major order, as the caller's own: writing into them changes no tensor. The graph is computed once. */
  async data(): Promise<Arrays[D]> {
    const { node, index } = this
    const numbers = this.value ?? (await numbersOf(this, true))
    return (node.again ? handOver(node)[index]! : numbers.slice()) as Arrays[D]
  }
  /** The numbers as nested arrays of the tensor's shape (a plain number for a scalar). */
  async array(): Promise<Nested> {
    return nest(this.value ?? (await numbersOf(this)), this.shape, this.dtype)
  }
  /** The only number of a one-element tensor: 1 or 0 of a bool, the nearest double of an i64. Throws ShapeError when there are more. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(`item: a tensor ${showShape(this.shape)} has ${this.size} elements, not 1: use data() or array()`)
    const value = await this.array()
    return Number(Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY)[0] : value)
  }
  /** Throws HebbError: a tensor is a plan, and its numbers have to be awaited before they can be written down. */
  toJSON(): never {
    throw new HebbError(
      `a tensor ${showShape(this.shape)} ${this.dtype} is no JSON: write down its numbers, await x.array() or await x.item()`,
    )
  }
  /** Applies functions and layers left to right: `x.pipe(f, g)` is `g(f(x))`. */
  pipe<Out extends Tensor>(...steps: readonly [...Step[], Step<Out>]): Out
  pipe(...steps: readonly Step[]): Tensor
  pipe(...steps: readonly Step[]): Tensor {
    let x: Tensor = this
    for (const step of steps) x = typeof step === 'function' ? step(x) : step.forward(x)
    return x
  }
  /** Shape, dtype and, once computed, the numbers (long ones shortened). */
  toString(): string {
    return showTensor(this.value, this.shape, this.dtype, this.node.op)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  /** A tensor is no number: `x * 2` would be NaN without a word. Throws HebbError but for text. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw new HebbError(
      `a tensor ${showShape(this.shape)} ${this.dtype} is no number that JavaScript's operators could compute with: write x.add(y), x.mul(2), x.greater(0)`,
    )
  }
}

const numbersOf = async (t: Tensor, away = false): Promise<TypedArray> => (await evaluator([t], away))[0]!

/** Gives a node's result away; who reads it again makes it again. */
function handOver(node: Node): readonly TypedArray[] {
  const { values, again } = node
  delete node.again
  const hold = (value: readonly TypedArray[] | undefined): void => {
    Object.defineProperty(node, 'values', { value, writable: true, configurable: true, enumerable: true })
  }
  Object.defineProperty(node, 'values', {
    configurable: true,
    enumerable: true,
    get: () => {
      const made = again!()
      hold(made)
      return made
    },
    set: hold,
  })
  return values!
}

/** A tensor that holds `data`, which nobody writes into any more; the array is used, not copied. */
export function fromData<D extends Dtype>(data: TypedArray, shape: Shape, dtype: D): Tensor<D> {
  if (data.length !== sizeOf(shape))
    throw new ShapeError(`tensor: ${data.length} numbers do not fill shape ${showShape(shape)}, which has ${sizeOf(shape)}`)
  const node = makeNode('constant', [], {}, [{ shape: [...shape], dtype }])
  node.values = [dtype === 'bool' ? zerosAndOnes(arrayOf(data, 'bool')) : data]
  return new Tensor(node)
}

/** Whether a tensor, or what is said of one, holds no element. */
export const isEmpty = ({ shape }: Pick<Spec, 'shape'>): boolean => shape.includes(0)

/** The tensor of an empty shape. */
export const emptyTensor = <D extends Dtype>({ shape, dtype }: Spec<D>): Tensor<D> => fromData(allocate(dtype, 0), shape, dtype)

/** What `tensor` accepts: a number, nested arrays, or a typed array. */
export type TensorLike = number | bigint | boolean | Nested | TypedArray

/**
 * A tensor over memory of the caller's, read in place whenever something is computed from it: no copy, and what is written into the memory later shows
 * in whatever is computed later. It must not be transferred, resized or written to while something is computed; memory that went away
 * before is an error then. `dtype` defaults to what the array holds, `shape` to its length.
 * Throws ShapeError when the numbers do not fill `shape`, DtypeError when the array cannot hold `dtype` as it is.
 *
 * @example fromMemory(new Float32Array(file.buffer, 64, 6), { shape: [2, 3] })
 */
export function fromMemory<A extends TypedArray, D extends Dtype = Given<A>>(
  array: A,
  options: { shape?: Shape | undefined; dtype?: D | undefined } = {},
): Tensor<D> {
  const dtype = options.dtype ?? (dtypeOfArray(array) as D)
  if (allocate(dtype, 0).constructor !== array.constructor)
    throw new DtypeError(`fromMemory: a ${array.constructor.name} is not how ${dtype} is held: use tensor(array, { dtype }), which copies`)
  const t = fromData(array, options.shape ?? [array.length], dtype)
  if ((t.value as TypedArray | undefined) !== array)
    throw new DtypeError('fromMemory: a bool is a byte of 0 or 1, and this array holds others: use tensor(array, { dtype })')
  t.node.attrs = { borrowed: true }
  return t
}

/**
 * A tensor from numbers, nested arrays, or a typed array, copied.
 * `dtype` defaults to f32 for numbers, bool for booleans, i64 for bigints, and to what a typed array holds.
 * Throws ShapeError when rows differ in length or the numbers do not fill `shape`.
 *
 * @example tensor([[1, 2], [3, 4]]).shape // [2, 2]
 */
export function tensor<V extends TensorLike, D extends Dtype = Given<V>>(
  value: V,
  options?: { shape?: Shape | undefined; dtype?: D | undefined },
): Tensor<D>
export function tensor(value: TensorLike, options: { shape?: Shape | undefined; dtype?: Dtype | undefined } = {}): Tensor {
  if (ArrayBuffer.isView(value)) {
    const dtype = options.dtype ?? dtypeOfArray(value)
    const shape = options.shape ?? [value.length]
    const natural = allocate(dtype, 0).constructor === value.constructor
    if (!natural) return fromData(encode(Array.from(value as Iterable<number | bigint>), dtype), shape, dtype)
    return fromData(value.slice(), shape, dtype)
  }
  const { values, shape } = flatten(value)
  const first = values[0]
  const dtype = options.dtype ?? (typeof first === 'boolean' ? 'bool' : typeof first === 'bigint' ? 'i64' : 'f32')
  return fromData(encode(values, dtype), options.shape ?? shape, dtype)
}

/** The tensor of one output of a node: always the same one. */
export const tensorOf = (node: Node, index = 0): Tensor => node.tensors[index] ?? new Tensor(node, index)

/** All outputs of a node. */
export const outputsOf = (node: Node): Tensor[] => node.outputs.map((_, i) => tensorOf(node, i))
