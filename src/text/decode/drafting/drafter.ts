/** What may come next, guessed cheaply, so that the model only has to read it: several places in one run cost little more than one. */
import type { Drafted, Writer } from '../writing/writer.js'

/** Whoever guesses. */
export interface Drafter {
  /** Up to `most` tokens that may come next in a text. */
  draft(writer: Writer, most: number): Promise<readonly Drafted[]>
  /** So many of those guessed last came; the next one was wrong, where there was one. */
  judged(writer: Writer, right: number): void
  /** Nothing more of this text is asked. */
  close(writer: Writer): void
}

/** tokens guessed in a round at most: with the one before them they make 16 places to read */
export const mostGuesses = 15

/** How often guesses of one kind were right lately, in one text. */
export class Share {
  #right: number

  constructor(private readonly before: number) {
    this.#right = before
  }

  get right(): number {
    return this.#right
  }

  count(right: boolean): void {
    this.#right += (Number(right) - this.#right) / 8
  }

  /** What was found wrong is forgiven while nothing is guessed, so that it is tried again. */
  forgive(): void {
    this.#right += (this.before - this.#right) / 64
  }
}
