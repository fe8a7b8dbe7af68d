/** Guessing with a smaller model of the same tokens [Leviathan 2023]. */
import { breathe, isBreathless } from '../../../host/pace.js'
import { initializeAsync } from '../../../nn/index.js'
import type { CachingLanguageModel } from '../../languageModel.js'
import { readPrompt } from '../reading/readPrompt.js'
import { TextBatch, type TextReader } from '../reading/textReader.js'
import type { Drafted, Writer } from '../writing/writer.js'
import { type Drafter, Share } from './drafter.js'

/** a guess the smaller model itself holds less likely is of another kind than one it is sure of */
const unsure = 0.4
/** it begins while its first guess comes that often: two places cost nearly half as much again as one */
const worthBeginning = 0.6
/** as many new tokens are read by a program of about their number */
const few = 16
/** it guesses on while all of it is likelier to come than not */
const worth = 0.5

/** A text as the smaller model knows it. */
interface Text {
  readonly reader: TextReader
  read: readonly number[]
  /** how often what it was sure of was right, and what it was not */
  readonly shares: { readonly sure: Share; readonly unsure: Share }
  /** how often the first guess of a round was */
  readonly first: Share
  /** the kinds of the last guesses */
  kinds: readonly ('sure' | 'unsure')[]
}

/** A smaller model that writes ahead by the same rules; texts beyond its context, or with tokens it has not, are written without it. */
export class ModelDrafter implements Drafter {
  readonly #batch: TextBatch
  readonly #texts = new Map<Writer, Text>()

  constructor(
    private readonly model: CachingLanguageModel,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#batch = new TextBatch(model)
  }

  static async of(model: CachingLanguageModel, signal: AbortSignal | undefined): Promise<ModelDrafter> {
    await initializeAsync(model)
    return new ModelDrafter(model, signal)
  }

  async draft(writer: Writer, most: number): Promise<readonly Drafted[]> {
    const { context, vocabulary } = this.model
    const { ids } = writer
    const room = Math.min(most, context + 1 - ids.length)
    if (room < 1 || ids.some((id) => id >= vocabulary)) return []
    const text = this.#texts.get(writer) ?? this.#open(writer)
    const { shares, first, reader } = text
    text.kinds = []
    if (first.right < worthBeginning) {
      first.forgive()
      return []
    }
    let scores = await this.#read(text, ids)
    const drafted: Drafted[] = []
    const further: number[] = []
    const kinds: ('sure' | 'unsure')[] = []
    let all = 1
    while (scores) {
      const { sure, ...guess } = writer.guess(scores, further)
      const kind = sure < unsure ? 'unsure' : 'sure'
      drafted.push(guess)
      further.push(guess.token)
      kinds.push(kind)
      all *= shares[kind].right
      if (drafted.length === room || all < worth || guess.token >= vocabulary || writer.endsAfter(further) || this.signal?.aborted) break
      if (isBreathless(performance.now())) await breathe()
      scores = await reader.read([guess.token])
      text.read = [...ids, ...further]
    }
    text.kinds = kinds
    return drafted
  }

  judged(writer: Writer, right: number): void {
    const { kinds, shares, first } = this.#texts.get(writer)!
    first.count(right > 0)
    for (let i = 0; i <= right && i < kinds.length; i++) shares[kinds[i]!].count(i < right)
  }

  #open(writer: Writer): Text {
    const shares = { sure: new Share(0.9), unsure: new Share(0.6) }
    const text = { reader: this.#batch.open(), read: [], shares, first: new Share(0.8), kinds: [] }
    this.#texts.set(writer, text)
    return text
  }

  /** Reads what is new of a text, and forgets what was guessed and did not come; nothing when the signal says so meanwhile. */
  async #read(text: Text, ids: readonly number[]): Promise<Float32Array | undefined> {
    const { reader, read } = text
    let same = 0
    while (same < ids.length - 1 && same < read.length && read[same] === ids[same]) same++
    if (same < reader.length) reader.rewind(same)
    const fresh = ids.slice(same)
    const scores = same > 0 && fresh.length < few ? (await reader.readEach(fresh)).at(-1) : await readPrompt(reader, fresh, this.signal)
    text.read = ids.slice(0, reader.length)
    return scores
  }

  close(writer: Writer): void {
    this.#texts.get(writer)?.reader.close()
    this.#texts.delete(writer)
  }
}
