/** How well a language model predicts a text: every token counted once. */
import { crossEntropy, initialize } from '../nn/index.js'
import { mul, reshape, sum } from '../ops/index.js'
import { compile } from '../runtime/index.js'
import { HebbError, type Tensor, tensor } from '../tensor/index.js'
import type { LanguageModel } from './languageModel.js'

/** How a text is cut for a model that sees so much at a time only. */
export interface PerplexityOptions {
  /** tokens the model sees at once; default its context */
  readonly window?: number
  /** tokens by which windows move on: smaller than the window, each token is predicted from at least window − stride before it. Default the window */
  readonly stride?: number
  /** windows at a time; default 32 */
  readonly batchSize?: number
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

/** Where a window begins, and from which of its places on predictions count. */
interface Cut {
  readonly start: number
  readonly from: number
}

/** Windows that together predict each token but the first exactly once. */
function cuts(length: number, window: number, stride: number): Cut[] {
  const found: Cut[] = [{ start: 0, from: 0 }]
  // place t of a window predicts the token at start + t + 1
  for (let done = Math.min(window, length - 1); done < length - 1; ) {
    const end = Math.min(done + stride, length - 1)
    const start = Math.max(end - window, 0)
    found.push({ start, from: done - start })
    done = end
  }
  return found
}

/**
 * exp of the mean −log p(token | the tokens before it in its window), over all tokens of a text but the first.
 * Throws HebbError when there are fewer than two ids, or window or stride make no sense.
 *
 * @example const { perplexity: ppl } = await perplexity(gpt, vocabulary.encode(text), { stride: 32 })
 */
export async function perplexity(model: LanguageModel, ids: Int32Array, options: PerplexityOptions = {}): Promise<Perplexity> {
  const { window: asked = model.context, batchSize = 32, signal } = options
  const window = Math.min(asked, ids.length - 1)
  const { stride = window } = options
  if (ids.length < 2) throw new HebbError(`perplexity: ${ids.length} ids hold nothing to predict: give two or more`)
  if (!Number.isInteger(asked) || asked < 1 || asked > model.context)
    throw new HebbError(`perplexity: window ${asked}: give 1 to ${model.context} tokens`)
  if (!Number.isInteger(stride) || stride < 1 || stride > asked)
    throw new HebbError(`perplexity: stride ${stride}: give 1 to ${asked} tokens, not more than the window`)
  initialize(model)
  const measure = compile((x: Tensor, y: Tensor, counted: Tensor) => {
    const each = crossEntropy(reshape(model.forward(x), [-1, model.vocabulary]), reshape(y, [-1]), { reduction: 'none' })
    return sum(mul(reshape(each, y.shape), counted), 1)
  })
  const all = cuts(ids.length, window, stride)
  let total = 0
  for (let i = 0; i < all.length; i += batchSize) {
    signal?.throwIfAborted()
    const some = all.slice(i, i + batchSize)
    const shape = { shape: [some.length, window] }
    const rows = (offset: number): Int32Array => {
      const out = new Int32Array(some.length * window)
      some.forEach(({ start }, n) => {
        out.set(ids.subarray(start + offset, start + offset + window), n * window)
      })
      return out
    }
    const counted = new Float32Array(some.length * window)
    some.forEach(({ from }, n) => {
      counted.fill(1, n * window + from, (n + 1) * window)
    })
    const sums = await (await measure(tensor(rows(0), shape), tensor(rows(1), shape), tensor(counted, shape))).data()
    for (const s of sums as Float32Array) total += s
  }
  const loss = total / (ids.length - 1)
  return { loss, perplexity: Math.exp(loss), bits: loss / Math.LN2, tokens: ids.length - 1 }
}
