/** Gradients against finite differences: the one test that needs no other library. */

import { add, mul } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { sum } from '../ops/reduce/sum.js'
import { isFloat } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { showShape } from '../tensor/shape.js'
import { fromData, Tensor } from '../tensor/tensor.js'
import { gradients } from './grad.js'

/** How {@link gradcheck} probes. */
export interface GradcheckOptions {
  /** 1: the gradient; 2: the gradient and the gradient of the gradient; default 1 */
  readonly order?: 1 | 2 | undefined
  /** what the function is computed in; default f64. f32 is for functions that have nothing finer, and needs the looser steps it brings */
  readonly dtype?: 'f64' | 'f32' | undefined
  /** half the distance between the two points of a difference; default 1e-6, in f32 1e-2 */
  readonly eps?: number | undefined
  /** relative difference that passes; default 1e-5, in f32 1e-2 */
  readonly rtol?: number | undefined
  /** absolute difference that passes; default 1e-7, in f32 1e-2 */
  readonly atol?: number | undefined
  /** random directions tried per input; default 2 */
  readonly directions?: number | undefined
  /** of the random directions and weights; default 0 */
  readonly seed?: number | undefined
}

/** What a passed check found. */
export interface GradcheckResult {
  /** derivatives compared */
  readonly checks: number
  /** the largest |numeric − analytic| / max(1, |numeric|) */
  readonly worst: number
}

/** A gradient that finite differences contradict. */
export class GradientError extends HebbError {
  override name = 'GradientError'
}

type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

/**
 * Compares gradients with central differences (s(x + εd) − s(x − εd)) / 2ε along random directions d, one input at a time, where s is
 * the sum of f's outputs with random weights. For `order` 2 the same again for s′(x) = Σ ⟨∂s/∂x, r⟩ with random r.
 * Float inputs are cast to `dtype` and probed; others are passed as they are. Choose points away from kinks.
 *
 * Throws GradientError naming input, direction and both numbers where they differ by more than atol + rtol·|numeric|,
 * ShapeError when a gradient has not the shape of its input, DtypeError when there is no float to probe or to differentiate.
 *
 * @example await gradcheck((x) => x.tanh(), [tensor([0.3, -1])], { order: 2 })
 */
export async function gradcheck(f: Checked, inputs: readonly Tensor[], options: GradcheckOptions = {}): Promise<GradcheckResult> {
  const { order = 1, dtype = 'f64', directions = 2, seed = 0 } = options
  const random = normals(seed)
  const at = await Promise.all(
    inputs.map(async (t) => fromData(await (isFloat(t.dtype) ? cast(t, dtype) : t).data(), t.shape, isFloat(t.dtype) ? dtype : t.dtype)),
  )
  const probed = at.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
  if (probed.length === 0) throw new DtypeError('gradcheck: no input is a float, so there is nothing to differentiate')
  if (probed.every((i) => at[i]!.size === 0)) throw new ShapeError('gradcheck: all float inputs are empty, so there is nothing to move')

  const like = (t: Tensor): Tensor => fromData(filled(t, random), t.shape, dtype)
  const floats = (outputs: Tensor | readonly Tensor[]): Tensor[] =>
    (outputs instanceof Tensor ? [outputs] : outputs).filter((t) => isFloat(t.dtype))
  const weights = floats(f(...at)).map(like)
  if (weights.length === 0) throw new DtypeError('gradcheck: no output is a float, so there is nothing to differentiate')
  const score = (...x: Tensor[]): Tensor => weigh(floats(f(...x)), weights)

  const first = await compare(score, at, probed, 1)
  if (order === 1) return first
  const pull = probed.map((i) => like(at[i]!))
  const slope = (...x: Tensor[]): Tensor =>
    weigh(
      gradients(
        score(...x),
        probed.map((i) => x[i]!),
      ),
      pull,
    )
  const second = await compare(slope, at, probed, 2)
  return { checks: first.checks + second.checks, worst: Math.max(first.worst, second.worst) }

  async function compare(
    s: (...x: Tensor[]) => Tensor,
    x: readonly Tensor[],
    which: readonly number[],
    level: 1 | 2,
  ): Promise<GradcheckResult> {
    const { eps = dtype === 'f64' ? 1e-6 : 1e-2, rtol = dtype === 'f64' ? 1e-5 : 1e-2, atol = dtype === 'f64' ? 1e-7 : 1e-2 } = options
    const slopes = gradients(
      s(...x),
      which.map((i) => x[i]!),
    )
    const analytic = await Promise.all(slopes.map((g) => g.data()))
    let checks = 0
    let worst = 0
    for (const [k, i] of which.entries()) {
      const [point, g] = [x[i]!, slopes[k]!]
      if (g.shape.join() !== point.shape.join())
        throw new ShapeError(`gradcheck: the gradient of input ${i} is ${showShape(g.shape)}, not ${showShape(point.shape)}`)
      if (point.size === 0) continue
      for (let n = 0; n < directions; n++) {
        const direction = filled(point, random)
        const value = async (step: number): Promise<number> => {
          const moved = cast(point, dtype).value!.slice()
          for (let j = 0; j < moved.length; j++) moved[j] = moved[j]! + step * direction[j]!
          return s(...x.map((t, j) => (j === i ? fromData(moved, t.shape, t.dtype) : t))).item()
        }
        const numeric = ((await value(eps)) - (await value(-eps))) / (2 * eps)
        let exact = 0
        for (let j = 0; j < direction.length; j++) exact += direction[j]! * Number(analytic[k]![j])
        const off = Math.abs(numeric - exact)
        checks++
        worst = Math.max(worst, off / Math.max(1, Math.abs(numeric)))
        if (!(off <= atol + rtol * Math.abs(numeric)))
          throw new GradientError(
            `gradcheck: order ${level}, input ${i} ${showShape(point.shape)}, direction ${n} [${show(direction)}]: finite differences give ${numeric}, the gradient ${exact}; off by ${off.toPrecision(3)}, allowed ${(atol + rtol * Math.abs(numeric)).toPrecision(3)} (eps ${eps}, seed ${seed})`,
          )
      }
    }
    return { checks, worst }
  }
}

/** Σₖ ⟨tensorₖ, weightₖ⟩ */
const weigh = (tensors: readonly Tensor[], weights: readonly Tensor[]): Tensor =>
  tensors.map((t, i) => sum(mul(t, weights[i]!))).reduce((a, b) => add(a, b))

const filled = (t: Tensor, random: () => number): Float64Array | Float32Array => {
  const out = t.dtype === 'f32' ? new Float32Array(t.size) : new Float64Array(t.size)
  return out.map(random)
}

const show = (direction: ArrayLike<number>): string =>
  `${Array.from(direction)
    .slice(0, 6)
    .map((d) => d.toPrecision(4))
    .join(', ')}${direction.length > 6 ? ', …' : ''}`

/** Standard normal numbers from a small generator (mulberry32 and Box–Muller): enough for directions, the same everywhere. */
function normals(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
