/** Soft attention of encoder–decoder nets: a query chooses among what an encoder wrote down. */

import { softmax } from '../../functional/normal/softmax.js'
import { describe } from '../../graph/leaf.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import { not } from '../../ops/elementwise/compare.js'
import { maskedFill } from '../../ops/elementwise/select.js'
import { tanh } from '../../ops/elementwise/unary.js'
import { squeeze, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { matmul } from '../../ops/products/matmul.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { Linear } from '../linear.js'
import { paddingMask } from './masks.js'

/** What a query found: the average of the values, and how it was weighted. */
export interface SoftAttention {
  /** (N, E) or (N, T, E) */
  readonly output: Tensor
  /** (N, S) or (N, T, S), each row sums to 1 */
  readonly weights: Tensor
}

/** Options of one look. */
export interface SoftAttentionRun {
  /** what is averaged, (N, S, E); default the keys */
  readonly values?: Tensor | undefined
  /** bool (N, S): true for keys that are there; one of each example must be */
  readonly keyMask?: Tensor | undefined
  /** `project(keys)`, made once where the same keys are looked at again and again, as in a loop */
  readonly projected?: Tensor | undefined
}

/** Scores (N, T, S) to averages. */
function average(scores: Tensor, keys: Tensor, { values = keys, keyMask }: SoftAttentionRun): SoftAttention {
  const { N, S } = keys.sizes('N S D', 'attention: keys')
  values.sizes(`${N} ${S} E`, 'attention: values')
  const seen = keyMask ? maskedFill(scores, not(squeeze(paddingMask(keyMask), 1)), -1e30) : scores
  const weights = softmax(seen)
  return { output: matmul(weights, values), weights }
}

/** Looks with (N, D) as with (N, 1, D). */
function looks(query: Tensor, look: (queries: Tensor) => SoftAttention): SoftAttention {
  if (query.rank === 3) return look(query)
  const { output, weights } = look(unsqueeze(query, 1))
  return { output: squeeze(output, 1), weights: squeeze(weights, 1) }
}

function check(name: string, query: Tensor, keys: Tensor, widths: readonly [number, number]): void {
  const says = `\n  inputs: query ${describe(query)}, keys ${describe(keys)}`
  if ((query.rank !== 2 && query.rank !== 3) || query.shape.at(-1) !== widths[0])
    throw new ShapeError(`${name}: the query is not (N, ${widths[0]}) or (N, T, ${widths[0]})${says}`)
  keys.sizes(`${query.shape[0]} S ${widths[1]}`, `${name}: keys`)
}

/**
 * softmaxₛ(vᵀ tanh(W q + U kₛ)) averages the values [Bahdanau 2015].
 *
 * Shapes: query (N, Q) or (N, T, Q), keys (N, S, K), values (N, S, E) → output (N, E) or (N, T, E), weights (N, S) or (N, T, S);
 * query.weight (hidden, Q), key.weight (hidden, K), score.weight (1, hidden). Initial values: as Linear, without biases.
 * Throws ShapeError when shapes do not fit.
 *
 * @example const { output, weights } = new AdditiveAttention(64, 128, 64).forward(state, encoded, { keyMask })
 */
export class AdditiveAttention {
  readonly query: Linear
  readonly key: Linear
  readonly score: Linear

  constructor(
    private readonly queryWidth: number,
    private readonly keyWidth: number,
    hidden: number,
  ) {
    this.query = new Linear(queryWidth, hidden, { bias: false })
    this.key = new Linear(keyWidth, hidden, { bias: false })
    this.score = new Linear(hidden, 1, { bias: false })
  }

  /** U k, what a query is compared with: keys (N, S, K) → (N, S, hidden) */
  project(keys: Tensor): Tensor {
    return this.key.forward(keys)
  }

  forward(query: Tensor, keys: Tensor, run: SoftAttentionRun = {}): SoftAttention {
    check('AdditiveAttention', query, keys, [this.queryWidth, this.keyWidth])
    return looks(query, (queries) => {
      const sums = add(unsqueeze(this.query.forward(queries), 2), unsqueeze(run.projected ?? this.project(keys), 1))
      return average(squeeze(this.score.forward(tanh(sums)), 3), keys, run)
    })
  }
}

/**
 * softmaxₛ(q · kₛ) averages the values, or softmaxₛ(q · W kₛ) with score 'general', which lets widths differ [Luong 2015].
 *
 * Shapes: query (N, Q) or (N, T, Q), keys (N, S, K), values (N, S, E) → output (N, E) or (N, T, E), weights (N, S) or (N, T, S);
 * key.weight (Q, K) for 'general'. Initial values: as Linear. Throws HebbError when a bare product is asked of widths that differ,
 * ShapeError when shapes do not fit.
 *
 * @example new DotAttention(64, 128, { score: 'general' }).forward(state, encoded)
 */
export class DotAttention {
  readonly key?: Linear

  constructor(
    private readonly queryWidth: number,
    private readonly keyWidth: number = queryWidth,
    { score = 'dot' }: { score?: 'dot' | 'general' | undefined } = {},
  ) {
    if (score === 'dot' && queryWidth !== keyWidth)
      throw new HebbError(`DotAttention: queries of width ${queryWidth} and keys of ${keyWidth} have no product: use { score: 'general' }`)
    if (score === 'general') this.key = new Linear(keyWidth, queryWidth, { bias: false })
  }

  /** W k, what a query is multiplied with, or k itself: keys (N, S, K) → (N, S, Q) */
  project(keys: Tensor): Tensor {
    return this.key?.forward(keys) ?? keys
  }

  forward(query: Tensor, keys: Tensor, run: SoftAttentionRun = {}): SoftAttention {
    check('DotAttention', query, keys, [this.queryWidth, this.keyWidth])
    const projected = run.projected ?? this.project(keys)
    return looks(query, (queries) => average(matmul(queries, transpose(projected)), keys, run))
  }
}
