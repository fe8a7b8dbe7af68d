/** Many texts written by one model at once: they join and leave between tokens. */
import { breathe } from '../../host/pace.js'
import { initializeAsync } from '../../nn/index.js'
import { HebbError } from '../../tensor/errors.js'
import { logProbability } from '../../text/decode/rules/rules.js'
import { Writer, type WrittenText } from '../../text/decode/writing/writer.js'
import type { CachingLanguageModel } from '../../text/languageModel.js'
import type { ServedAdapters } from '../adapters/adapters.js'
import { Counts } from './counts.js'
import { BusyError, LateError, type Order, type Served, StoppedError, Text } from './order.js'
import { Seats } from './seats.js'
import { Waiting } from './waiting.js'

/** How much an engine does at once. */
export interface EngineOptions {
  /** texts under way at once at most; default 16 */
  readonly texts?: number | undefined
  /** texts that wait at most; default 64 */
  readonly waiting?: number | undefined
  /** ids of prompts that are read between two tokens of the others at most: less lets them flow more evenly, more reads prompts faster. Default 128 */
  readonly piece?: number | undefined
  /** bytes of keys and values of the texts under way at most; default 2 GiB */
  readonly cacheBytes?: number | undefined
  /** bytes of keys and values of beginnings that are kept for texts to come; default 256 MiB */
  readonly prefixBytes?: number | undefined
}

/** Names of the options. */
export const engineOptions = ['texts', 'waiting', 'piece', 'cacheBytes', 'prefixBytes'] as const satisfies readonly (keyof EngineOptions)[]

/**
 * Writes texts side by side: in every round each text under way gets a token, all of them in one run of a program, and prompts are read on by a piece. Texts
 * join and leave between rounds, so that none waits for another to end [Yu 2022]. Each may have an adapter of its own. What texts begin with alike is read once.
 *
 * Memory is bounded: where the texts under way outgrow it, the last one to come waits until there is room again, and is then read anew.
 */
export class Engine {
  readonly counts = new Counts()
  readonly #model: CachingLanguageModel
  readonly #seats: Seats
  readonly #most: { readonly texts: number; readonly waiting: number; readonly piece: number }
  readonly #waiting = new Waiting()
  #texts: Text[] = []
  #going: Promise<void> | undefined
  #stopped = false
  /** mean seconds of a text, of late */
  #seconds = 1
  readonly #release = new Map<Text, () => void>()

  constructor(model: CachingLanguageModel, options: EngineOptions = {}, adapters?: ServedAdapters) {
    const { texts = 16, waiting = 64, piece = 128, cacheBytes = 2 ** 31, prefixBytes = 2 ** 28 } = options
    for (const [name, value, least] of Object.entries({ texts, waiting, piece, cacheBytes, prefixBytes }).map(
      ([name, value]) => [name, value, name === 'texts' || name === 'piece' ? 1 : 0] as const,
    ))
      if (!Number.isInteger(value) || value < least) throw new HebbError(`serve: ${name} ${value}: give a whole number from ${least} on`)
    this.#model = model
    this.#most = { texts, waiting, piece }
    this.#seats = new Seats(model, { cacheBytes, prefixBytes }, adapters)
  }

  /** texts under way, and those that wait */
  get load(): { readonly texts: number; readonly waiting: number } {
    return { texts: this.#texts.length, waiting: this.#waiting.size }
  }
  /** bytes of keys and values, of texts under way and of beginnings */
  get memory(): { readonly cache: number; readonly prefixes: number } {
    return this.#seats.memory
  }
  /** tokens a text may have, its prompt included: the model's context, or less where memory holds no more */
  get context(): number {
    return this.#seats.context
  }
  /** whether it takes nothing more */
  get isStopped(): boolean {
    return this.#stopped
  }

  /**
   * Writes a text; what was written until then where the order's signal or time ends it. Throws BusyError at once where too many wait, StoppedError after
   * {@link stop}.
   */
  write(order: Order): Promise<Served> {
    return this.writeAll([order])[0]!
  }

  /** Writes several texts: all of them are taken or none is. */
  writeAll(orders: readonly Order[]): Promise<Served>[] {
    if (this.#stopped) throw new StoppedError('serve: the server is stopping: ask another one')
    const { texts, waiting } = this.#most
    const free = Math.max(0, texts - this.#texts.length)
    if (this.#waiting.size + orders.length > waiting + free) {
      this.counts.turnedAway += orders.length
      const seconds = Math.ceil((this.#seconds * (this.#waiting.size + 1)) / texts)
      throw new BusyError(
        `serve: ${this.#texts.length} texts are under way and ${this.#waiting.size} wait: ask again later`,
        Math.min(60, Math.max(1, seconds)),
      )
    }
    const promises = orders.map((order) => {
      const { prompt, settings, seed, sample, adapter } = order
      const writer = new Writer(prompt, settings, { context: this.#seats.context, vocabulary: this.#model.vocabulary }, { seed, sample })
      return new Promise<Served>((settle, fail) => {
        const text = new Text(order, writer, { settle, fail })
        if (adapter) this.#release.set(text, this.#seats.adapters!.use(adapter))
        this.#waiting.add(text)
      })
    })
    this.#going ??= this.#go()
    return promises
  }

  /** Takes nothing more; resolves when the texts under way have ended, those that are still there after `within` milliseconds by StoppedError. */
  async stop(within = 0): Promise<void> {
    this.#stopped = true
    const timer = setTimeout(
      () => this.#abandon(this.#texts.concat(this.#waiting.all), new StoppedError('serve: the server stopped')),
      within,
    )
    await this.#going
    clearTimeout(timer)
  }

  #abandon(texts: readonly Text[], error: unknown): void {
    for (const text of texts) {
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
        this.#leave()
        await this.#read()
        await breathe()
      }
    } catch (error) {
      this.#abandon([...this.#texts, ...this.#waiting.all], error)
      this.#leave()
    } finally {
      this.#going = undefined
    }
  }

  /** Lets those out that have ended, and those nobody waits for. */
  #leave(): void {
    const now = performance.now()
    const over = (text: Text): boolean => {
      if (!text.writer.ended && text.isOver(now)) text.writer.end('signal')
      return text.writer.ended
    }
    for (const text of this.#waiting.take(over)) {
      if (text.writer.why === 'signal' && text.writer.written.length === 0)
        text.fail(new LateError('serve: the time was over before there was room for this text'))
      this.#end(text)
    }
    const gone = this.#texts.filter(over)
    if (gone.length === 0) return
    this.#texts = this.#texts.filter(({ writer }) => !writer.ended)
    for (const text of gone) {
      this.#seats.close(text)
      this.#end(text)
    }
  }

  #end(text: Text): void {
    const { writer, reused, asked } = text
    this.#release.get(text)?.()
    this.#release.delete(text)
    text.settle({ ...(writer.result as Served), reused })
    const seconds = (performance.now() - asked) / 1000
    this.#seconds += 0.2 * (seconds - this.#seconds)
    this.counts.end(writer.why)
    this.counts.untilEnd.add(seconds)
  }

  #admit(): void {
    while (this.#texts.length < this.#most.texts && this.#seats.fits(this.#texts, this.#waiting.peek(this.#texts))) {
      const text = this.#waiting.next(this.#texts)
      if (!text) return
      this.#seats.open(text)
      this.#texts.push(text)
    }
  }

  /** A token for each text whose scores are there. */
  #choose(): void {
    for (const text of this.#texts) {
      const { scores, writer, order } = text
      if (!scores) continue
      text.scores = undefined
      try {
        const token = writer.choose(scores)
        const event = writer.add(token, order.logs ? logProbability(scores, token) : Number.NaN)
        this.counts.written++
        if (text.began === undefined) {
          text.began = performance.now()
          this.counts.untilFirst.add((text.began - text.asked) / 1000)
        }
        order.onToken?.(event as WrittenText, scores)
      } catch (error) {
        this.#abandon([text], error)
      }
    }
  }

  /** The last token of each, and pieces of prompts. */
  async #read(): Promise<void> {
    for (const text of this.#seats.makeRoom(this.#texts)) {
      this.#texts = this.#texts.filter((other) => other !== text)
      this.#waiting.putBack(text)
      this.counts.putBack++
    }
    const going = this.#texts.filter(({ left, read }) => left === 1 && read > 0)
    const reading = this.#texts.filter((text) => !going.includes(text))
    try {
      if (going.length > 0) {
        await this.#seats.readLast(going)
        this.counts.rounds++
        this.counts.roundTexts += going.length
      }
      let ids = this.#most.piece
      for (const text of reading) {
        if (ids <= 0) break
        const { read, reused } = await this.#seats.readOn(text, ids)
        ids -= read
        this.counts.read += read
        this.counts.reused += reused
        // the next piece is another's
        this.#texts = [...this.#texts.filter((other) => other !== text), text]
      }
    } catch (error) {
      // which of them it was is not known
      this.#abandon(this.#texts, error)
    }
  }
}
