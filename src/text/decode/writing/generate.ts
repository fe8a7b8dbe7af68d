/** Letting a language model write. */
import { initializeAsync } from '../../../nn/index.js'
import { HebbError } from '../../../tensor/index.js'
import type { Tokenizer } from '../../../tokenize/tokenizer.js'
import { type Run, runOf } from '../../../train/run/begun.js'
import type { LanguageModel } from '../../languageModel.js'
import { searchBeams } from '../beams/beamSearch.js'
import { type Event, writeTokens } from './loop.js'
import type { GenerateOptions } from './options.js'
import { type Equipped, type Settings, settled } from './settings.js'
import { Writer, type Writing, type WritingText, type WrittenText, type WrittenToken } from './writer.js'

/** Ids, or text where there is a tokenizer. */
export type Prompt = string | ArrayLike<number>

/** Which of several texts: that of a prompt by its number, and which of its samples. */
export interface WhichText {
  readonly prompt: number
  readonly sample: number
}

type Tokens = { readonly tokenizer: Tokenizer }
type Several = { readonly samples: number }

/**
 * A model writes on after a prompt, token by token: scores of the next one, a choice, and on. Looped over it gives each token as it is chosen, and
 * leaving the loop stops it; awaited it gives everything that was written, and why it ended. With a `tokenizer` the prompt may be text, and text comes out.
 * The likeliest token is taken unless one of the options of drawing is given; same seed, same tokens. Rules, their order and their defaults are those of
 * transformers; a model that came with a generation_config.json (`model.generation`) writes as that says, and options go before it.
 *
 * A list of prompts, or `samples`, is written side by side, one run of a program for all of them; each text is the one that is written alone, up to rounding
 * of scores, and each token says whose it is. The results come in the order of the prompts, samples of one beside one another.
 *
 * What was read is kept ({@link TextReader}), so that a token costs the same work wherever it stands, and attention to what is before it. A long prompt is
 * read in pieces of 512. Writing ends where the context is full, or with `slide` goes on from the last `context` tokens, all read anew for each token, as
 * every one of them stands at another place then.
 * Throws HebbError for an empty prompt, one longer than the context, ids outside the vocabulary, a prompt that is text without a tokenizer or with one of
 * other ids, and options that do not exist or make no sense.
 *
 * @example
 * for await (const { text } of generate(gpt, 'ROMEO:', { tokenizer, tokens: 200, temperature: 0.8, topK: 40 })) process.stdout.write(text)
 * const { ids, why } = await generate(gpt, [1, 2, 3], { tokens: 20 })
 * const texts = await generate(gpt, ['To be', 'ROMEO:'], { tokenizer, temperature: 1, samples: 2 })
 */
export function generate(
  model: LanguageModel,
  prompts: readonly Prompt[],
  options: GenerateOptions & Tokens,
): Run<WrittenText & WhichText, readonly (WritingText & WhichText)[]>
export function generate(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerateOptions & Tokens & Several,
): Run<WrittenText & WhichText, readonly (WritingText & WhichText)[]>
export function generate(model: LanguageModel, prompt: Prompt, options: GenerateOptions & Tokens): Run<WrittenText, WritingText>
export function generate(
  model: LanguageModel & { readonly tokenizer: Tokenizer },
  prompt: string,
  options?: GenerateOptions & { readonly samples?: undefined },
): Run<WrittenText, WritingText>
export function generate(
  model: LanguageModel,
  prompts: readonly Prompt[],
  options?: GenerateOptions,
): Run<WrittenToken & WhichText, readonly (Writing & WhichText)[]>
export function generate(
  model: LanguageModel,
  prompt: ArrayLike<number>,
  options: GenerateOptions & Several,
): Run<WrittenToken & WhichText, readonly (Writing & WhichText)[]>
export function generate(model: LanguageModel, prompt: Prompt, options?: GenerateOptions): Run<WrittenToken, Writing>
export function generate(
  model: LanguageModel,
  given: Prompt | readonly Prompt[],
  options: GenerateOptions = {},
): Run<WrittenToken, Writing | readonly (Writing & WhichText)[]> {
  const settings = settled(model as Equipped, options)
  const { tokenizer, samples, seed } = settings
  if (tokenizer && tokenizer.size > model.vocabulary)
    throw new HebbError(
      `generate: the tokenizer has ${tokenizer.size} ids, the model ${model.vocabulary}: give the one it was trained with`,
    )
  const several = isSeveral(given)
  const prompts = (several ? given : [given]).map((prompt, i) => promptOf(model, prompt, settings, several ? `prompt ${i}` : 'the prompt'))
  const writers = prompts.flatMap((ids, p) =>
    Array.from({ length: samples }, (_, sample) => new Writer(ids, settings, model, { seed: seed + p, sample })),
  )
  const which = (i: number): WhichText => ({ prompt: Math.floor(i / samples), sample: i % samples })
  const whole = several || options.samples !== undefined
  async function* events(): AsyncGenerator<WrittenToken, void, undefined> {
    await initializeAsync(model)
    const written = settings.beams > 1 ? writeBeams(model, writers, settings) : writeTokens(model, writers, settings)
    for await (const { event, writer } of written) yield whole ? { ...event, ...which(writers.indexOf(writer)) } : event
  }
  return runOf(generate, events(), () => (whole ? writers.map((writer, i) => ({ ...writer.result, ...which(i) })) : writers[0]!.result))
}

/** The best texts of each prompt, token by token once they are found. */
async function* writeBeams(model: LanguageModel, writers: readonly Writer[], settings: Settings): AsyncGenerator<Event, void, undefined> {
  const { samples } = settings
  for (let p = 0; p < writers.length; p += samples) {
    const own = writers.slice(p, p + samples)
    if (own[0]!.ended) continue
    const found = await searchBeams(model, own[0]!, settings)
    for (const [n, writer] of own.entries()) {
      if (!found) writer.end('signal')
      const { ids = [], logs = [] } = found?.[n] ?? {}
      for (const [i, id] of ids.entries()) yield { writer, event: writer.add(id, logs[i]!) }
    }
  }
}

const isSeveral = (given: Prompt | readonly Prompt[]): given is readonly Prompt[] =>
  Array.isArray(given) && given.length > 0 && typeof given[0] !== 'number'

/** The ids to go on from. */
function promptOf(model: LanguageModel, prompt: Prompt, { tokenizer, slide }: Settings, name: string): number[] {
  if (typeof prompt === 'string' && !tokenizer)
    throw new HebbError(`generate: ${name} is text: give the tokenizer as well, or the ids it makes of it`)
  const ids = Array.from(typeof prompt === 'string' ? tokenizer!.encode(prompt) : prompt)
  if (ids.length === 0) throw new HebbError(`generate: ${name} is empty: give at least one token to go on from`)
  for (const [i, id] of ids.entries())
    if (!Number.isInteger(id) || id < 0 || id >= model.vocabulary)
      throw new HebbError(`generate: id ${id} at place ${i} of ${name} is not in 0 … ${model.vocabulary - 1}`)
  if (!slide && ids.length > model.context)
    throw new HebbError(
      `generate: ${name} has ${ids.length} tokens, the context ${model.context}: shorten it, or give slide: true, which goes on from its last ${model.context}`,
    )
  return ids
}
