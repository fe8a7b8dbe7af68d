/** Letting a language model write. */

import { keyOf, uniform } from '../../kernels/random.js'
import { initializeAsync } from '../../nn/index.js'
import { reshape, take } from '../../ops/index.js'
import { bucket } from '../../runtime/buckets.js'
import { compile } from '../../runtime/index.js'
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'
import { isCaching, type LanguageModel } from '../languageModel.js'
import { checkSampling, type SamplingOptions, sampleToken } from './sample.js'
import { TextReader } from './textReader.js'

/** How a model writes. */
export interface GenerateOptions extends SamplingOptions {
  /** how many tokens at most; default 100 */
  readonly tokens?: number
  /** decides the draws; default 0 */
  readonly seed?: number
  /** ends after any of these ids, which is then the last of the result */
  readonly stop?: readonly number[]
  /** given each token as it is chosen */
  readonly onToken?: (id: number) => void
  /** ends after the token under way */
  readonly signal?: AbortSignal
  /** whether keys and values of what was read are kept, where the model can; default true. The tokens are the same up to rounding of scores */
  readonly cache?: boolean
}

/** The scores of the token after place `at` of ids (1, T); compiled once for each length in `lengths`. */
type Scorer = (ids: Tensor, at: Tensor) => Promise<Tensor>
const scorers = new WeakMap<LanguageModel, Scorer>()

function scorerOf(model: LanguageModel): Scorer {
  let found = scorers.get(model)
  if (!found) {
    found = compile((ids: Tensor, at: Tensor) => {
      const states = model.states(ids)
      return reshape(model.logits(take(reshape(states, [ids.shape[1]!, -1]), at, 0)), [-1])
    })
    scorers.set(model, found)
  }
  return found
}

/** The scores of the token after a text, all of which is computed anew; it is filled up behind, which no earlier place sees. */
async function scoresAnew(model: LanguageModel, seen: readonly number[]): Promise<Float32Array> {
  const padded = new Int32Array(bucket(seen.length, model.context))
  padded.set(seen)
  const scores = await scorerOf(model)(tensor(padded, { shape: [1, padded.length] }), tensor(Int32Array.of(seen.length - 1)))
  return (await scores.data()) as Float32Array
}

/**
 * The tokens a model writes after a prompt, one by one: scores of the next token, a draw, and on. Same seed, same tokens. The prompt is read in
 * one go and what was read is kept ({@link TextReader}), so that a token costs the same work wherever it stands, and attention to what is before it.
 * A text longer than the model's context is continued from its last `context` tokens, all read anew for each token: every one of them stands at
 * another place then. Programs are kept, so that later calls start at once.
 * Throws HebbError for an empty prompt, ids outside the vocabulary and options that make no sense.
 *
 * @example const ids = await generate(gpt, vocabulary.encode('ROMEO:'), { tokens: 200, temperature: 0.8, topK: 40 })
 */
export async function generate(model: LanguageModel, given: ArrayLike<number>, options: GenerateOptions = {}): Promise<Int32Array> {
  const prompt = Array.from(given)
  const { tokens = 100, seed = 0, stop = [], onToken, signal, cache = true } = options
  checkSampling(options)
  if (!Number.isInteger(tokens) || tokens < 0) throw new HebbError(`generate: ${tokens} is no number of tokens: give 0 or more`)
  if (prompt.length === 0) throw new HebbError('generate: the prompt is empty: give at least one token to go on from')
  for (let i = 0; i < prompt.length; i++)
    if (!Number.isInteger(prompt[i]) || prompt[i]! < 0 || prompt[i]! >= model.vocabulary)
      throw new HebbError(`generate: id ${prompt[i]} at place ${i} of the prompt is not in 0 … ${model.vocabulary - 1}`)
  await initializeAsync(model)
  let decoder = cache && isCaching(model) ? new TextReader(model) : undefined
  const key = keyOf(seed, 'generate')
  const ids = [...prompt]
  const draw = new Float32Array(1)
  for (let n = 0; n < tokens && !signal?.aborted; n++) {
    if (ids.length > model.context) decoder = undefined
    const logits = decoder ? await decoder.read(ids.slice(decoder.length)) : await scoresAnew(model, ids.slice(-model.context))
    const id = sampleToken(logits, uniform(key, n, draw)[0]!, options)
    ids.push(id)
    onToken?.(id)
    if (stop.includes(id)) break
  }
  return Int32Array.from(ids.slice(prompt.length))
}
