/** Functions of tensors compiled once per shape, for calling many times. */
import { placeholder } from '../graph/leaf.js'
import { showShape } from '../tensor/shape.js'
import { fromData, type Tensor } from '../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../tensor/tree.js'
import { BoundProgram } from './bound.js'

/** Settings of `compile`. */
export interface CompileOptions {
  /**
   * whether parameters become constants with the numbers they have at the first call of a shape. Products then find their weights laid out for
   * the processor, and batch norm goes into the convolution before it: a tenth of the time less as a rule, more for pictures one at a time.
   * The program holds its own copy of the weights, and training in between does not show. Default false
   */
  readonly frozen?: boolean
}

interface Compiled<R> {
  readonly bound: BoundProgram
  readonly outputs: readonly Tensor[]
  readonly form: R
  last: Promise<unknown>
  /** calls made and not answered yet */
  open: number
}

/**
 * `f` traced and compiled at the first call with each combination of shapes and dtypes; later calls copy their arguments in, run, and give
 * computed tensors. Parameters are read where they live, so training in between shows; for a model that is trained, `frozen` is faster.
 * Calls that overlap run one after the other. Throws HebbError when more than 2 GB are to be frozen.
 *
 * @example const policy = compile((x: Tensor) => model.forward(x).softmax()); await policy(tensor([[0.1, 0.2]]))
 * @example const answer = compile((x: Tensor) => model.forward(x), { frozen: true })
 */
export function compile<P extends readonly Tensor[], R extends Tree>(
  f: (...inputs: P) => R,
  { frozen = false }: CompileOptions = {},
): (...inputs: P) => Promise<R> {
  const programs = new Map<string, Compiled<R>>()
  return async (...inputs) => {
    const values = await Promise.all(inputs.map((t) => t.data()))
    const key = inputs.map((t) => `${t.dtype}${showShape(t.shape)}`).join()
    let c = programs.get(key)
    if (!c) {
      const holders: readonly Tensor[] = inputs.map((t) => placeholder(t.shape, t.dtype))
      const form = f(...(holders as P))
      const outputs = leavesOf(form)
      c = { bound: new BoundProgram(holders, outputs, [], { frozen }), outputs, form, last: Promise.resolve(), open: 0 }
      programs.set(key, c)
    }
    const mine = c
    const { bound, outputs, form } = mine
    const call = async (): Promise<R> => {
      try {
        for (const [i, v] of values.entries()) bound.set(i, v)
        await bound.run()
        return rebuild(
          form,
          outputs.map((t, i) => fromData(bound.take(i), t.shape, t.dtype)),
        )
      } finally {
        // the last answer is its caller's alone
        if (--mine.open === 0) mine.last = Promise.resolve()
      }
    }
    // the program's memory is free only when every earlier call has taken its results away
    const result = mine.open++ === 0 ? call() : mine.last.then(call, call)
    mine.last = result
    return result
  }
}
