/** Several texts written side by side: every round chooses a token for each and reads them together. */
import { breathe, isBreathless } from '../../../host/pace.js'
import { type CachingLanguageModel, isCaching, type LanguageModel } from '../../languageModel.js'
import { type Drafter, mostGuesses } from '../drafting/drafter.js'
import { TextDrafter } from '../drafting/lookup.js'
import { ModelDrafter } from '../drafting/smaller.js'
import { scoresAnew } from '../reading/readAnew.js'
import { readPrompt } from '../reading/readPrompt.js'
import { TextBatch, type TextReader } from '../reading/textReader.js'
import { logProbability } from '../rules/rules.js'
import type { Settings } from './settings.js'
import type { Drafted, Writer, WrittenToken } from './writer.js'

/** A token, and whose it is. */
export interface Event {
  readonly writer: Writer
  readonly event: WrittenToken
}

/** What is known of the texts under way: scores of the token after each, and after each token that was guessed to follow; and who reads them. */
class Texts {
  readonly scores = new Map<Writer, readonly Float32Array[]>()
  readonly drafted = new Map<Writer, readonly Drafted[]>()
  readonly #readers = new Map<Writer, TextReader>()
  readonly #batch: TextBatch | undefined

  constructor(
    private readonly model: LanguageModel,
    cache: boolean,
    private readonly drafter: Drafter | undefined,
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
        this.scores.set(writer, [scores])
      } else this.scores.set(writer, [await this.#anew(writer)])
      if (signal?.aborted) return
    }
  }

  /** Reads the last token of each, and what is guessed to follow; those whose context is full are read anew. */
  async read(writers: readonly Writer[]): Promise<void> {
    this.drafted.clear()
    const kept: Writer[] = []
    for (const writer of writers) {
      if (this.#readers.has(writer) && writer.ids.length > this.model.context) this.close(writer)
      const reader = this.#readers.get(writer)
      const drafted = reader && this.drafter ? await this.drafter.draft(writer, this.#room(writer)) : []
      if (!reader) this.scores.set(writer, [await this.#anew(writer)])
      else if (drafted.length === 0) kept.push(writer)
      else {
        this.drafted.set(writer, drafted)
        this.scores.set(writer, await reader.readEach([writer.ids.at(-1)!, ...drafted.map(({ token }) => token)]))
      }
    }
    if (kept.length === 1) {
      this.scores.set(kept[0]!, [await this.#readers.get(kept[0]!)!.read([kept[0]!.ids.at(-1)!])])
    } else if (kept.length > 1) {
      const all = await this.#batch!.read(kept.map((writer) => ({ reader: this.#readers.get(writer)!, ids: [writer.ids.at(-1)!] })))
      kept.forEach((writer, i) => {
        this.scores.set(writer, [all[i]!])
      })
    }
  }

  /** Forgets what was guessed and did not come; so many of the guesses did. */
  judge(writer: Writer, right: number): void {
    if (!this.drafted.has(writer)) return
    this.drafter!.judged(writer, right)
    this.#readers.get(writer)!.rewind(writer.ids.length - 1)
  }

  /** How many tokens are worth guessing: as many as may still come and be read under the angles of the places they have. */
  #room(writer: Writer): number {
    const { length } = writer.ids
    const { from = this.model.context, always = false } = (isCaching(this.model) && this.model.cache.stretched) || {}
    const most = length <= from || always ? from - length : this.model.context - length
    return Math.max(0, Math.min(mostGuesses, writer.left - 1, most))
  }

  close(writer: Writer): void {
    this.#readers.get(writer)?.close()
    this.#readers.delete(writer)
    this.drafter?.close(writer)
  }

  #anew(writer: Writer): Promise<Float32Array> {
    return scoresAnew(this.model, writer.ids.slice(-this.model.context))
  }
}

/** Writes texts until each has ended; the tokens of a round come in the order of the texts. */
export async function* writeTokens(
  model: LanguageModel,
  writers: readonly Writer[],
  { cache, signal, draft }: Settings,
): AsyncGenerator<Event, void, undefined> {
  const drafter = draft === 'lookup' ? new TextDrafter() : draft && (await ModelDrafter.of(draft, signal))
  const texts = new Texts(model, cache, drafter)
  let live = writers.filter((writer) => !writer.ended)
  const stopped = (): boolean => {
    if (!signal?.aborted) return false
    for (const writer of live) writer.end('signal')
    return true
  }
  if (stopped()) return
  await texts.open(live, signal)
  while (live.length > 0) {
    if (stopped()) return
    for (const writer of live) {
      const drafted = texts.drafted.get(writer) ?? []
      let right = 0
      for (const scores of texts.scores.get(writer)!) {
        if (isBreathless(performance.now())) await breathe()
        const guess = drafted[right]
        const token = writer.choose(scores, guess)
        yield { writer, event: writer.add(token, logProbability(scores, token)) }
        if (writer.ended || signal?.aborted || token !== guess?.token) break
        right++
      }
      if (writer.ended) texts.close(writer)
      else texts.judge(writer, right)
    }
    live = live.filter((writer) => !writer.ended)
    if (stopped()) return
    await texts.read(live)
  }
}
