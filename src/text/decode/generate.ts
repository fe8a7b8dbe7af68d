/** Letting a language model write. */

import { keyOf, uniform } from '../../kernels/random.js'
import { initializeAsync } from '../../nn/index.js'
import { reshape, take } from '../../ops/index.js'
import { bucket } from '../../runtime/buckets.js'
import { compile } from '../../runtime/index.js'
import { HebbError, type Tensor, tensor } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/options.js'
import { type Run, runOf } from '../../train/run/begun.js'
import { isCaching, type LanguageModel } from '../languageModel.js'
import type { Tokenizer } from '../tokenize/tokenizer.js'
import { TextPieces } from './pieces.js'
import { checkSampling, logProbability, type SamplingOptions, sampleToken, samplingOptions } from './sample.js'
import { TextReader } from './textReader.js'

/** How a model writes. */
export interface GenerateOptions extends SamplingOptions {
  /** how many tokens at most; default 100 */
  readonly tokens?: number
  /** decides the draws; default 0 */
  readonly seed?: number
  /** ends after any of these ids, which is then the last of the result */
  readonly stop?: readonly number[]
  /** ends after the token under way */
  readonly signal?: AbortSignal
  /** whether keys and values of what was read are kept, where the model can; default true. The tokens are the same up to rounding of scores */
  readonly cache?: boolean
  /** gives each token's text, and takes a prompt that is text */
  readonly tokenizer?: Tokenizer
}

/** A token that was written. */
export interface WrittenToken {
  readonly token: number
  /** log p of it by the model itself, in nats: by its scores before penalties, temperature and what is left out */
  readonly logProbability: number
}

/** A token that was written, with a tokenizer. */
export interface WrittenText extends WrittenToken {
  /** what it adds to the text; a character of several tokens comes whole with the last of them */
  readonly text: string
}

/** Everything that was written. */
export interface Writing {
  /** without the prompt */
  readonly ids: Int32Array
  /** of each token, as in {@link WrittenToken} */
  readonly logProbabilities: Float32Array
  /** why it ended: one of the `stop` ids came, there were enough `tokens`, the `signal` said so, or the loop was left (`break`) */
  readonly why: 'stop' | 'tokens' | 'signal' | 'break'
}

/** Everything that was written, with a tokenizer. */
export interface WritingText extends Writing {
  readonly text: string
}

/** The scores of the token after place `at` of ids (1, T); compiled once for each length in `lengths`. */
type Scorer = (ids: Tensor, at: Tensor) => Promise<Tensor<'f32'>>
const scorers = new WeakMap<LanguageModel, Scorer>()

function scorerOf(model: LanguageModel): Scorer {
  let found = scorers.get(model)
  if (!found) {
    found = compile((ids: Tensor, at: Tensor) => {
      const states = model.states(ids)
      return reshape(model.logits(take(reshape(states, [ids.shape[1]!, -1]), at, 0)), [-1]).cast('f32')
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
  return scores.data()
}

/**
 * A model writes on after a prompt, token by token: scores of the next one, a draw, and on. Looped over it gives each token as it is chosen, and
 * leaving the loop stops it; awaited it gives everything that was written. With a `tokenizer` the prompt may be text, and text comes out.
 * Same seed, same tokens.
 *
 * The prompt is read in one go and what was read is kept ({@link TextReader}), so that a token costs the same work wherever it stands, and
 * attention to what is before it. A text longer than the model's context is continued from its last `context` tokens, all read anew for each
 * token: every one of them stands at another place then. Programs are kept, so that later calls start at once.
 * Throws HebbError for an empty prompt, ids outside the vocabulary, a prompt that is text without a tokenizer or with one of other ids, and
 * options that do not exist or make no sense.
 *
 * @example
 * for await (const { text } of generate(gpt, 'ROMEO:', { tokenizer, tokens: 200, temperature: 0.8, topK: 40 })) process.stdout.write(text)
 * const { ids, why } = await generate(gpt, [1, 2, 3], { tokens: 20, temperature: 0 })
 */
export function generate(
  model: LanguageModel,
  prompt: string | ArrayLike<number>,
  options: GenerateOptions & { readonly tokenizer: Tokenizer },
): Run<WrittenText, WritingText>
export function generate(model: LanguageModel, prompt: ArrayLike<number>, options?: GenerateOptions): Run<WrittenToken, Writing>
export function generate(
  model: LanguageModel,
  prompt: string | ArrayLike<number>,
  options: GenerateOptions = {},
): Run<WrittenToken, Writing> {
  const ids = promptOf(model, prompt, options)
  const written = new Written(ids, options)
  return runOf(generate, write(model, ids, options, written), () => written.result)
}

const optionNames = ['tokens', 'seed', 'stop', 'signal', 'cache', 'tokenizer', ...samplingOptions]

/** The ids to go on from, when all that was given makes sense. */
function promptOf(model: LanguageModel, prompt: string | ArrayLike<number>, options: GenerateOptions): number[] {
  const { tokens = 100, tokenizer } = options
  checkOptions('generate', options, optionNames)
  checkSampling('generate', options)
  if (!Number.isInteger(tokens) || tokens < 0) throw new HebbError(`generate: ${tokens} is no number of tokens: give 0 or more`)
  if (tokenizer && tokenizer.size > model.vocabulary)
    throw new HebbError(
      `generate: the tokenizer has ${tokenizer.size} ids, the model ${model.vocabulary}: give the one it was trained with`,
    )
  if (typeof prompt === 'string' && !tokenizer)
    throw new HebbError('generate: the prompt is text: give the tokenizer as well, or the ids it makes of it')
  const ids = Array.from(typeof prompt === 'string' ? tokenizer!.encode(prompt) : prompt)
  if (ids.length === 0) throw new HebbError('generate: the prompt is empty: give at least one token to go on from')
  for (const [i, id] of ids.entries())
    if (!Number.isInteger(id) || id < 0 || id >= model.vocabulary)
      throw new HebbError(`generate: id ${id} at place ${i} of the prompt is not in 0 … ${model.vocabulary - 1}`)
  return ids
}

/** What has been written so far. */
class Written {
  readonly ids: number[] = []
  readonly #logs: number[] = []
  readonly #pieces: TextPieces | undefined
  #text = ''
  why: Writing['why'] = 'break'

  constructor(prompt: readonly number[], { tokenizer }: GenerateOptions) {
    this.#pieces = tokenizer && new TextPieces(tokenizer, prompt)
  }

  add(token: number, log: number, last: boolean): WrittenToken {
    this.ids.push(token)
    this.#logs.push(log)
    if (!this.#pieces) return { token, logProbability: log }
    const text = this.#pieces.add(token, last)
    this.#text += text
    return { token, logProbability: log, text } as WrittenText
  }

  get result(): Writing {
    const whole = { ids: Int32Array.from(this.ids), logProbabilities: Float32Array.from(this.#logs), why: this.why }
    return this.#pieces ? ({ ...whole, text: this.#text + this.#pieces.rest() } as WritingText) : whole
  }
}

async function* write(
  model: LanguageModel,
  prompt: readonly number[],
  options: GenerateOptions,
  written: Written,
): AsyncGenerator<WrittenToken, void, undefined> {
  const { tokens = 100, seed = 0, stop = [], signal, cache = true } = options
  await initializeAsync(model)
  let reader = cache && isCaching(model) ? new TextReader(model) : undefined
  const key = keyOf(seed, 'generate')
  const ids = [...prompt]
  const draw = new Float32Array(1)
  for (let n = 0; n < tokens; n++) {
    if (signal?.aborted) {
      written.why = 'signal'
      return
    }
    if (ids.length > model.context) reader = undefined
    const scores = reader ? await reader.read(ids.slice(reader.length)) : await scoresAnew(model, ids.slice(-model.context))
    const token = sampleToken(scores, uniform(key, n, draw)[0]!, options, { prompt, written: written.ids })
    ids.push(token)
    const stopped = stop.includes(token)
    const last = stopped || n === tokens - 1
    const event = written.add(token, logProbability(scores, token), last)
    if (last) written.why = stopped ? 'stop' : 'tokens'
    yield event
    if (last) return
  }
  written.why = 'tokens'
}
