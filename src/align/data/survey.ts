/** What examples hold, and which are left out and why: told before the first step. */

/** Why an example is left out. */
export type Reason = 'equal' | 'empty' | 'long'

const said: Readonly<Record<Reason, string>> = {
  equal: 'whose answers are equal',
  empty: 'with an empty answer',
  long: 'whose prompt leaves no room for an answer',
}

/** What was found. */
export interface Surveyed {
  readonly examples: number
  /** how many of them are learned from */
  readonly used: number
  readonly leftOut: Readonly<Record<Reason, number>>
  readonly batches: number
  readonly steps: number
  /** all of it in words, with the first of those that are left out by name */
  readonly text: string
}

/** Examples named of those left out. */
const shown = 3

/** Counts over examples. */
export class Survey {
  examples = 0
  used = 0
  readonly #out = new Map<Reason, string[]>()

  leave(where: string, reason: Reason): void {
    this.#out.set(reason, [...(this.#out.get(reason) ?? []), where])
  }

  found(batches: number, steps: number): Surveyed {
    const lines = [...this.#out].map(
      ([reason, names]) =>
        `${names.length} ${said[reason]} ${names.length === 1 ? 'is' : 'are'} left out (${names.slice(0, shown).join('; ')}${names.length > shown ? '; …' : ''})`,
    )
    const count = (reason: Reason): number => this.#out.get(reason)?.length ?? 0
    return {
      ...{ examples: this.examples, used: this.used, batches, steps },
      leftOut: { equal: count('equal'), empty: count('empty'), long: count('long') },
      text: [`${this.examples} examples, ${this.used} of them learned from; ${steps} steps`, ...lines].join('\n'),
    }
  }
}
