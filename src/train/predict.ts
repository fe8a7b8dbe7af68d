/** A model's answers. */
import { batches } from '../data/batches.js'
import { Dataset } from '../data/dataset.js'
import { placeholder } from '../graph/leaf.js'
import type { Layer } from '../nn/module.js'
import { trace } from '../nn/scope.js'
import { BoundProgram } from '../runtime/bound.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { checkOptions } from '../tensor/options.js'
import { showShape, sizeOf } from '../tensor/shape.js'
import { fromData, Tensor } from '../tensor/tensor.js'
import { withProgram } from './run/modelProgram.js'

/**
 * The model's outputs, in evaluation mode, for a tensor (N, …) or the field x of a data set, `batchSize` (default 256) rows at a time.
 * The model is compiled once for each shape of batch, and again where it has changed.
 * Throws HebbError when there are no rows, or the model joins examples so that its output has not one row for each.
 *
 * @example const probabilities = (await predict(model, test)).softmax()
 */
export async function predict<F extends string>(
  model: Layer,
  inputs: Tensor | Dataset<F | 'x'>,
  options: { readonly batchSize?: number } = {},
): Promise<Tensor> {
  checkOptions('predict', options, ['batchSize'])
  const { batchSize = 256 } = options
  if (!(inputs instanceof Tensor || inputs instanceof Dataset))
    throw new HebbError(`predict: the inputs are ${Array.isArray(inputs) ? 'an array' : `a ${typeof inputs}`}: give a tensor or a data set`)
  if (inputs instanceof Dataset && !inputs.fields.includes('x' as F))
    throw new HebbError(
      `predict: the data has the fields ${inputs.fields.join(', ')}, but no x: rename one, as data.rename({ image: 'x' }) does`,
    )
  const rows: TypedArray[] = []
  let output: Tensor | undefined
  for await (const x of pieces(inputs, batchSize)) {
    const values = x.value ?? (await x.data())
    const made = await withProgram(
      model,
      `predict ${showShape(x.shape)}${x.dtype}`,
      [],
      () => program(model, x),
      async ({ bound, output: shape }) => {
        bound.set(0, values)
        await bound.run()
        rows.push(bound.take(0))
        return shape
      },
    )
    output = made
  }
  if (!output) throw new HebbError('predict: there are no rows to predict for')
  const width = sizeOf(output.shape.slice(1))
  const all = allocate(
    output.dtype,
    rows.reduce((n, r) => n + r.length, 0),
  )
  let at = 0
  for (const r of rows) {
    all.set(r as never, at)
    at += r.length
  }
  return fromData(all, [width === 0 ? 0 : all.length / width, ...output.shape.slice(1)], output.dtype)
}

/** The model traced for rows of one shape. */
function program(model: Layer, x: Tensor): { bound: BoundProgram; output: Tensor } {
  const n = x.shape[0]!
  const holder = placeholder(x.shape, x.dtype)
  const { result } = trace(model, { training: false }, () => model.forward(holder))
  if (result.shape[0] !== n)
    throw new HebbError(
      `predict: ${n} rows went in and ${result.shape[0] ?? 'a single number'} came out: give the model one row for each example`,
    )
  return { bound: new BoundProgram([holder], [result]), output: result }
}

async function* pieces(inputs: Tensor | Dataset<string>, size: number): AsyncGenerator<Tensor> {
  if (inputs instanceof Dataset) {
    if (inputs.length > 0) for (const batch of batches(inputs, size, { shuffle: false })) yield batch.x!
    return
  }
  const data = await inputs.data()
  const [count = 1, ...rest] = inputs.shape
  const width = sizeOf(rest)
  for (let i = 0; i < count; i += size) {
    const n = Math.min(size, count - i)
    yield fromData(data.subarray(i * width, (i + n) * width) as TypedArray, [n, ...rest], inputs.dtype)
  }
}
