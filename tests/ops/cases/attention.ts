/** Attention. */

import type { AttentionOptions } from '../../../src/functional/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { of, some, whole } from '../examples.js'
import { get, grid } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

interface Sizes {
  readonly lead?: readonly number[]
  readonly heads?: number
  readonly groups?: number
  readonly queries?: number
  readonly keys?: number
  readonly width?: number
  readonly out?: number
}

/** softmax(q kᵀ·scale + mask) v, one query after the other. */
function attend(q: Grid, k: Grid, v: Grid, mask: Grid | undefined, bool: boolean, { causal, scale }: AttentionOptions): Grid {
  const [width, keys, heads] = [q.shape.at(-1)!, k.shape.at(-2)!, q.shape.at(-3) ?? 1]
  const shared = heads / (k.shape.at(-3) ?? 1)
  const factor = scale ?? 1 / Math.sqrt(width)
  const keyPlace = (place: readonly number[], s: number): number[] =>
    place.length < 2 ? [s] : [...place.slice(0, -2), Math.floor(place.at(-2)! / shared), s]
  return grid([...q.shape.slice(0, -1), v.shape.at(-1)!], (i) => {
    const place = i.slice(0, -1)
    const scores = Array.from({ length: keys }, (_, s) => {
      let score = 0
      for (let d = 0; d < width; d++) score += get(q, [...place, d]) * get(k, [...keyPlace(place, s), d])
      score *= factor
      if (causal && s > place.at(-1)!) return Number.NEGATIVE_INFINITY
      if (!mask) return score
      const m = get(mask, [...place, s])
      return bool ? (m ? score : Number.NEGATIVE_INFINITY) : score + m
    })
    const top = Math.max(...scores)
    if (top === Number.NEGATIVE_INFINITY) return 0
    const weights = scores.map((s) => Math.exp(s - top))
    const total = weights.reduce((a, b) => a + b, 0)
    return weights.reduce((sum, w, s) => sum + (w / total) * get(v, [...keyPlace(place, s), i.at(-1)!]), 0)
  })
}

function one(name: string, sizes: Sizes, options: AttentionOptions = {}, mask?: () => Tensor, more: Partial<Case> = {}): Case {
  const { lead = [2], heads = 2, groups = heads, queries = 4, keys = 4, width = 3, out = width } = sizes
  const inputs = (): Tensor[] => [
    some([...lead, heads, queries, width], { seed: 1 }),
    some([...lead, groups, keys, width], { seed: 2 }),
    some([...lead, groups, keys, out], { seed: 3 }),
    ...(mask ? [mask()] : []),
  ]
  return {
    name,
    inputs,
    call: (q, k, v, m) => ops.scaledDotProductAttention(q!, k!, v!, m ? { ...options, mask: m } : options),
    reference: (q, k, v, m) => attend(q!, k!, v!, m, mask?.().dtype === 'bool', options),
    ...more,
  }
}

/** The weights are what attention makes of values that are the unit vectors. */
function weighing(name: string, sizes: Sizes, options: AttentionOptions = {}, mask?: () => Tensor): Case {
  const { inputs } = one(name, sizes, options, mask)
  return {
    name,
    inputs: () => inputs().filter((_, i) => i !== 2),
    call: (q, k, m) => ops.attentionWeights(q!, k!, m ? { ...options, mask: m } : options),
    reference: (q, k, m) => {
      const keys = k!.shape.at(-2)!
      const unit = grid([...k!.shape.slice(0, -1), keys], (i) => (i.at(-1) === i.at(-2) ? 1 : 0))
      return attend(q!, k!, unit, m, mask?.().dtype === 'bool', options)
    },
  }
}

const low = Number.NEGATIVE_INFINITY

export const rows: readonly Row[] = [
  {
    name: 'scaledDotProductAttention',
    covers: ['softmaxAverage'],
    cases: [
      one('plain', {}),
      one('cross, values of another width', { queries: 3, keys: 5, out: 2 }),
      one('without heads', { lead: [], heads: 1 }),
      one('scale', {}, { scale: 0.3 }),
      one('causal', {}, { causal: true }),
      one('causal, more keys', { queries: 3, keys: 5 }, { causal: true }),
      one('causal, more queries', { queries: 5, keys: 3 }, { causal: true }),
      one('causal in blocks', { lead: [], groups: 1, queries: 300, keys: 300, width: 2 }, { causal: true }, undefined, { gradient: 1 }),
      one('causal in blocks, fewer keys', { heads: 1, queries: 517, keys: 200, width: 2 }, { causal: true }, undefined, { gradient: 1 }),
      one('causal in blocks, more keys', { lead: [1], heads: 1, queries: 256, keys: 400, width: 1 }, { causal: true }, undefined, {
        gradient: 1,
      }),
      one('shared keys', { heads: 4, groups: 2 }),
      one('one head of keys, causal', { heads: 3, groups: 1 }, { causal: true }),
      one('bool mask', { keys: 3, queries: 2 }, {}, () =>
        of(
          [
            [1, 0, 1],
            [0, 1, 1],
          ],
          'bool',
        ),
      ),
      one('bool mask of padding', { keys: 3 }, {}, () => of([[[[1, 1, 0]]], [[[1, 0, 0]]]], 'bool')),
      one('bool mask that hides all keys of a query', { keys: 3, queries: 2 }, {}, () =>
        of(
          [
            [0, 0, 0],
            [0, 1, 1],
          ],
          'bool',
        ),
      ),
      one('bool mask and causal, a query left without keys', { keys: 3, queries: 3 }, { causal: true }, () =>
        of(
          [
            [0, 1, 1],
            [1, 0, 1],
            [0, 1, 0],
          ],
          'bool',
        ),
      ),
      one('float mask', { keys: 3, queries: 2 }, {}, () => some([2, 1, 2, 3], { seed: 8 })),
      one('float mask per head, shared keys', { heads: 4, groups: 2, keys: 3, queries: 2 }, {}, () => some([4, 2, 3], { seed: 8 })),
      one(
        'float mask with −∞',
        { keys: 3, queries: 2 },
        {},
        () =>
          of([
            [low, 0.5, low],
            [low, low, low],
          ]),
        { gradient: 0 },
      ),
      one('size 1', { lead: [1], heads: 1, queries: 1, keys: 1, width: 1 }),
      {
        ...one('scores of ±1e4', { lead: [1], heads: 1, queries: 2, keys: 3, width: 1 }, { scale: 1 }),
        inputs: () => [of([[[[100], [-100]]]]), of([[[[100], [-100], [99]]]]), of([[[[1], [2], [3]]]])],
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([4, 4, 64, 32]), whole([4, 2, 64, 32], { seed: 2 }), whole([4, 2, 64, 32], { seed: 3 })],
      call: (q, k, v) => ops.scaledDotProductAttention(q!, k!, v!, { causal: true }),
      exact: false,
    },
  },
  {
    name: 'attentionWeights',
    covers: [],
    cases: [
      weighing('plain', {}),
      weighing('cross', { queries: 3, keys: 5 }),
      weighing('causal, shared keys', { heads: 4, groups: 2, keys: 3, queries: 3 }, { causal: true }),
      weighing('scale', {}, { scale: 0.3 }),
      weighing('bool mask that hides all keys of a query', { keys: 3, queries: 2 }, {}, () =>
        of(
          [
            [0, 0, 0],
            [0, 1, 1],
          ],
          'bool',
        ),
      ),
    ],
    large: {
      inputs: () => [whole([4, 4, 64, 32]), whole([4, 2, 64, 32], { seed: 2 })],
      call: (q, k) => ops.attentionWeights(q!, k!, { causal: true }),
      exact: false,
    },
  },
]
