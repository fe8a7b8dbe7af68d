/** Loss and gradients of one batch shape as one compiled program, bound to the model's memory. */
import { pullback } from '../../autodiff/vjp.js'
import { literal, placeholder } from '../../graph/leaf.js'
import type { Model } from '../../nn/module.js'
import type { Param } from '../../nn/param.js'
import { trace } from '../../nn/scope.js'
import { expand } from '../../ops/move/reshape.js'
import { BoundProgram } from '../../runtime/bound.js'
import { isFloat, type TypedArray } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { addRows, splitGradient } from './tableGradients.js'

/** A batch by field. Tensors become inputs of the program; anything else passes into the trace as it is. */
export type Fields = Readonly<Record<string, unknown>>
/** What a loss function may give: the loss alone, or the loss and further numbers to report. */
export type LossResult = Tensor | ({ readonly loss: Tensor } & Readonly<Record<string, Tensor>>)

/** The tensors among the fields of a batch, in order. */
export const tensorsOf = (batch: Fields): [string, Tensor][] =>
  Object.entries(batch).flatMap(([name, value]) => (value instanceof Tensor ? [[name, value] as [string, Tensor]] : []))

/** A traced batch: running it leaves gradients in the arena and the numbers to report in `numbers`. */
export class LossProgram {
  readonly bound: BoundProgram
  readonly outputs: readonly Tensor[]
  private readonly fields: readonly string[]
  private readonly holders: readonly Tensor[]
  private readonly names: readonly string[]
  /** gradients of parameters that this trace does not use: another trace may have left numbers there */
  private readonly unused: readonly Float32Array[]
  /** which results hold rows to add, and where */
  private readonly tables: readonly { into: Float32Array; rows: number; ids: number }[]
  private readonly updates: readonly { param: Param; result: number }[]

  constructor(
    model: Model,
    loss: (batch: never) => LossResult,
    batch: Fields,
    trained: { params: readonly Param[]; gradients: readonly Float32Array[] },
  ) {
    const fields = tensorsOf(batch)
    this.fields = fields.map(([name]) => name)
    const holders = fields.map(([, t]) => placeholder(t.shape, t.dtype))
    this.holders = holders
    const inputs = { ...batch, ...Object.fromEntries(fields.map(([name], i) => [name, holders[i]!])) }
    const { result, updates } = trace(model, { training: true }, () => loss(inputs as never))
    const { loss: value, ...others }: Readonly<Record<string, Tensor>> & { readonly loss: Tensor } =
      result instanceof Tensor ? { loss: result } : result
    const named = { loss: value, ...others }
    this.names = Object.keys(named)
    const numbers = Object.entries(named).map(([name, t]) => {
      if (!(t instanceof Tensor) || t.size !== 1)
        throw new ShapeError(
          `train: ${name} is ${t instanceof Tensor ? showShape(t.shape) : String(t)}, not one number: reduce it with mean() or sum()`,
        )
      return t.cast('f32').reshape([])
    })
    if (!isFloat(value.dtype)) throw new HebbError(`train: the loss is ${value.dtype}, which has no gradient: compute it in floats`)
    const found = pullback([value], [expand(literal(1, value.dtype), value.shape)], trained.params)
    const split = found.map((g) => g && splitGradient(g))
    const gradients = split.flatMap((g, i) => (g?.rest ? [{ g: g.rest, into: trained.gradients[i]! }] : []))
    const sums = split.flatMap((g, i) => g?.sums.map((sum) => ({ ...sum, into: trained.gradients[i]! })) ?? [])
    this.unused = trained.gradients.filter((_, i) => !split[i]?.rest)
    if (found.every((g) => !g))
      throw new HebbError('train: the loss depends on no parameter of the model: compute it from model.forward(…)')
    const changes = [...updates]
    this.outputs = [
      ...numbers,
      ...gradients.map(({ g }) => g),
      ...changes.map(([, t]) => t),
      ...sums.flatMap(({ rows, ids }) => [rows, ids]),
    ]
    const into: (TypedArray | undefined)[] = [...numbers.map(() => undefined), ...gradients.map((g) => g.into)]
    this.bound = new BoundProgram(holders, this.outputs, into)
    const first = numbers.length + gradients.length + changes.length
    this.tables = sums.map(({ into }, i) => ({ into, rows: first + 2 * i, ids: first + 2 * i + 1 }))
    this.updates = changes.map(([param], i) => ({ param, result: numbers.length + gradients.length + i }))
  }

  /** Whether the tensors of a batch have the names, shapes and dtypes of those that were traced. */
  fits(batch: Fields): boolean {
    let tensors = 0
    for (const name in batch) if (batch[name] instanceof Tensor) tensors++
    return (
      tensors === this.fields.length &&
      this.fields.every((name, i) => {
        const [t, { shape, dtype }] = [batch[name], this.holders[i]!]
        return t instanceof Tensor && t.dtype === dtype && sameShape(t.shape, shape)
      })
    )
  }

  /** Runs loss and gradients on a batch of the traced shapes; gives the numbers to report, the loss first. */
  async run(batch: Fields, seed: number, step: number): Promise<Record<string, number>> {
    // plain loops: of a step of 50 µs, lists of entries took a twentieth
    for (let i = 0; i < this.fields.length; i++) {
      const t = batch[this.fields[i]!] as Tensor
      this.bound.set(i, t.value ?? (await t.data()))
    }
    for (const g of this.unused) g.fill(0)
    await this.bound.run(seed, step)
    const { results } = this.bound
    for (const { into, rows, ids } of this.tables) addRows(into, results[rows] as Float32Array, results[ids]!)
    const numbers: Record<string, number> = {}
    for (let i = 0; i < this.names.length; i++) numbers[this.names[i]!] = Number(results[i]![0])
    return numbers
  }

  /** Writes the buffer updates of the last run into the model. */
  commit(): void {
    for (const { param, result } of this.updates) param.storage.array!.set(this.bound.results[result] as never)
  }
}
