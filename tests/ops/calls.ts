/** A case called: its outputs, and the gradients of a score of them. */
import { gradients } from '../../src/autodiff/grad.js'
import { allocate, isFloat, type TypedArray } from '../../src/tensor/dtype.js'
import { fromData, type Tensor } from '../../src/tensor/tensor.js'
import { fractions } from './examples.js'
import type { Case, Grid } from './row.js'

export const list = <T extends object>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? (one as readonly T[]) : [one as T])
export const outputsOf = (c: Pick<Case, 'call'>, inputs: readonly Tensor[]): readonly Tensor[] => list<Tensor>(c.call(...inputs))
export const gridOf = (t: Tensor): Grid => ({ shape: t.shape, data: Array.from(t.value!, Number) })
export const inF32 = (t: Tensor): Tensor => (t.dtype === 'f64' ? fromData(Float32Array.from(t.value as Float64Array), t.shape, 'f32') : t)

/**
 * Σ ⟨output, weight⟩ over the float outputs, with weights that are fractions or whole numbers; undefined where no output is a float. `read` is a view
 * through which both are looked at.
 */
export function scoreOf(outputs: readonly Tensor[], weights: 'some' | 'whole', read = (t: Tensor): Tensor => t): Tensor | undefined {
  const terms = outputs
    .filter((t) => isFloat(t.dtype))
    .map((t, i) => {
      const next = fractions(i + 7)
      const w = allocate(t.dtype, t.size).map(
        () => (weights === 'some' ? 2 * next() - 1 : Math.floor(7 * next()) - 3) as never,
      ) as TypedArray
      return read(t)
        .mul(read(fromData(w, t.shape, t.dtype)))
        .sum()
    })
  return terms.length > 0 ? terms.reduce((a, b) => a.add(b)) : undefined
}

/** Gradient graphs of the score of a call for its float inputs. */
export function pulled(c: Pick<Case, 'call'>, inputs: readonly Tensor[], weights: 'some' | 'whole'): Tensor[] {
  const wrt = inputs.filter((t) => isFloat(t.dtype))
  const score = wrt.length > 0 ? scoreOf(outputsOf(c, inputs), weights) : undefined
  return score ? gradients(score, wrt) : []
}
