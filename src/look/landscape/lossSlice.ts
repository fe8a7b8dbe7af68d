/** A plane through the space of weights, and the loss at every place of it. */
import type { Layer } from '../../nn/module.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Numbers } from '../../tensor/form.js'
import { defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import {
  type ExamplesFor,
  type FieldNames,
  type FieldOptions,
  feedOf,
  type InputsOf,
  type Picked,
  requireFields,
  rolesOf,
} from '../../train/evaluate/fields.js'
import { Means, NumbersProgram } from '../../train/evaluate/means.js'
import { readings } from '../../train/evaluate/read.js'
import { type AnyModel, type AnyQuestions, type Loss, lossOf, seesBatch } from '../../train/evaluate/reported.js'
import { flatWeights, placeWeights, randomDirection, trainables } from './weights.js'

/** Settings of `lossSlice`. */
export interface LossSliceOptions<Out = Tensor, I extends FieldNames = 'x', T extends FieldNames = 'y'> extends FieldOptions<I, T> {
  /** from the model's output and the target to one number */
  readonly loss: Loss<Out, Picked<T>>
  /** the two axes, each as long as `flatWeights(model)`; default two random ones, filter by filter as long as the weights */
  readonly directions?: readonly [Float32Array, Float32Array] | undefined
  /** how far along each; default [-1, 1] */
  readonly x?: readonly [number, number] | undefined
  readonly y?: readonly [number, number] | undefined
  /** places along each axis; default 51 */
  readonly size?: number | undefined
  /** the middle; default where the model stands */
  readonly center?: Float32Array | undefined
  /** examples per run of a data set; default 512 */
  readonly batchSize?: number | undefined
  /** decides the random directions; default 0 */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The loss over a plane. */
export interface LossSlice {
  /** rows from the largest y down, as heat maps are drawn; each from the smallest x up */
  readonly values: readonly Float32Array[]
  /** coordinates of the columns, and of the rows from the top */
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/**
 * L(w + x·d₁ + y·d₂) over a grid of x and y [Li 2018]: the mean loss of the examples given, in evaluation mode. The model is compiled once; at each
 * place only its weights change. They are afterwards what they were, and so are the buffers. A few hundred examples are enough for a picture.
 * Throws HebbError for an empty set or fewer than 2 places, ShapeError for directions of another length.
 * Stopped by its signal it leaves NaN at the places not reached.
 *
 * @example const { values } = await lossSlice(model, test.take(256), { loss: crossEntropy })
 */
export async function lossSlice<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: ExamplesFor<I, T>,
  options: LossSliceOptions<Out, I, T>,
): Promise<LossSlice> {
  const { size = 51, x = [-1, 1], y = [-1, 1], seed = 0, signal } = options
  requireFields('lossSlice', data, options)
  if (!Number.isInteger(size) || size < 2) throw new HebbError(`lossSlice: size ${size}: give a whole number of at least 2`)
  const stood = flatWeights(model)
  const center = options.center ?? stood
  const [first, second] = options.directions ?? [randomDirection(model, { seed, key: 'x' }), randomDirection(model, { seed, key: 'y' })]
  for (const [name, v] of Object.entries({ center, 'direction 1': first, 'direction 2': second }))
    if (v.length !== stood.length) throw new ShapeError(`lossSlice: ${name} holds ${v.length} numbers, the model ${stood.length} weights`)

  const along = ([from, to]: readonly [number, number]): number[] =>
    Array.from({ length: size }, (_, i) => from + ((to - from) * i) / (size - 1))
  const [xs, ys] = [along(x), along([y[1], y[0]])]
  const weights = trainables(model).map(([, p]) => p.storage.array!)
  const pieces = await programs(model as AnyModel, data, options as Asked)
  const values = ys.map(() => new Float32Array(size).fill(Number.NaN))
  try {
    for (const [row, b] of ys.entries())
      for (const [column, a] of xs.entries()) {
        if (signal?.aborted) return { values, xs, ys }
        let at = 0
        for (const w of weights) {
          for (let i = 0; i < w.length; i++, at++) w[i] = center[at]! + a * first[at]! + b * second[at]!
        }
        const means = new Means()
        for (const piece of pieces) await piece.add(means)
        values[row]![column] = means.values.loss!
      }
  } finally {
    placeWeights(model, stood)
    for (const { bound } of new Set(pieces.map(({ program }) => program))) bound.release()
  }
  return { values, xs, ys }
}

type Asked = AnyQuestions & FieldOptions & { readonly batchSize?: number | undefined }

/** A piece of the data and the program of its form. */
class Piece {
  readonly #values: readonly Numbers[]

  constructor(
    readonly program: PieceProgram,
    readonly size: number,
    values: readonly Numbers[],
  ) {
    this.#values = values
  }

  async add(means: Means): Promise<void> {
    const { program } = this
    // a piece alone of its form stays in the program's memory
    if (program.holds !== this) {
      program.set(this.#values)
      program.holds = this
    }
    await program.add(means, this.size)
  }
}

class PieceProgram extends NumbersProgram {
  holds: Piece | undefined
}

/** The pieces of the data, all in memory, those of one form with one program. */
async function programs(model: AnyModel, data: unknown, asked: Asked): Promise<Piece[]> {
  const byForm = new Map<string, PieceProgram>()
  const pieces: Piece[] = []
  const roles = rolesOf('lossSlice', asked, { all: seesBatch({ loss: asked.loss }) })
  const feed = feedOf('lossSlice', data, { batchSize: asked.batchSize, shuffle: false }, 512)
  for await (const { form, values, size } of readings('lossSlice', feed.batches(), roles)) {
    const key = `${size} ${form.key}`
    let program = byForm.get(key)
    if (!program) {
      program = new PieceProgram(model, form, size, (fields) => {
        const { loss, counts } = lossOf(model, fields, roles(fields), asked.loss)
        return { loss, ...defined({ counts }) }
      })
      byForm.set(key, program)
    }
    // the next batch may be written over this one
    const own = values.map((v) => (typeof v === 'object' ? v.slice() : v))
    pieces.push(new Piece(program, size, own))
  }
  if (pieces.length === 0) throw new HebbError('lossSlice: the feed gave no batches: there is nothing to measure')
  return pieces
}

/**
 * The share of inner places of a slice where the surface curves up in every direction: both eigenvalues of its second differences are above 0.
 * 1 for a bowl; the lower, the more ridges, saddles and pits. Places next to numbers that are not finite do not count.
 */
export function convexShare({ values }: Pick<LossSlice, 'values'>): number {
  let [convex, all] = [0, 0]
  for (let r = 1; r < values.length - 1; r++)
    for (let c = 1; c < values[r]!.length - 1; c++) {
      const v = (dr: number, dc: number): number => values[r + dr]![c + dc]!
      const xx = v(0, 1) - 2 * v(0, 0) + v(0, -1)
      const yy = v(1, 0) - 2 * v(0, 0) + v(-1, 0)
      const xy = (v(1, 1) - v(1, -1) - v(-1, 1) + v(-1, -1)) / 4
      if (!Number.isFinite(xx + yy + xy)) continue
      all++
      if (xx > 0 && xx * yy > xy * xy) convex++
    }
  return all === 0 ? Number.NaN : convex / all
}
