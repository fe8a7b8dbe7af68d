/** A danger, and the three ways in which it is met: at once, in a compiled function, in a loop. */
import * as hebb from '../../../src/index.js'
import { compile, compute, grad, HebbError, scan, type Tensor, tensor, zeros } from '../../../src/index.js'
import { isFloat } from '../../../src/tensor/dtype.js'
import { expectClose } from '../../compare.js'
import type { Situation } from '../children.js'
import { lint } from '../linter.js'

type Numbers = readonly (number | bigint)[]

/** A call, how it is written out with gradients, and what it must give where that is known. */
export interface Danger {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
  readonly want?: Numbers
  /** whether the call may be refused by an error of the library */
  readonly refused?: boolean
}

const listOf = (found: Tensor | readonly Tensor[]): readonly Tensor[] => (found instanceof hebb.Tensor ? [found] : found)

/** Outputs, and gradients of the sum of the float ones for the float inputs. */
function everything({ call }: Danger, inputs: readonly Tensor[]): readonly Tensor[] {
  const outputs = listOf(call(...inputs))
  const floats = inputs.filter((t) => isFloat(t.dtype))
  if (floats.length === 0 || !outputs.some((t) => isFloat(t.dtype))) return outputs
  const score = (...xs: Tensor[]): Tensor => {
    let next = 0
    const found = listOf(call(...inputs.map((t) => (isFloat(t.dtype) ? xs[next++]! : t))))
    return found
      .filter((t) => isFloat(t.dtype))
      .map((t) => t.square().sum())
      .reduce((a, b) => a.add(b.cast(a.dtype)))
  }
  return [...outputs, ...grad((xs: readonly Tensor[]) => score(...xs))(floats)]
}

function differs(found: Tensor, want: Numbers | undefined): string | undefined {
  const got = [...found.value!] as (number | bigint)[]
  return want && (got.length !== want.length || got.some((v, i) => !Object.is(v, want[i])))
    ? `gives ${got.join()}, not ${want.join()}`
    : undefined
}

/** One danger met at once, in a compiled function, and in the body of a loop. */
export function* ways(d: Danger): Generator<Situation> {
  const guarded = (run: () => Promise<string | undefined>) => async (): Promise<string | undefined> => {
    try {
      return await run()
    } catch (e) {
      if (d.refused && e instanceof HebbError && !(e instanceof hebb.OrtError)) return undefined
      throw e
    }
  }
  yield {
    name: d.name,
    run: guarded(async () => {
      const all = everything(d, d.inputs)
      const complaints = await lint(all, 'native')
      if (complaints.length > 0) return complaints.join('; ')
      await compute(all)
      return differs(all[0]!, d.want)
    }),
  }
  yield {
    name: `${d.name}, compiled`,
    run: guarded(async () => {
      const f = compile((...xs: Tensor[]) => everything(d, xs))
      return differs((await f(...d.inputs))[0]!, d.want)
    }),
  }
  if (d.inputs.length === 0) return
  yield {
    name: `${d.name}, in a loop`,
    run: guarded(async () => {
      const rows = d.inputs.map((t) => hebb.stack([t, t]))
      const { ys } = scan((c: Tensor, xs: readonly Tensor[]) => [c.add(1), everything(d, xs)] as const, tensor(0), rows)
      const complaints = await lint(ys, 'native')
      if (complaints.length > 0) return complaints.join('; ')
      const at = [...ys.map((y) => y.at(0)), ...ys.map((y) => y.at(1))]
      const alone = everything(d, d.inputs)
      await compute([...at, ...alone])
      for (const [i, y] of at.entries())
        expectClose(y.value!, Array.from(alone[i % ys.length]!.value!, Number), { rtol: 1e-4, atol: 1e-5, label: `output ${i}` })
      return undefined
    }),
  }
}

/** Numbers from −1.5 to 2.5 in turn. */
export const x = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => (i % 5) - 1.5),
    { shape },
  )

/** Ids, all 0. */
export const ids = (...shape: number[]): Tensor => zeros(shape, { dtype: 'i32' })
