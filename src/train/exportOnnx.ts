/** A model as an ONNX file that any runtime opens, with a free batch size. */

import { writeAtomic } from '../files/files.js'
import { placeholder } from '../graph/leaf.js'
import type { Emit } from '../graph/op.js'
import { initialize } from '../nn/initialize.js'
import type { Layer } from '../nn/module.js'
import { trace } from '../nn/scope.js'
import { lower } from '../runtime/onnx/lower.js'
import type { Dtype } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { type Shape, showShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** What the exported file looks like. */
export interface ExportOptions {
  /** shape of one input row, without the batch axis */
  readonly input: Shape
  /** dtype of the input. Default f32 */
  readonly dtype?: Dtype
  /** 'dynamic' (default) leaves the batch size N free; a number fixes it */
  readonly batch?: number | 'dynamic'
  /** names in the file. Default x and logits */
  readonly names?: { readonly input?: string; readonly output?: string }
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Writes the model's forward pass, in evaluation mode, as ONNX with standard operators only (opset 21): input `x` (N, …), output `logits` (N, …).
 * Throws HebbError when the graph depends on the batch size in a way that cannot be left free; then give `batch` a number.
 *
 * @example await exportOnnx(model, 'mnist.onnx', { input: [1, 28, 28] })
 */
export async function exportOnnx(model: Layer, path: string, options: ExportOptions): Promise<void> {
  await writeAtomic(path, onnxBytes(model, options))
}

/** The bytes `exportOnnx` writes. */
export function onnxBytes(model: Layer, { input, dtype = 'f32', batch = 'dynamic', names = {}, metadata = {} }: ExportOptions): Uint8Array {
  initialize(model)
  const at = (n: number): { x: Tensor; y: Tensor } => {
    const x = placeholder([n, ...input], dtype)
    return { x, y: trace(model, { training: false, exporting: true }, () => model.forward(x)).result }
  }
  const write = (n: number, ints?: (values: readonly number[], e: Emit) => string | undefined): Uint8Array => {
    const { x, y } = at(n)
    const free = batch === 'dynamic' ? 'N' : n
    if (y.shape[0] !== n)
      throw new HebbError(`exportOnnx: ${n} rows go in and ${showShape(y.shape)} comes out: give the model one row for each example`)
    return lower(
      [{ tensor: x, name: names.input ?? 'x', shape: [free, ...input] }],
      [{ tensor: y, name: names.output ?? 'logits', shape: [free, ...y.shape.slice(1)] }],
      {
        metadata,
        ...(ints && { ints }),
      },
    )
  }
  if (batch !== 'dynamic') return write(batch)
  // the same model traced at two batch sizes: integers that differ follow from N, in proportion
  const [small, large] = [shapesAt(write, 3), shapesAt(write, 5)]
  if (small.shapes.length !== large.shapes.length)
    throw new HebbError('exportOnnx: the graph itself changes with the batch size: give { batch: n }')
  if (small.rest.length !== large.rest.length || small.rest.some((byte, i) => byte !== large.rest[i]))
    throw new HebbError(
      'exportOnnx: the graph holds numbers that follow the batch size, as a mean over the examples does: give { batch: n }',
    )
  let next = 0
  return write(3, (values, e) => {
    const other = large.shapes[next++]!
    if (values.every((v, i) => v === other[i])) return undefined
    const factors = values.map((v, i) => ((other[i] ?? Number.NaN) - v) / 2)
    if (other.length !== values.length || values.some((v, i) => v !== other[i] && (factors[i]! * 3 !== v || !Number.isInteger(factors[i]))))
      throw new HebbError(`exportOnnx: a shape [${values.join(', ')}] does not grow in proportion to the batch size: give { batch: n }`)
    const rows = e('Slice', [
      e('Shape', [names.input ?? 'x']),
      e.constant(BigInt64Array.of(0n), [1], 'i64'),
      e.constant(BigInt64Array.of(1n), [1], 'i64'),
    ])
    const parts = values.map((v, i) =>
      v === other[i]
        ? e.constant(BigInt64Array.of(BigInt(v)), [1], 'i64')
        : e('Mul', [rows, e.constant(BigInt64Array.of(BigInt(factors[i]!)), [1], 'i64')]),
    )
    return parts.length === 1 ? parts[0] : e('Concat', parts, { axis: 0 })
  })
}

/** Every list of integers the graph writes at a batch size, in order, and the model without them. */
function shapesAt(
  write: (n: number, ints: (values: readonly number[], e: Emit) => string) => Uint8Array,
  n: number,
): { shapes: (readonly number[])[]; rest: Uint8Array } {
  const shapes: (readonly number[])[] = []
  const rest = write(n, (values, e) => {
    shapes.push(values)
    return e.constant(new BigInt64Array(1), [1], 'i64')
  })
  return { shapes, rest }
}
