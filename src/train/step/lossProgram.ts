/** Loss and gradients of one batch shape as one compiled program, bound to the model's memory. */
import { pullback } from '../../autodiff/vjp.js'
import { literal, placeholder } from '../../graph/leaf.js'
import { some } from '../../nn/module/select.js'
import type { Model } from '../../nn/module.js'
import type { Param } from '../../nn/param.js'
import { trace } from '../../nn/scope.js'
import { expand } from '../../ops/move/reshape.js'
import { BoundProgram } from '../../runtime/bound.js'
import type { Keepable } from '../../runtime/store.js'
import { arrayOf, isFloat } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import type { Form, Numbers } from '../../tensor/form.js'
import type { Tensor } from '../../tensor/tensor.js'
import { examplesIn, type LossResult, numbersOf, type Weight, Weights, weightOf } from './numbers.js'
import type { Statistics } from './statistics.js'
import { addRows, splitGradient } from './tableGradients.js'

/** A batch by field: what a loss function gets. */
export type Fields = Readonly<Record<string, unknown>>

/** A traced batch: running it leaves gradients in the arena and the numbers to report in `numbers`. */
export class LossProgram implements Keepable {
  readonly bound: BoundProgram
  readonly outputs: readonly Tensor[]
  /** which parameters the loss depends on */
  readonly touched: readonly boolean[]
  /** how much counts in each number of the last run, in examples; the names are those of what `run` gives */
  readonly weights: Record<string, number> = {}
  /** how much counted in the loss of the last run, as it says itself; 'sum' for a loss that is a sum */
  counts: number | 'sum' = 1
  readonly #names: readonly string[]
  readonly #means: readonly Weight[]
  /** what the loss is a mean over */
  readonly #whole: Weight | 'sum'
  /** gradients of parameters that this trace does not use: another trace may have left numbers there */
  readonly #unused: readonly Float32Array[]
  /** which results hold rows to add, and where */
  readonly #tables: readonly { into: Float32Array; rows: number; ids: number }[]
  readonly #updates: readonly { param: Param; result: number }[]

  constructor(
    model: Model,
    loss: (batch: never) => LossResult,
    form: Form,
    trained: { params: readonly Param[]; gradients: readonly Float32Array[]; statistics: Statistics },
  ) {
    const holders = form.inputs.map(({ shape, dtype }) => placeholder(shape, dtype))
    const { result, updates } = trace(model, { training: true, statistics: trained.statistics }, () => loss(form.fill(holders) as never))
    const reported = numbersOf(result, examplesIn(holders))
    this.#names = reported.map(({ name }) => name)
    const value = reported[0]!.value
    const numbers = reported.map(({ number }) => number)
    if (!isFloat(value.dtype)) throw new HebbError(`train: the loss is ${value.dtype}, which has no gradient: compute it in floats`)
    const found = pullback([value], [expand(literal(1, value.dtype), value.shape)], trained.params)
    this.touched = found.map((g) => g !== undefined)
    const split = found.map((g) => g && splitGradient(g))
    const gradients = split.flatMap((g, i) => (g?.rest ? [{ g: g.rest, into: trained.gradients[i]! }] : []))
    const sums = split.flatMap((g, i) => g?.sums.map((sum) => ({ ...sum, into: trained.gradients[i]! })) ?? [])
    this.#unused = trained.gradients.filter((_, i) => !split[i]?.rest)
    if (found.every((g) => !g))
      throw new HebbError(
        `train: the loss depends on none of the weights it is to move, ${some(trained.params.map((p) => p.storage.path ?? ''))}: compute it from model.forward(…)`,
      )
    const changes = [...updates]
    const outputs: Tensor[] = [
      ...numbers,
      ...gradients.map(({ g }) => g),
      ...changes.map(([, t]) => t),
      ...sums.flatMap(({ rows, ids }) => [rows, ids]),
    ]
    const first = numbers.length + gradients.length + changes.length
    this.#tables = sums.map(({ into }, i) => ({ into, rows: first + 2 * i, ids: first + 2 * i + 1 }))
    this.#updates = changes.map(([param], i) => ({ param, result: numbers.length + gradients.length + i }))
    // what is counted at the run comes last
    const weights = new Weights(outputs)
    this.#means = reported.map((number) => weights.of(number))
    this.#whole = reported[0]!.whole === 'sum' ? 'sum' : weights.of({ counts: reported[0]!.whole, scale: 1 })
    this.outputs = outputs
    // statistics that move need memory to move in, before the program takes them for constants
    for (const [param] of changes) param.storage.open()
    this.bound = new BoundProgram(holders, outputs)
    for (const [i, { into }] of gradients.entries()) this.bound.results[numbers.length + i] = into
  }

  get bytes(): number {
    return this.bound.bytes
  }
  release(): void {
    this.bound.release()
  }

  /**
   * Runs loss and gradients on the numbers of a batch of the traced form; gives the numbers to report, the loss first. Where nothing counts, loss and gradients
   * are 0 and numbers that are means over nothing are left out.
   */
  async run(values: readonly Numbers[], seed: number, step: number): Promise<Record<string, number>> {
    // plain loops: of a step of 50 µs, lists of entries took a twentieth
    for (let i = 0; i < values.length; i++) this.bound.set(i, values[i]!)
    for (const g of this.#unused) g.fill(0)
    await this.bound.run(seed, step)
    const { results } = this.bound
    for (const { into, rows, ids } of this.#tables) addRows(into, arrayOf(results[rows]!, 'f32'), results[ids]!)
    this.counts = this.#whole === 'sum' ? 'sum' : weightOf(this.#whole, results)
    const numbers: Record<string, number> = {}
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!
      const weight = weightOf(this.#means[i]!, results)
      this.weights[name] = weight
      if (weight !== 0) numbers[name] = Number(results[i]![0])
      else if (i === 0) numbers[name] = 0
    }
    return numbers
  }

  /** Writes the buffer updates of the last run into the model. */
  commit(): void {
    for (const { param, result } of this.#updates) param.storage.array!.set(this.bound.results[result] as never)
  }
}
