/** What examples hold, found out before the first step: how many teach, how many are cut, and how many steps a run has. */
import type { Encoded } from './examples.js'

/** What `sft` found in its examples. */
export interface SftData {
  /** rows of the data */
  readonly examples: number
  /** tokens of those that are learned from, behind cutting */
  readonly tokens: number
  /** tokens that are learned to be said */
  readonly learned: number
  /** examples longer than `maxLength`, cut at their end */
  readonly cut: number
  /** examples left out, as nothing that is learned is left of them where they are cut */
  readonly empty: number
  /** batches of one pass */
  readonly batches: number
  /** steps of the whole run */
  readonly steps: number
  /** all of it in words */
  readonly text: string
}

/** Counts over examples, one after the other. */
export class Survey {
  #examples = 0
  #tokens = 0
  #learned = 0
  readonly #cut: string[] = []
  readonly #empty: string[] = []
  #cuts = 0
  #empties = 0

  constructor(readonly maxLength: number) {}

  /** Takes note of one. */
  see({ where, ids, learned, whole }: Encoded): void {
    this.#examples++
    if (whole > ids.length && ++this.#cuts <= shown) this.#cut.push(where)
    const taught = countOf(learned)
    if (taught === 0) {
      if (++this.#empties <= shown) this.#empty.push(where)
      return
    }
    this.#tokens += ids.length
    this.#learned += taught
  }

  /** What was seen, for a run of so many batches and steps. */
  found(batches: number, steps: number): SftData {
    const count = (n: number): string => n.toLocaleString('en-US')
    const named = (all: number, some: readonly string[]): string => `${some.join('; ')}${all > some.length ? '; …' : ''}`
    const limit = `${count(this.maxLength)} tokens`
    const text = [
      `${count(this.#examples)} examples, ${count(this.#tokens)} tokens, of which ${count(this.#learned)} are learned; ${count(steps)} steps`,
      ...(this.#cuts > 0 ? [`${count(this.#cuts)} longer than ${limit} are cut at their end (${named(this.#cuts, this.#cut)})`] : []),
      ...(this.#empties > 0
        ? [`${count(this.#empties)} are left out, as nothing learned stands in their first ${limit} (${named(this.#empties, this.#empty)})`]
        : []),
    ].join('\n')
    return {
      examples: this.#examples,
      tokens: this.#tokens,
      learned: this.#learned,
      cut: this.#cuts,
      empty: this.#empties,
      batches,
      steps,
      text,
    }
  }
}

/** Examples named of those that are cut or left out. */
const shown = 3

/** How many tokens are learned: the first of all has nothing before it to be said after. */
function countOf(learned: Uint8Array): number {
  let count = 0
  for (let i = 1; i < learned.length; i++) count += learned[i]!
  return count
}
