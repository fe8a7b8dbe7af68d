/** Several texts written side by side: every round chooses a token for each and reads them together. */
import { breathe, isBreathless } from '../../../host/pace.js'
import { type CachingLanguageModel, isCaching, type LanguageModel } from '../../languageModel.js'
import { scoresAnew } from '../reading/readAnew.js'
import { TextBatch, type TextReader } from '../reading/textReader.js'
import { logProbability } from '../rules/rules.js'
import { readPrompt } from './readPrompt.js'
import type { Settings } from './settings.js'
import type { Writer, WrittenToken } from './writer.js'

/** A token, and whose it is. */
export interface Event {
  readonly writer: Writer
  readonly event: WrittenToken
}

/** What is known of the texts under way: scores of the token after each, and who reads them. */
class Texts {
  readonly scores = new Map<Writer, Float32Array>()
  readonly #readers = new Map<Writer, TextReader>()
  readonly #batch: TextBatch | undefined

  constructor(
    private readonly model: LanguageModel,
    cache: boolean,
  ) {
    this.#batch = cache && isCaching(model) ? new TextBatch(model as CachingLanguageModel) : undefined
  }

  /** Reads prompts, each once however many texts go on from it. */
  async open(writers: readonly Writer[], signal: AbortSignal | undefined): Promise<void> {
    let before: Writer | undefined
    for (const writer of writers) {
      const like = before?.prompt === writer.prompt ? before : undefined
      before = writer
      if (like) {
        const reader = this.#readers.get(like)
        if (reader) this.#readers.set(writer, reader.fork())
        this.scores.set(writer, this.scores.get(like)!)
      } else if (this.#batch && writer.ids.length <= this.model.context) {
        const reader = this.#batch.open()
        this.#readers.set(writer, reader)
        const scores = await readPrompt(reader, writer.ids, signal)
        if (!scores) return
        this.scores.set(writer, scores)
      } else this.scores.set(writer, await this.#anew(writer))
      if (signal?.aborted) return
    }
  }

  /** Reads the last token of each; those whose context is full are read anew. */
  async read(writers: readonly Writer[]): Promise<void> {
    const kept: Writer[] = []
    for (const writer of writers) {
      if (this.#readers.has(writer) && writer.ids.length > this.model.context) this.close(writer)
      if (this.#readers.has(writer)) kept.push(writer)
      else this.scores.set(writer, await this.#anew(writer))
    }
    if (kept.length === 1) {
      this.scores.set(kept[0]!, await this.#readers.get(kept[0]!)!.read([kept[0]!.ids.at(-1)!]))
    } else if (kept.length > 1) {
      const all = await this.#batch!.read(kept.map((writer) => ({ reader: this.#readers.get(writer)!, ids: [writer.ids.at(-1)!] })))
      kept.forEach((writer, i) => {
        this.scores.set(writer, all[i]!)
      })
    }
  }

  close(writer: Writer): void {
    this.#readers.get(writer)?.close()
    this.#readers.delete(writer)
  }

  #anew(writer: Writer): Promise<Float32Array> {
    return scoresAnew(this.model, writer.ids.slice(-this.model.context))
  }
}

/** Writes texts until each has ended; the tokens of a round come in the order of the texts. */
export async function* writeTokens(
  model: LanguageModel,
  writers: readonly Writer[],
  { cache, signal }: Settings,
): AsyncGenerator<Event, void, undefined> {
  const texts = new Texts(model, cache)
  let live = writers.filter((writer) => !writer.ended)
  const stopped = (): boolean => {
    if (!signal?.aborted) return false
    for (const writer of live) writer.end('signal')
    return true
  }
  if (stopped()) return
  await texts.open(live, signal)
  while (live.length > 0) {
    if (isBreathless(performance.now())) await breathe()
    if (stopped()) return
    for (const writer of live) {
      const scores = texts.scores.get(writer)!
      const token = writer.choose(scores)
      yield { writer, event: writer.add(token, logProbability(scores, token)) }
      if (writer.ended) texts.close(writer)
    }
    live = live.filter((writer) => !writer.ended)
    if (stopped()) return
    await texts.read(live)
  }
}
