/** The error function to the last digits of f64, for which ONNX Runtime has no kernel. */
import type { Emit } from '../../graph/op.js'
import type { Shape } from '../../tensor/shape.js'

const points = 40
/** beyond it erf is ±1 to the last bit */
const end = 6

/**
 * erf(x) = 2x/√π ∫₀¹ exp(−x²v²) dv by Gauss–Legendre: the integrand is entire, so 40 points leave nothing but rounding.
 * A row of 40 numbers per element: meant for checks, not for speed.
 */
export function erfDouble(e: Emit, x: string): string {
  const { nodes, weights } = gaussLegendre(points)
  const constant = (v: readonly number[], shape: Shape): string => e.constant(Float64Array.from(v), shape, 'f64')
  const within = e('Min', [e('Max', [x, e.scalar(-end, 'f64')]), e.scalar(end, 'f64')])
  const last = e.ints([-1])
  const squares = e('Unsqueeze', [e('Mul', [within, within]), last])
  const values = e('Exp', [
    e('Mul', [
      squares,
      constant(
        nodes.map((v) => -v * v),
        [points],
      ),
    ]),
  ])
  const integral = e('MatMul', [
    values,
    constant(
      weights.map((w) => (2 * w) / Math.sqrt(Math.PI)),
      [points, 1],
    ),
  ])
  // rounding may not lead out of [−1, 1]: ½(1 + erf) must stay 0 far below
  return e('Clip', [e('Mul', [within, e('Squeeze', [integral, last])]), e.scalar(-1, 'f64'), e.scalar(1, 'f64')])
}

/** Points and weights on [0, 1]: roots of the Legendre polynomial by Newton's method from Chebyshev's guesses. */
function gaussLegendre(n: number): { nodes: number[]; weights: number[] } {
  const roots = Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let turn = 0; turn < 8; turn++) {
      let [before, p] = [1, x]
      for (let k = 2; k <= n; k++) [before, p] = [p, ((2 * k - 1) * x * p - (k - 1) * before) / k]
      slope = (n * (x * p - before)) / (x * x - 1)
      x -= p / slope
    }
    return { node: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) }
  })
  return { nodes: roots.map((r) => r.node), weights: roots.map((r) => r.weight) }
}
