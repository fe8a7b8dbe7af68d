/** What the options of `generate` come to, with those that a model came with. */
import { HebbError } from '../../../tensor/index.js'
import { checkOptions, kindOf } from '../../../tensor/options.js'
import type { Tokenizer } from '../../../tokenize/tokenizer.js'
import { type CachingLanguageModel, isCaching, type LanguageModel } from '../../languageModel.js'
import { type Constraint, constraintOf } from '../constrain/constraint.js'
import { checkSameTokens } from '../drafting/sameTokens.js'
import { checkSampling, drawingOptions, type SamplingOptions } from '../rules/rules.js'
import { generationOptions } from './generationConfig.js'
import { type GenerateOptions, type GenerationConfig, generateOptions } from './options.js'

/** A language model that came with more than weights. */
export interface Equipped extends LanguageModel {
  readonly tokenizer?: Tokenizer | undefined
  readonly generation?: GenerationConfig | undefined
}

/** What options come to. */
export interface Settings {
  readonly sampling: SamplingOptions
  readonly draws: boolean
  readonly tokens: number | undefined
  readonly maxLength: number | undefined
  readonly minTokens: number
  readonly minLength: number
  readonly seed: number
  readonly eos: readonly number[]
  readonly stopIds: readonly number[]
  readonly stopTexts: readonly string[]
  readonly signal: AbortSignal | undefined
  readonly cache: boolean
  readonly draft: CachingLanguageModel | 'lookup' | undefined
  readonly tokenizer: Tokenizer | undefined
  readonly samples: number
  readonly beams: number
  readonly lengthPenalty: number
  readonly earlyStopping: boolean | 'never'
  readonly slide: boolean
  readonly beginSuppressTokens: readonly number[]
  readonly forcedEos: readonly number[]
  readonly constraint: Constraint | undefined
}

const listed = <T>(given: T | readonly T[] | undefined): readonly T[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given as T]

/** Options with the model's and the usual ones. Throws HebbError for those that do not exist or make no sense. */
export function settled(model: Equipped, options: GenerateOptions): Settings {
  checkOptions('generate', options, generateOptions)
  const said = generationOptions(options.generation ?? model.generation ?? {})
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as GenerateOptions
  const all: GenerateOptions = { ...said, ...given }
  const asked = drawingOptions.some((name) => given[name] !== undefined) && given.temperature !== 0
  const draws = all.temperature !== 0 && (given.sample ?? (asked || (given.temperature === undefined && said.sample === true)))
  // transformers' own default where tokens are drawn
  const sampling: SamplingOptions = { topK: 50, ...all }
  checkSampling('generate', sampling)
  const { tokens, maxLength, minTokens = 0, minLength = 0, samples = 1, beams = 1, seed = 0 } = all
  for (const [name, value, least] of [
    ['tokens', tokens ?? 0, 0],
    ['maxLength', maxLength ?? 1, 1],
    ['minTokens', minTokens, 0],
    ['minLength', minLength, 0],
    ['samples', samples, 1],
    ['beams', beams, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new HebbError(
        name === 'tokens'
          ? `generate: ${value} is no number of tokens: give 0 or more`
          : `generate: ${name} ${value}: give ${least} or more`,
      )
  const { lengthPenalty = 1, earlyStopping = false, stop } = all
  if (!Number.isFinite(lengthPenalty)) throw new HebbError(`generate: lengthPenalty ${lengthPenalty}: give a finite number`)
  if (beams > 1 && draws)
    throw new HebbError('generate: beams look for the likeliest text and draw none: leave out the options of drawing, or beams')
  if (beams > 1 && samples > beams) throw new HebbError(`generate: ${samples} samples of ${beams} beams: give as many beams, or more`)
  if (beams > 1 && all.slide) throw new HebbError('generate: beams end where the context is full: leave out slide, or beams')
  const tokenizer = all.tokenizer ?? model.tokenizer
  const eos = listed(all.eos ?? tokenizer?.special.eos)
  const forcedEos = listed(all.forcedEos)
  checkIds(model, { eos, forcedEos, suppressTokens: sampling.suppressTokens, beginSuppressTokens: all.beginSuppressTokens })
  for (const [i, sequence] of (sampling.badWords ?? []).entries()) checkIds(model, { [`badWords[${i}]`]: sequence })
  const stops = listed<number | string>(stop)
  const stopTexts = stops.filter((one): one is string => typeof one === 'string')
  const stopIds = stops.filter((one): one is number => typeof one === 'number')
  const wrong = stops.find((one) => one === '' || (typeof one !== 'string' && !Number.isInteger(one)))
  if (wrong !== undefined) throw new HebbError(`generate: stop has ${wrong === '' ? 'an empty text' : kindOf(wrong)}: give texts and ids`)
  if (stopTexts.length > 0 && !tokenizer) throw new HebbError(`generate: stop has the text '${stopTexts[0]}': give the tokenizer as well`)
  if (beams > 1 && stopTexts.length > 0) throw new HebbError('generate: beams stop at ids alone: leave out the texts to stop at, or beams')
  const constraint = constraintOf(all, tokenizer)
  if (beams > 1 && constraint && eos.length === 0)
    throw new HebbError('generate: beams of a text that is bound end with an id: give eos, or leave out beams')
  return {
    sampling,
    draws,
    tokens: given.tokens ?? (given.maxLength === undefined ? said.tokens : undefined),
    maxLength,
    minTokens,
    minLength,
    seed,
    eos,
    stopIds,
    stopTexts,
    signal: all.signal,
    cache: all.cache ?? true,
    draft: drafts(model, all, tokenizer),
    tokenizer,
    samples,
    beams,
    lengthPenalty,
    earlyStopping,
    slide: all.slide ?? false,
    beginSuppressTokens: all.beginSuppressTokens ?? [],
    forcedEos,
    constraint,
  }
}

/** What guesses tokens, checked against the model they are guessed for. */
function drafts(model: Equipped, { draft, beams = 1, cache = true }: GenerateOptions, tokenizer: Tokenizer | undefined): Settings['draft'] {
  if (draft === undefined) return undefined
  if (draft !== 'lookup' && (typeof draft !== 'object' || draft === null || !('forward' in draft)))
    throw new HebbError(`generate: draft is ${typeof draft === 'string' ? `'${draft}'` : kindOf(draft)}: give a smaller model, or 'lookup'`)
  if (beams > 1) throw new HebbError('generate: beams are many texts, and a draft guesses one: leave out draft, or beams')
  if (!cache || !isCaching(model))
    throw new HebbError(
      `generate: guesses are read after what is kept of a text, and ${cache ? 'this model keeps nothing: leave out draft' : 'cache is false: leave out draft, or cache'}`,
    )
  if (draft === 'lookup') return draft
  if (!isCaching(draft))
    throw new HebbError('generate: draft keeps nothing of what it read, and so guesses no faster: give a model with decode')
  const { tokenizer: other } = draft as Equipped
  if (tokenizer && other) checkSameTokens(tokenizer, other)
  else if (draft.vocabulary !== model.vocabulary)
    throw new HebbError(
      `generate: draft has ${draft.vocabulary} tokens, the model ${model.vocabulary}: give a model of the same tokenizer, or draft: 'lookup'`,
    )
  return draft
}

function checkIds({ vocabulary }: LanguageModel, lists: Readonly<Record<string, readonly number[] | undefined>>): void {
  for (const [name, ids] of Object.entries(lists))
    for (const id of ids ?? [])
      if (!Number.isInteger(id) || id < 0 || id >= vocabulary)
        throw new HebbError(`generate: ${name}: id ${id} is not in 0 … ${vocabulary - 1}`)
}

/** How many tokens at most after a prompt: 20 where nothing says how many, as in transformers. */
export const mostTokens = ({ tokens, maxLength }: Settings, prompt: number): number =>
  tokens ?? (maxLength === undefined ? 20 : Math.max(0, maxLength - prompt))
