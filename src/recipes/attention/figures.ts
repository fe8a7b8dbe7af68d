/** Figures of attention: who sees whom, places as angles, what a trained net looks at; and fast forms beside the plain formula. */

import { attentionWeights, elu, scaledDotProductAttention } from '../../functional/index.js'
import { keyOf, normal } from '../../kernels/index.js'
import {
  initialize,
  linearAttention,
  MultiheadAttention,
  rotaryEmbedding,
  slidingWindowAttention,
  slidingWindowMask,
} from '../../nn/index.js'
import { abs, matmul, max, ones, repeat, sub, transpose, tril } from '../../ops/index.js'
import type { HeatmapFigure, LinesFigure } from '../../report/index.js'
import { arrayOf, type Tensor, tensor } from '../../tensor/index.js'
import { groups, heads, pairs, type RecallNet, recallTask } from './recall.js'

const noise = (seed: number, name: string, shape: readonly number[]): Tensor =>
  tensor(normal(keyOf(seed, 'attention', name), 0, new Float32Array(shape.reduce((a, b) => a * b, 1))), { shape })

const rowsOf = async (map: Tensor): Promise<Float32Array[]> => {
  const [rows, columns] = map.shape as readonly [number, number]
  const values = await map.cast('f32').data()
  return Array.from({ length: rows }, (_, i) => values.subarray(i * columns, (i + 1) * columns))
}

/** Weights under each kind of mask. */
export async function masks(seed: number): Promise<HeatmapFigure[]> {
  const T = 12
  const [q, k] = [noise(seed, 'q', [1, T, 16]), noise(seed, 'k', [1, T, 16])]
  const cross = new MultiheadAttention(16, 2)
  initialize(cross, { seed })
  const there = tensor([Array.from({ length: 9 }, (_, s) => s < 6)], { dtype: 'bool' })
  const [x, memory] = [noise(seed, 'x', [1, 6, 16]), noise(seed, 'memory', [1, 9, 16])]
  const { weights } = cross.forward(x, memory, memory, { keyMask: there })
  const maps: readonly (readonly [string, Tensor])[] = [
    ['Self-attention: everyone sees everyone', attentionWeights(q, k)],
    ['Causal: nobody sees what comes later', attentionWeights(q, k, { causal: true })],
    ['A window of 4', attentionWeights(q, k, { mask: slidingWindowMask(T, T, { window: 4 }) })],
    ['Cross-attention: 6 places look at 9, the last 3 are padding', weights.slice([null, [0, 1]]).reshape([1, 6, 9])],
  ]
  return Promise.all(
    maps.map(async ([title, map]) => ({
      kind: 'heatmap' as const,
      title,
      values: await rowsOf(map.reshape(map.shape.slice(1))),
      x: { title: 'keys' },
      y: { title: 'queries' },
    })),
  )
}

/** Scores of equal vectors under rotary embedding, by place and by distance. */
export async function rotary(): Promise<readonly [HeatmapFigure, LinesFigure]> {
  const [T, D] = [64, 32]
  const turned = rotaryEmbedding(ones([1, T, D]))
  const scores = await rowsOf(
    matmul(turned, transpose(turned))
      .reshape([T, T])
      .mul(1 / D),
  )
  return [
    {
      kind: 'heatmap',
      title: 'Scores of equal vectors by place',
      values: scores.slice(0, 32).map((row) => row.slice(0, 32)),
      scale: 'diverging',
      x: { title: 'key' },
      y: { title: 'query' },
    },
    {
      kind: 'lines',
      title: 'Score by distance, from two places',
      x: { title: 'distance' },
      y: {},
      series: [0, 20].map((from) => ({
        name: `from place ${from}`,
        points: Array.from({ length: 40 }, (_, d) => ({ x: d, y: scores[from]![from + d]! })),
        style: from === 0 ? ('line' as const) : ('points' as const),
      })),
    },
  ]
}

/** What each head of a trained net looks at, asked for one of the pairs. */
export async function recallMap(net: RecallNet, seed: number): Promise<HeatmapFigure> {
  const example = recallTask(1, seed, 'shown')
  const ids = arrayOf(example.columns.x.data, 'i32')
  const { q, k } = net.project(tensor(ids, { shape: [1, pairs + 1, 2] }))
  const last = attentionWeights(q, k, { causal: true }).slice([null, null, [pairs, pairs + 1]])
  const asked = ids[2 * pairs]!
  return {
    kind: 'heatmap',
    title: `Softmax attention, asked for key ${asked}: what its heads look at`,
    values: await rowsOf(last.reshape([heads, pairs + 1])),
    x: {
      title: 'key and value',
      labels: [...Array.from({ length: pairs }, (_, i) => `${ids[2 * i]}: ${ids[2 * i + 1]! - 1}`), `${asked}: ?`],
    },
    y: { title: 'head' },
  }
}

/** Fast forms against the plain formula. */
export async function sameResults(seed: number): Promise<{ fast: string; plain: string; difference: number }[]> {
  const T = 200
  const [q, k, v] = ['q', 'k', 'v'].map((name) => noise(seed, `same ${name}`, [1, heads, T, 16])) as [Tensor, Tensor, Tensor]
  const [shared, values] = ['shared', 'values'].map((name) => noise(seed, name, [1, groups, T, 16])) as [Tensor, Tensor]
  const spread = (x: Tensor): Tensor => repeat(x, heads / groups, 1)
  const feature = (x: Tensor): Tensor => elu(x).add(1)
  const weights = tril(matmul(feature(q), transpose(feature(k))))
  const pairsOf: readonly (readonly [string, string, Tensor, Tensor])[] = [
    [
      `${heads} heads share ${groups} of keys`,
      'keys repeated',
      scaledDotProductAttention(q, shared, values, { causal: true }),
      scaledDotProductAttention(q, spread(shared), spread(values), { causal: true }),
    ],
    [
      'a window in blocks',
      'a mask over all pairs',
      slidingWindowAttention(q, k, v, { window: 24 }),
      scaledDotProductAttention(q, k, v, { mask: slidingWindowMask(T, T, { window: 24 }) }),
    ],
    [
      'linear in chunks',
      'all pairs, rows divided by their sums',
      linearAttention(q, k, v, { causal: true }),
      matmul(weights, v).div(weights.sum(-1, { keep: true })),
    ],
  ]
  return Promise.all(
    pairsOf.map(async ([fast, plain, a, b]) => ({ fast, plain, difference: Number((await max(abs(sub(a, b))).data())[0]) })),
  )
}
