/** A text as a language model sees it: for each token the key of what stood before it, and how likely the model thought it. */

import { crossEntropy } from '../../loss/index.js'
import type { KeyValueMemory } from '../../memory/index.js'
import { initializeAsync } from '../../nn/index.js'
import { reshape } from '../../ops/index.js'
import { compile } from '../../runtime/index.js'
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'
import { type CutOptions, cutBatches } from '../cuts.js'
import type { KeyedLanguageModel, KeyedStates, LanguageModel } from '../languageModel.js'

/** Which vector of the model is the key of a place: what its last feed-forward net was given [Khandelwal 2020], or its states. */
export type ContextKey = 'feedForward' | 'states'

/** Ids (N, T) to states and keys. Throws HebbError when the model does not show the asked key. */
export function keyedBy(name: string, model: LanguageModel | KeyedLanguageModel, key: ContextKey): (ids: Tensor) => KeyedStates {
  if (key === 'states')
    return (ids) => {
      const states = model.states(ids)
      return { states, keys: states }
    }
  if (key !== 'feedForward') throw new HebbError(`${name}: key '${String(key)}' is none of feedForward, states`)
  if (!('keyedStates' in model))
    throw new HebbError(`${name}: the model does not show what its last feed-forward net is given (keyedStates): choose { key: 'states' }`)
  return (ids) => model.keyedStates(ids)
}

/** How a text is read. */
export interface ContextOptions extends CutOptions {
  /** default `feedForward` */
  readonly key?: ContextKey
  readonly signal?: AbortSignal
}

/** Some tokens of a text, in its order. */
export interface Contexts {
  /** the key of what stood before each, (n, D) */
  readonly keys: Float32Array
  /** the tokens themselves, (n) */
  readonly next: Int32Array
  /** −log p(token | those before it in its window) by the model alone, in nats, (n) */
  readonly losses: Float32Array
}

/**
 * Reads a text window by window; the pieces together hold each token but the first exactly once.
 * Throws HebbError as {@link perplexity}, and when the model does not show the key.
 *
 * @example for await (const { keys, next } of textContexts(gpt, ids, { stride: 32 })) memory.append(keys, next)
 */
export async function* textContexts(
  model: LanguageModel | KeyedLanguageModel,
  ids: Int32Array,
  { key = 'feedForward', signal, ...options }: ContextOptions = {},
): AsyncGenerator<Contexts> {
  const keyed = keyedBy('textContexts', model, key)
  await initializeAsync(model)
  const read = compile((x: Tensor, y: Tensor) => {
    const { states, keys } = keyed(x)
    const losses = crossEntropy(reshape(model.logits(states), [-1, model.vocabulary]), reshape(y, [-1]), { reduction: 'none' })
    return { keys: keys.cast('f32'), losses: losses.cast('f32') }
  })
  for (const { x, y, shape, from } of cutBatches('textContexts', model.context, ids, options)) {
    signal?.throwIfAborted()
    const found = await read(tensor(x, shape), tensor(y, shape))
    const [keys, losses] = [await found.keys.data(), await found.losses.data()]
    const [length, width] = [shape.shape[1], keys.length / x.length]
    const counted = from.reduce((sum, first) => sum + length - first, 0)
    if (counted === x.length) {
      yield { keys, next: y, losses }
      continue
    }
    const piece = { keys: new Float32Array(counted * width), next: new Int32Array(counted), losses: new Float32Array(counted) }
    let at = 0
    from.forEach((first, n) => {
      const [begin, end] = [n * length + first, (n + 1) * length]
      piece.keys.set(keys.subarray(begin * width, end * width), at * width)
      piece.next.set(y.subarray(begin, end), at)
      piece.losses.set(losses.subarray(begin, end), at)
      at += end - begin
    })
    yield piece
  }
}

/** Adds every token of a text but the first to a memory, under the key of what stood before it; slot n holds ids[n + 1] where the memory was empty. */
export async function rememberText(
  memory: KeyValueMemory,
  model: LanguageModel | KeyedLanguageModel,
  ids: Int32Array,
  options: ContextOptions = {},
): Promise<void> {
  for await (const { keys, next } of textContexts(model, ids, options)) memory.append(keys, next)
}
