/** How well a language model predicts a text: every token counted once. */

import { crossEntropy } from '../loss/index.js'
import { initializeAsync } from '../nn/index.js'
import { mul, reshape, sum } from '../ops/index.js'
import { compile } from '../runtime/index.js'
import { type Tensor, tensor } from '../tensor/index.js'
import { type CutOptions, cutBatches } from './cuts.js'
import type { LanguageModel } from './languageModel.js'

/** How a text is cut, and when to stop. */
export interface PerplexityOptions extends CutOptions {
  readonly signal?: AbortSignal
}

/** How surprised a model was. */
export interface Perplexity {
  /** mean −log p(token | those before it), in nats */
  readonly loss: number
  /** e^loss: between how many equally likely tokens the model hesitates */
  readonly perplexity: number
  /** loss in bits */
  readonly bits: number
  /** tokens predicted: all but the first */
  readonly tokens: number
}

/**
 * exp of the mean −log p(token | the tokens before it in its window), over all tokens of a text but the first.
 * Throws HebbError when there are fewer than two ids, or window or stride make no sense.
 *
 * @example const { perplexity: ppl } = await perplexity(gpt, vocabulary.encode(text), { stride: 32 })
 */
export async function perplexity(model: LanguageModel, ids: Int32Array, options: PerplexityOptions = {}): Promise<Perplexity> {
  const loss = (await surpriseAt('perplexity', model, ids, options)) / (ids.length - 1)
  return { loss, perplexity: Math.exp(loss), bits: loss / Math.LN2, tokens: ids.length - 1 }
}

/** Σ −log p of the tokens that count, all but the first unless `counts` says otherwise, in nats. */
export async function surpriseAt(
  name: string,
  model: LanguageModel,
  ids: Int32Array,
  { signal, counts = () => true, ...options }: PerplexityOptions & { readonly counts?: (id: number) => boolean },
): Promise<number> {
  await initializeAsync(model)
  const measure = compile((x: Tensor, y: Tensor, counted: Tensor) => {
    const each = crossEntropy(reshape(model.forward(x), [-1, model.vocabulary]), reshape(y, [-1]), { reduction: 'none' })
    return sum(mul(reshape(each, y.shape), counted), 1).cast('f32')
  })
  let total = 0
  for (const { x, y, shape, from } of cutBatches(name, model.context, ids, options)) {
    signal?.throwIfAborted()
    const width = shape.shape[1]
    const counted = Float32Array.from(y, (id, i) => (i % width >= from[Math.floor(i / width)]! && counts(id) ? 1 : 0))
    const sums = await (await measure(tensor(x, shape), tensor(y, shape), tensor(counted, shape))).data()
    for (const s of sums) total += s
  }
  return total
}
