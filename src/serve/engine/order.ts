/** What is asked of the engine, and what becomes of it. */
import { HebbError } from '../../tensor/errors.js'
import type { TextReader } from '../../text/decode/reading/textReader.js'
import type { Settings } from '../../text/decode/writing/settings.js'
import type { Writer, WritingText, WrittenText } from '../../text/decode/writing/writer.js'
import type { ServedAdapter } from '../adapters/adapters.js'

/** What is to be written after a prompt. */
export interface Order {
  /** ids to go on from */
  readonly prompt: readonly number[]
  readonly settings: Settings
  /** who writes; default the base alone */
  readonly adapter: ServedAdapter | undefined
  /** decides the draws; with `sample` those of one of several texts after the same prompt */
  readonly seed: number
  readonly sample: number
  /** whose it is: who has fewer texts under way comes first */
  readonly client: string
  /** writing ends when it says so */
  readonly signal: AbortSignal | undefined
  /** by `performance.now`, when writing ends at the latest */
  readonly until: number
  /** whether log p of every token is worked out */
  readonly logs: boolean
  /** gets every token as it is written, and the scores it was chosen by, which are its own only during the call */
  readonly onToken: ((event: WrittenText, scores: Float32Array) => void) | undefined
}

/** What was written, and how much of the prompt was known already. */
export interface Served extends WritingText {
  /** ids of the prompt whose keys and values were kept from earlier texts */
  readonly reused: number
}

/** One text in the engine. */
export class Text {
  reader: TextReader | undefined
  /** ids of the text that have been read, or were known */
  read = 0
  /** ids of the prompt that were known from earlier texts */
  reused = 0
  /** of the token that comes next; none as long as there is something to read before */
  scores: Float32Array | undefined
  readonly asked = performance.now()
  /** when its first token came */
  began: number | undefined
  readonly settle: (served: Served) => void
  readonly fail: (error: unknown) => void

  constructor(
    readonly order: Order,
    readonly writer: Writer,
    { settle, fail }: { readonly settle: (served: Served) => void; readonly fail: (error: unknown) => void },
  ) {
    this.settle = settle
    this.fail = fail
  }

  /** ids that are to be read before the next token */
  get left(): number {
    return this.writer.ids.length - this.read
  }

  /** Whether nobody waits for it any more, or it has had its time. */
  isOver(now: number): boolean {
    return this.order.signal?.aborted === true || now >= this.order.until
  }
}

/** There is no room for another text now; `seconds` from now there may be. */
export class BusyError extends HebbError {
  constructor(
    message: string,
    readonly seconds: number,
  ) {
    super(message)
  }
}

/** The engine takes nothing more, or was stopped while a text was under way. */
export class StoppedError extends HebbError {}

/** A text had no turn before its time was over. */
export class LateError extends HebbError {}
