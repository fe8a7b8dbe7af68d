/** Muon: momentum, made orthogonal, for weight matrices. */
import { type Select, selector } from '../../nn/module/select.js'
import type { Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOptimizer, type GroupOptions, type Hyper, type Optimizer } from '../optimizer.js'
import { adamW } from './adam.js'

/** Settings of `muon`. */
export interface MuonOptions extends GroupOptions {
  /** learning rate. Default 1e-3 */
  lr?: Hyper | undefined
  /** share of the running direction that is kept. Default 0.95 */
  momentum?: Hyper | undefined
  /** share of the weight that lr takes away. Default 0.1 */
  weightDecay?: Hyper | undefined
  /** whether to look ahead along the running direction. Default true */
  nesterov?: boolean | undefined
  /** steps of the Newton–Schulz iteration. Default 5 */
  iterations?: number | undefined
  /**
   * What lr is multiplied with, for a matrix of A rows and B columns: 'original' √max(1, A/B), or 'matchRmsAdamW' 0.2·√max(A, B), which moves weights as much as
   * AdamW does, so that its lr and decay can be kept. Default 'original'
   */
  adjustLr?: 'original' | 'matchRmsAdamW' | undefined
  /** which weights are matrices for Muon. Default: those of two axes or more; leave out embeddings and the last layer as the paper does */
  match?: Select | undefined
  /** what moves all other weights. Default `adamW()` */
  fallback?: Optimizer | undefined
}

// a, b, c of x ← ax + b(xxᵀ)x + c(xxᵀ)²x: steepest at 0 while singular values end between about 0.7 and 1.2
const coefficients = [3.4445, -4.775, 2.0315] as const
const smallest = 1e-7

/**
 * b ← μb + (1 − μ)g;  u = b, or with nesterov μb + (1 − μ)g of the new b;  w ← (1 − lr·λ)·w − lr·adjust·orthogonal(u).
 *
 * `orthogonal` brings the singular values of u near 1 by a few steps of Newton–Schulz, here in f32 (PyTorch: bf16). Weights of more than two
 * axes count as matrices of shape[0] rows [Jordan 2024], [Liu 2025]; other weights than matrices go to `fallback`. Defaults as in PyTorch.
 *
 * @example muon({ lr: 0.02, match: (path, { rank }) => rank === 2 && !/embed|head/.test(path), fallback: adamW({ lr: 3e-4 }) })
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const { nesterov = true, iterations = 5, adjustLr = 'original', match, fallback = adamW(), groups = [], ...hyper } = options
  const chosen = match === undefined ? () => true : selector('muon: match', match)
  return defineOptimizer({
    name: 'muon',
    hyper: { lr: 1e-3, momentum: 0.95, weightDecay: 0.1 },
    ranges: { momentum: [0, 1] },
    // whatever the other groups say, only matrices are for Muon
    options: { ...hyper, groups: [{ match: (path, p) => p.rank < 2 || !chosen(path, p), optimizer: fallback }, ...groups] },
    flags: { nesterov, adjustLr },
    state: { b: 0 },
    granularity: 'tensor',
    scalars: (_, { lr, momentum, weightDecay }) => ({ shrink: 1 - lr * weightDecay, rate: 1 - momentum, keep: momentum, lr }),
    update(w, g, state, { shrink, rate, keep, lr }) {
      const b = state.b.add(g.sub(state.b).mul(rate))
      const u = nesterov ? g.add(b.sub(g).mul(keep)) : b
      const rows = w.shape[0]!
      const columns = w.size / rows
      const adjust = adjustLr === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns))
      const move = reshaped(orthogonal(reshaped(u, [rows, columns]), iterations), w.shape)
      return { weight: w.mul(shrink).sub(move.mul(lr).mul(adjust)), state: { b } }
    },
  })
}

/** The matrix with its singular values brought near 1. */
function orthogonal(u: Tensor, iterations: number): Tensor {
  const tall = u.shape[0]! > u.shape[1]!
  const [a, b, c] = coefficients
  let x = tall ? u.transpose() : u
  x = x.div(x.square().sum().sqrt().maximum(smallest))
  for (let i = 0; i < iterations; i++) {
    const gram = x.matmul(x.transpose())
    x = x.mul(a).add(gram.mul(b).add(gram.matmul(gram).mul(c)).matmul(x))
  }
  return tall ? x.transpose() : x
}

const reshaped = (x: Tensor, shape: Shape): Tensor => (x.rank === shape.length ? x : x.reshape(shape))
