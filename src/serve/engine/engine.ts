/** Many texts written by one model at once: they join and leave between tokens. */
import { breathe } from '../../host/pace.js'
import { initializeAsync } from '../../nn/index.js'
import { HebbError } from '../../tensor/errors.js'
import { TextBatch } from '../../text/decode/reading/textReader.js'
import { logProbability } from '../../text/decode/rules/rules.js'
import { Writer, type WrittenText } from '../../text/decode/writing/writer.js'
import type { CachingLanguageModel } from '../../text/languageModel.js'
import { BusyError, type Order, type Served, StoppedError, Text } from './order.js'
import { Waiting } from './waiting.js'

/** How much an engine does at once. */
export interface EngineOptions {
  /** texts under way at once at most; default 16 */
  readonly texts?: number | undefined
  /** texts that wait at most; default 64 */
  readonly waiting?: number | undefined
  /** ids of a prompt that are read between two tokens of the others at most: less lets them flow more evenly, more reads prompts faster. Default 128 */
  readonly piece?: number | undefined
}

/**
 * Writes texts side by side: in every round each text under way gets a token, all of them in one run of a program, and one prompt is read on by a piece. Texts
 * join and leave between rounds, so that none waits for another to end [Yu 2022].
 */
export class Engine {
  readonly #model: CachingLanguageModel
  readonly #batch: TextBatch
  readonly #most: Required<{ [K in keyof EngineOptions]: number }>
  readonly #waiting = new Waiting()
  #texts: Text[] = []
  #going: Promise<void> | undefined
  #stopped = false
  /** mean seconds of a text, of late */
  #seconds = 1

  constructor(model: CachingLanguageModel, { texts = 16, waiting = 64, piece = 128 }: EngineOptions = {}) {
    for (const [name, value, least] of [
      ['texts', texts, 1],
      ['waiting', waiting, 0],
      ['piece', piece, 1],
    ] as const)
      if (!Number.isInteger(value) || value < least) throw new HebbError(`serve: ${name} ${value}: give a whole number from ${least} on`)
    this.#model = model
    this.#batch = new TextBatch(model)
    this.#most = { texts, waiting, piece }
  }

  /** texts under way, and those that wait */
  get load(): { readonly texts: number; readonly waiting: number } {
    return { texts: this.#texts.length, waiting: this.#waiting.size }
  }

  /** Writes a text; what was written until then where the order's signal or time ends it. Throws BusyError at once where too many wait, StoppedError after `stop`. */
  write(order: Order): Promise<Served> {
    return this.writeAll([order])[0]!
  }

  /** Writes several texts: all of them are taken or none is. */
  writeAll(orders: readonly Order[]): Promise<Served>[] {
    if (this.#stopped) throw new StoppedError('serve: the server is stopping: ask another one')
    const free = Math.max(0, this.#most.texts - this.#texts.length)
    if (this.#waiting.size + orders.length > this.#most.waiting + free) {
      const seconds = Math.ceil((this.#seconds * (this.#waiting.size + 1)) / this.#most.texts)
      throw new BusyError(
        `serve: ${this.#texts.length} texts are under way and ${this.#waiting.size} wait: ask again later`,
        Math.min(60, Math.max(1, seconds)),
      )
    }
    const promises = orders.map((order) => {
      const { prompt, settings, seed, sample } = order
      const writer = new Writer(prompt, settings, this.#model, { seed, sample })
      return new Promise<Served>((settle, fail) => this.#waiting.add(new Text(order, writer, settle, fail)))
    })
    this.#going ??= this.#go()
    return promises
  }

  /** Takes nothing more; resolves when the texts under way have ended, those that are still there after `within` milliseconds by StoppedError. */
  async stop(within = 0): Promise<void> {
    this.#stopped = true
    const timer = setTimeout(() => this.#abandon(new StoppedError('serve: the server stopped')), within)
    await this.#going
    clearTimeout(timer)
  }

  #abandon(error: Error): void {
    for (const text of [...this.#texts, ...this.#waiting.take(() => true)]) {
      text.writer.end('signal')
      text.fail(error)
    }
  }

  async #go(): Promise<void> {
    try {
      await initializeAsync(this.#model)
      while (this.#texts.length > 0 || this.#waiting.size > 0) {
        this.#leave()
        this.#admit()
        this.#choose()
        await this.#read()
        await breathe()
      }
    } catch (error) {
      this.#abandon(error as Error)
      for (const text of this.#texts.splice(0)) text.reader?.close()
    } finally {
      this.#going = undefined
    }
  }

  /** Lets those out that have ended, and those nobody waits for. */
  #leave(): void {
    const now = performance.now()
    for (const text of this.#waiting.take((text) => text.isOver(now) || text.writer.ended)) {
      text.writer.end(text.writer.ended ? text.writer.why : 'signal')
      this.#settle(text)
    }
    for (const text of this.#texts) if (!text.writer.ended && text.isOver(now)) text.writer.end('signal')
    const over = this.#texts.filter(({ writer }) => writer.ended)
    if (over.length === 0) return
    this.#texts = this.#texts.filter(({ writer }) => !writer.ended)
    for (const text of over) this.#close(text)
  }

  #close(text: Text): void {
    text.reader?.close()
    text.reader = undefined
    this.#settle(text)
    this.#seconds += 0.2 * ((performance.now() - text.asked) / 1000 - this.#seconds)
  }

  #settle(text: Text): void {
    text.settle({ ...(text.writer.result as Served), reused: text.reused })
  }

  #admit(): void {
    while (this.#texts.length < this.#most.texts) {
      const text = this.#waiting.next(this.#texts)
      if (!text) return
      text.reader = this.#batch.open()
      this.#texts.push(text)
    }
  }

  /** A token for each text whose scores are there. */
  #choose(): void {
    for (const text of this.#texts) {
      const { scores, writer, order } = text
      if (!scores) continue
      try {
        const token = writer.choose(scores)
        const event = writer.add(token, order.logs ? logProbability(scores, token) : Number.NaN)
        order.onToken?.(event as WrittenText, scores)
      } catch (error) {
        writer.end('signal')
        text.fail(error)
      }
      text.scores = undefined
    }
  }

  /** The last token of each, and a piece of one prompt. */
  async #read(): Promise<void> {
    const live = this.#texts.filter(({ writer }) => !writer.ended)
    const going = live.filter(({ read, writer }) => read === writer.prompt.length)
    if (going.length > 0) {
      const all = await this.#batch.read(going.map(({ reader, writer }) => ({ reader: reader!, ids: [writer.ids.at(-1)!] })))
      for (const [i, text] of going.entries()) text.scores = all[i]!
    }
    const next = live.find(({ read, writer }) => read < writer.prompt.length)
    if (!next) return
    // the next piece is another's
    this.#texts = [...this.#texts.filter((text) => text !== next), next]
    const ids = next.writer.prompt.slice(next.read, next.read + this.#most.piece)
    const scores = await next.reader!.read(ids)
    next.read += ids.length
    if (next.read === next.writer.prompt.length) next.scores = scores
  }
}
