/** Means over batches, each number by what counts in it, and the programs that add to them. */
import { plainFields } from '../../files/saved.js'
import type { Saved, Stateful } from '../../files/stateful.js'
import { BoundProgram } from '../../runtime/bound.js'
import type { Form, Numbers } from '../../tensor/form.js'
import { type LossResult, numbersOf, type Weight, Weights, weightOf } from '../step/numbers.js'
import { traced } from './read.js'
import type { AnyModel } from './reported.js'

/** Means over what counts, from means over batches. */
export class Means implements Stateful {
  readonly #sums = new Map<string, Sum>()
  examples = 0
  /** Adds the numbers of a batch of `size` examples; `weights` is how much counts in each of them. */
  add(values: Readonly<Record<string, number>>, weights: Readonly<Record<string, number>>, size: number): void {
    for (const name in weights) {
      const weight = weights[name]!
      const { sum, of } = this.#sums.get(name) ?? { sum: 0, of: 0 }
      // what is a mean over nothing is no number, and counts as nothing
      this.#sums.set(name, { sum: weight === 0 ? sum : sum + values[name]! * weight, of: of + weight })
    }
    this.examples += size
  }
  get values(): Record<string, number> {
    return Object.fromEntries([...this.#sums].map(([name, { sum, of }]) => [name, sum / of]))
  }
  clear(): void {
    this.#sums.clear()
    this.examples = 0
  }

  state(): Saved {
    return { plain: { sums: Object.fromEntries([...this.#sums].map(([name, sum]) => [name, { ...sum }])), examples: this.examples } }
  }
  check({ plain }: Saved): void {
    const { sums } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) plainFields(sum, { sum: 'number', of: 'number' }, `the sum of ${name}`)
  }
  restore({ plain }: Saved): void {
    const { sums, examples } = plainFields(plain, { sums: 'object', examples: 'count' })
    for (const [name, sum] of Object.entries(sums)) this.#sums.set(name, plainFields(sum, { sum: 'number', of: 'number' }))
    this.examples = examples
  }
}

/** A sum of weighted numbers, and the sum of their weights. */
export interface Sum {
  readonly sum: number
  readonly of: number
}

/** The numbers that a loss and metrics report of batches of one form, compiled. */
export class NumbersProgram {
  readonly bound: BoundProgram
  readonly #names: readonly string[]
  readonly #weights: readonly Weight[]

  /** `ask` gives what is reported of the fields of a batch of `size` examples. */
  constructor(model: AnyModel, form: Form, size: number, ask: (fields: Readonly<Record<string, unknown>>) => LossResult) {
    const { holders, result } = traced(model, form, ask)
    const numbers = numbersOf(result, size, { reduce: true })
    const outputs = numbers.map(({ number }) => number)
    const weights = new Weights(outputs)
    this.#names = numbers.map(({ name }) => name)
    this.#weights = numbers.map((number) => weights.of(number))
    this.bound = new BoundProgram(holders, outputs)
  }

  /** Takes the numbers of a batch in. */
  set(values: readonly Numbers[]): void {
    for (let i = 0; i < values.length; i++) this.bound.set(i, values[i]!)
  }
  /** Adds what is reported of the batch taken in, of `size` examples, to the means. */
  async add(means: Means, size: number): Promise<void> {
    await this.bound.run()
    const { results } = this.bound
    means.add(
      Object.fromEntries(this.#names.map((name, i) => [name, Number(results[i]![0])])),
      Object.fromEntries(this.#names.map((name, i) => [name, weightOf(this.#weights[i]!, results)])),
      size,
    )
  }
}
