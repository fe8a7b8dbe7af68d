/** How a model writes: the options of `generate`. */
import type { Tokenizer } from '../../../tokenize/tokenizer.js'
import type { LanguageModel } from '../../languageModel.js'
import { type SamplingOptions, samplingOptions } from '../rules/rules.js'

/** A generation_config.json, parsed. */
export type GenerationConfig = Readonly<Record<string, unknown>>

/** How a model writes. What is left out is as its generation_config.json has it, and without that as said here. */
export interface GenerateOptions extends SamplingOptions {
  /** how many tokens at most; default 20 */
  readonly tokens?: number
  /** how many tokens at most with the prompt, where `tokens` is not given */
  readonly maxLength?: number
  /** no end before so many tokens; default 0 */
  readonly minTokens?: number
  /** no end before so many tokens with the prompt; default 0 */
  readonly minLength?: number
  /**
   * whether tokens are drawn; the likeliest is taken otherwise. Default: where one of the options of drawing is given (`temperature` above 0, `topK`, `topP` …).
   * Drawn with `topK` 50 unless told otherwise, as transformers has it
   */
  readonly sample?: boolean
  /** decides the draws; prompt i of several draws as if it were alone with seed + i. Default 0 */
  readonly seed?: number
  /** the id or ids that end a text; default the model's, or the `eos` of the tokenizer */
  readonly eos?: number | readonly number[]
  /** ends after any of these ids, or before any of these texts, which may begin and end within tokens */
  readonly stop?: string | readonly (number | string)[]
  /** ends after the token under way */
  readonly signal?: AbortSignal | undefined
  /** whether keys and values of what was read are kept, where the model can; default true. The tokens are the same up to rounding of scores */
  readonly cache?: boolean
  /**
   * guesses the tokens that come next, which the model then reads several at a time: a smaller model of the same tokenizer [Leviathan 2023], or 'lookup', what
   * followed when the text went like this before [Saxena 2023]. Same text as without, where tokens are drawn with a smaller model another of the same
   * chances; sooner where most guesses are right, and one text is written. Default: none
   */
  readonly draft?: LanguageModel | 'lookup' | undefined
  /** gives each token's text, and takes a prompt that is text; default the model's */
  readonly tokenizer?: Tokenizer
  /** texts for each prompt, which is read once: several draws, or with `beams` the best of them; default 1 */
  readonly samples?: number
  /** texts searched side by side for the likeliest; default 1, which searches none */
  readonly beams?: number
  /** finished beams are compared by log p / length^lengthPenalty; default 1 */
  readonly lengthPenalty?: number
  /** ends a search once there are `beams` finished ones (true), once better ones are unlikely (false, the default), or cannot be ('never') */
  readonly earlyStopping?: boolean | 'never'
  /** goes on past the context from the last `context` tokens, all read anew for each token; default false, which ends there */
  readonly slide?: boolean
  /** ids that do not come first */
  readonly beginSuppressTokens?: readonly number[]
  /** the id or ids of which one comes last, when there are enough tokens */
  readonly forcedEos?: number | readonly number[]
  /** the text is one of these */
  readonly choices?: readonly string[]
  /** the whole text matches this expression: sets, groups, `|`, quantifiers, no looking around, no references back */
  readonly regex?: RegExp | string
  /** the text is JSON that fits this JSON schema, written compactly */
  readonly schema?: unknown
  /** a generation_config.json in place of the model's */
  readonly generation?: GenerationConfig
}

/** Names of all options. */
export const generateOptions: readonly string[] = [
  ...samplingOptions,
  'tokens',
  'maxLength',
  'minTokens',
  'minLength',
  'sample',
  'seed',
  'eos',
  'stop',
  'signal',
  'cache',
  'draft',
  'tokenizer',
  'samples',
  'beams',
  'lengthPenalty',
  'earlyStopping',
  'slide',
  'beginSuppressTokens',
  'forcedEos',
  'choices',
  'regex',
  'schema',
  'generation',
] satisfies readonly (keyof GenerateOptions)[]
