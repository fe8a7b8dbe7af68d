/** The kNN language model: what a model says, mixed with what followed in the most similar places of a text it remembers. */

import { softmax } from '../../functional/index.js'
import type { KeyValueMemory } from '../../memory/index.js'
import { add, concat, log, maximum, mul, reshape, split } from '../../ops/index.js'
import { HebbError, ShapeError, type Tensor } from '../../tensor/index.js'
import type { KeyedLanguageModel, KeyedStates, LanguageModel } from '../languageModel.js'
import { type ContextKey, keyedBy } from './contexts.js'

/** How the memory is asked. */
export interface KnnOptions {
  /** nearest slots that have a say; default 64, all where there are fewer */
  readonly k?: number
  /** τ of their softmax, in the units of the distance; default 1 */
  readonly temperature?: number
  /** λ, the memory's share; default 0.25 */
  readonly share?: number
  /** which vectors the memory's keys are; default `feedForward` */
  readonly key?: ContextKey
}

/**
 * p = λ p_memory + (1 − λ) p_model, where p_memory(y) is the softmax of −d / τ over the k nearest slots, summed over those whose label is y
 * [Khandelwal 2020]. Nothing is trained: the model stays as it is, the memory is a list of places of a text ({@link rememberText}).
 * A language model like any other: it writes, and its perplexity is measured, with the same functions. A graph sees the memory as it was
 * when the graph was made.
 *
 * Shapes: ids (N, T) → logits (N, T, V), which are log p. States are the model's own with the key beside them, (N, T, D + K).
 * Throws HebbError for a share outside 0 … 1, labels outside the vocabulary, an empty memory, and a key the model does not show.
 *
 * @example await perplexity(new KnnLanguageModel(gpt, memory, { k: 64, temperature: 10, share: 0.3 }), held)
 */
export class KnnLanguageModel implements LanguageModel {
  readonly vocabulary: number
  readonly context: number
  private readonly settings: Required<Omit<KnnOptions, 'key'>>
  private readonly keyed: (ids: Tensor) => KeyedStates

  constructor(
    readonly model: LanguageModel | KeyedLanguageModel,
    readonly memory: KeyValueMemory,
    { k = 64, temperature = 1, share = 0.25, key = 'feedForward' }: KnnOptions = {},
  ) {
    if (!(share >= 0 && share <= 1)) throw new HebbError(`KnnLanguageModel: share is ${share}: give a number from 0 to 1`)
    this.vocabulary = model.vocabulary
    this.context = model.context
    this.settings = { k, temperature, share }
    this.keyed = keyedBy('KnnLanguageModel', model, key)
  }

  states(ids: Tensor): Tensor {
    const { states, keys } = this.keyed(ids)
    const { width } = this.memory
    if (keys.shape.at(-1) !== width)
      throw new ShapeError(`KnnLanguageModel: the memory's keys have ${width} numbers, those of the model ${keys.shape.at(-1)}`)
    return concat([states, keys], -1)
  }

  logits(states: Tensor): Tensor {
    const { width } = this.memory
    const { share, ...reading } = this.settings
    const [own, keys] = split(states, [states.shape.at(-1)! - width, width], -1) as [Tensor, Tensor]
    const said = softmax(this.model.logits(own))
    const remembered = reshape(this.memory.read(reshape(keys, [-1, width]), { classes: this.vocabulary, ...reading }), said.shape)
    // where neither gives it a chance: the smallest normal f32, not log 0
    return log(maximum(add(mul(remembered, share), mul(said, 1 - share)), 1.2e-38))
  }

  forward(ids: Tensor): Tensor {
    return this.logits(this.states(ids))
  }
}
