/** A model's answers. */
import { batches } from '../data/batches.js'
import { Dataset } from '../data/dataset.js'
import { placeholder } from '../graph/leaf.js'
import { initialize } from '../nn/initialize.js'
import type { Layer } from '../nn/module.js'
import { trace } from '../nn/scope.js'
import { BoundProgram } from '../runtime/bound.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import { fromData, type Tensor } from '../tensor/tensor.js'

/**
 * The model's outputs, in evaluation mode, for a tensor (N, …) or the field x of a data set, `batchSize` (default 256) rows at a time.
 * Throws HebbError when there are no rows, or the model joins examples so that its output has not one row for each.
 *
 * @example const probabilities = (await predict(model, test)).softmax()
 */
export async function predict<F extends string>(
  model: Layer,
  inputs: Tensor | Dataset<F | 'x'>,
  { batchSize = 256 }: { batchSize?: number } = {},
): Promise<Tensor> {
  initialize(model)
  const programs = new Map<number, { bound: BoundProgram; output: Tensor }>()
  const rows: TypedArray[] = []
  let output: Tensor | undefined
  for await (const x of pieces(inputs, batchSize)) {
    const n = x.shape[0]!
    let found = programs.get(n)
    if (!found) {
      const holder = placeholder(x.shape, x.dtype)
      const { result } = trace(model, { training: false }, () => model.forward(holder))
      if (result.shape[0] !== n)
        throw new HebbError(
          `predict: ${n} rows went in and ${result.shape[0] ?? 'a single number'} came out: give the model one row for each example`,
        )
      found = { bound: new BoundProgram([holder], [result]), output: result }
      programs.set(n, found)
    }
    found.bound.set(0, x.value ?? (await x.data()))
    await found.bound.run()
    rows.push(found.bound.take(0))
    output = found.output
  }
  for (const { bound } of programs.values()) bound.release()
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
