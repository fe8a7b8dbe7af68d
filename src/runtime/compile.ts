/** Functions of tensors compiled once per shape, for calling many times. */
import { placeholder } from '../graph/leaf.js'
import type { TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { Form, type Numbers, numbersOf } from '../tensor/form.js'
import { checkOptions, kindOf } from '../tensor/options.js'
import { fromData, type Tensor } from '../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../tensor/tree.js'
import { BoundProgram, largeBytes } from './bound.js'
import { programs } from './store.js'

/** Settings of `compile`. */
export interface CompileOptions {
  /** decides all random numbers, together with the number of the call. Default 0 */
  readonly seed?: number
}

/** What a call of one combination of shapes needs. */
class Compiled<R extends Tree> {
  readonly bound: BoundProgram
  private readonly outputs: readonly Tensor[]
  constructor(
    holders: readonly Tensor[],
    private readonly form: R,
  ) {
    this.outputs = tensorsOf(form)
    this.bound = new BoundProgram(holders, this.outputs)
  }

  /** The results of the last run as tensors of their own; `values`, seed and step are what they were made of. */
  results(values: readonly Numbers[], seed: number, step: number): R {
    const results = this.outputs.map((t, i) => {
      const result = fromData(this.bound.take(i), t.shape, t.dtype)
      const again = result.value!.byteLength >= largeBytes ? this.bound.repeatable : undefined
      if (again) result.node.again = () => [again(values, seed, step, i)]
      return result
    })
    return rebuild(this.form, results)
  }

  get bytes(): number {
    return this.bound.bytes
  }
  release(): void {
    this.bound.release()
  }
}

/** The tensors a function gave. Throws HebbError where there are none. */
function tensorsOf(given: Tree | null | undefined): readonly Tensor[] {
  const tensors = given === undefined || given === null || given instanceof Promise ? [] : leavesOf(given)
  if (tensors.length > 0) return tensors
  if (given instanceof Promise) given.catch(() => {})
  throw new HebbError(
    `compile: the function gives ${kindOf(given)}: let it return a tensor, or arrays and objects of tensors${given instanceof Promise ? ', without async: they are plans, which need no await' : ''}`,
  )
}

/** What a call may give where the traced function takes a tensor, at any depth. */
export type Given<T> = T extends Tensor
  ? T | TypedArray | number | bigint
  : T extends string | number | bigint | boolean | null | undefined | TypedArray
    ? T
    : { readonly [K in keyof T]: Given<T[K]> }

/** A compiled function. Random numbers in it are drawn anew at each call, as f(seed, key, step). */
export interface CompiledFunction<P extends readonly unknown[], R> {
  (...inputs: { [K in keyof P]: Given<P[K]> }): Promise<R>
  /** the step of the next call's random numbers: 0, 1, … by calls; set it to go on where another process stopped */
  step: number
  /** the same function with the random numbers of one step of a seed */
  at(seed: number, step: number): (...inputs: { [K in keyof P]: Given<P[K]> }) => Promise<R>
}

/**
 * `f` traced and compiled at the first call with each combination of shapes and dtypes; later calls copy their arguments in, run, and give
 * computed tensors. Parameters are read where they live, so training in between shows. Those that are `frozen` are constants of the program: products find
 * their weights laid out for the processor, and batch norm goes into the convolution before it, a tenth of the time less as a rule.
 * Calls that overlap run one after the other, each with the numbers its arguments had when it was made. Programs not used for long may be dropped,
 * and are compiled again then ({@link limitPrograms}).
 *
 * Arguments may be nested: tensors, typed arrays and numbers at any depth come in as tensors (numbers 0-d, f32; bigints i64), while strings, booleans,
 * null and undefined are part of the program. Tensors that `f` reads without taking them as arguments are read as they are at the first call.
 * Throws HebbError for other arguments, naming them.
 *
 * @example const policy = compile((x: Tensor) => model.forward(x).softmax()); await policy(tensor([[0.1, 0.2]]))
 * @example frozen(model); const answer = compile((x: Tensor) => model.forward(x))
 * @example
 * const noisy = compile((x: Tensor, scale: Tensor) => x.add(random.normal(x.shape, { key: 'noise' }).mul(scale)))
 * await noisy(tensor([1, 2]), 0.1)          // another draw at each call
 * await noisy.at(7, 3)(tensor([1, 2]), 0.1) // seed 7, step 3: always the same
 */
export function compile<P extends readonly unknown[], R extends Tree>(
  f: (...inputs: P) => R,
  options: CompileOptions = {},
): CompiledFunction<P, R> {
  checkOptions('compile', options, ['seed'])
  const { seed = 0 } = options
  const owner = {}
  let latest: Form | undefined
  const call = async (inputs: readonly unknown[], from: number, step: number): Promise<R> => {
    let found = latest?.read(inputs)
    if (!found) {
      latest = new Form('compile: the arguments', inputs)
      found = latest.read(inputs)!
    }
    const form = latest!
    const make = (): Compiled<R> => {
      const holders = form.inputs.map(({ shape, dtype }) => placeholder(shape, dtype))
      return new Compiled(holders, f(...(form.fill(holders) as P)))
    }
    const given = found.map(numbersOf)
    const values = given.some((v) => v instanceof Promise) ? await Promise.all(given) : (given as readonly Numbers[])
    return programs.use(owner, form.key, make, async (program) => {
      const { bound } = program
      for (let i = 0; i < values.length; i++) bound.set(i, values[i]!)
      await bound.run(from, step)
      return program.results(values, from, step)
    })
  }
  const compiled = (...inputs: readonly unknown[]): Promise<R> => call(inputs, seed, compiled.step++)
  compiled.step = 0
  compiled.at =
    (from: number, step: number) =>
    (...inputs: readonly unknown[]): Promise<R> =>
      call(inputs, from, step)
  return compiled
}
