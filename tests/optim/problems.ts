/** The four problems of goldens/optim.json: losses and gradients in f64, rounded to f32 as a framework would hold them. */
import type { GoldenTensor } from '../goldens.js'

/** Flat parameters or gradients by name. */
export type Named = Record<string, number[]>

interface Problem {
  readonly kind: string
  readonly constants: Readonly<Record<string, GoldenTensor>>
  readonly start: Readonly<Record<string, GoldenTensor>>
}

export interface OptimGoldens {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly Run[]
  readonly clipping: readonly Clipping[]
  readonly lr_schedules: readonly ScheduleCase[]
}
export interface Run {
  readonly name: string
  readonly problem: string
  readonly optimizer: string
  readonly config: Readonly<Record<string, unknown>>
  readonly clip: { kind: 'norm'; max_norm: number; norm_type: number | 'inf' } | { kind: 'value'; clip_value: number } | null
  readonly losses: readonly number[]
  readonly grad_norms: readonly number[]
  readonly trajectory: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly tol: { rtol: number; atol: number }
  readonly tol_losses: { rtol: number; atol: number }
}
export type Clipping = { readonly grads: readonly GoldenTensor[]; readonly clipped: readonly GoldenTensor[] } & (
  | { readonly kind: 'norm'; readonly norm_type: number | 'inf'; readonly max_norm: number; readonly total_norm: number }
  | { readonly kind: 'value'; readonly clip_value: number }
)
export interface ScheduleCase {
  readonly name: string
  readonly kind: string
  readonly base_lr: number
  readonly config: Readonly<Record<string, unknown>>
  readonly lrs: readonly number[]
  readonly momentums?: readonly number[]
  readonly metrics?: readonly number[]
}

const f = Math.fround

/** a (rows, inner) · b (inner, columns), sums in f64. */
function product(a: readonly number[], b: readonly number[], rows: number, inner: number, columns: number): number[] {
  return Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns)
    let sum = 0
    for (let k = 0; k < inner; k++) sum += a[row * inner + k]! * b[k * columns + (i % columns)]!
    return sum
  })
}
const transposed = (a: readonly number[], rows: number, columns: number): number[] =>
  Array.from({ length: rows * columns }, (_, i) => a[(i % rows) * columns + Math.floor(i / rows)]!)

/** Loss and gradients at parameters that are f32 numbers; the gradients are rounded to f32. */
export function evaluateProblem({ kind, constants }: Problem, at: Named): { loss: number; grads: Named } {
  const numbers = (name: string): number[] => constants[name]!.data.map(Number)
  const size = (name: string, axis: number): number => constants[name]!.shape[axis]!
  const rounded = (grads: Named) => Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, g.map(f)]))
  switch (kind) {
    case 'rosenbrock': {
      const [x, y] = at.x as [number, number]
      const gap = y - x * x
      return { loss: (1 - x) ** 2 + 100 * gap * gap, grads: rounded({ x: [-2 * (1 - x) - 400 * x * gap, 200 * gap] }) }
    }
    case 'quadratic': {
      const n = size('c', 0)
      const c = numbers('c')
      const away = at.x!.map((v, i) => v - c[i]!)
      const A = numbers('A')
      const once = product(A, away, n, n, 1)
      const twice = product(transposed(A, n, n), away, n, n, 1)
      return {
        loss: 0.5 * once.reduce((sum, v, i) => sum + v * away[i]!, 0),
        grads: rounded({ x: once.map((v, i) => (v + twice[i]!) / 2) }),
      }
    }
    case 'matrix_least_squares': {
      const [n, d, m] = [size('A', 0), size('A', 1), size('Y', 1)]
      const A = numbers('A')
      const Y = numbers('Y')
      const rest = product(A, at.X!, n, d, m).map((v, i) => v - Y[i]!)
      return { loss: 0.5 * rest.reduce((sum, v) => sum + v * v, 0), grads: rounded({ X: product(transposed(A, n, d), rest, d, n, m) }) }
    }
    case 'linear_regression': {
      const [n, d, m] = [size('D', 0), size('D', 1), size('Y', 1)]
      const D = numbers('D')
      const Y = numbers('Y')
      const rest = product(D, at.w!, n, d, m).map((v, i) => v + at.b![i % m]! - Y[i]!)
      const slope = rest.map((v) => (2 * v) / (n * m))
      return {
        loss: rest.reduce((sum, v) => sum + v * v, 0) / (n * m),
        grads: rounded({
          w: product(transposed(D, n, d), slope, d, n, m),
          b: Array.from({ length: m }, (_, j) => slope.reduce((sum, v, i) => (i % m === j ? sum + v : sum), 0)),
        }),
      }
    }
    default:
      throw new Error(`no problem ${kind}`)
  }
}
