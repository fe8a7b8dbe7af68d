/** Means over windows. */
import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { isFloat } from '../../tensor/dtype.js'
import { DtypeError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { real } from '../elementwise/real.js'
import { mean } from '../reduce/sum.js'
import { endOf, type PerAxis } from './geometry.js'
import { adaptiveOf, adaptiveTable, type Pool, type PoolOptions, poolOf } from './pooling.js'
import { resample, transposed, type Weighted, weightedTable } from './resample.js'

/** Options of avgPool. */
export interface AvgPoolOptions extends PoolOptions {
  /** whether padding counts as zeros (default), or windows at the border are means of fewer numbers */
  readonly countIncludePad?: boolean
  /** divides every window's sum instead of the number of positions in it */
  readonly divisor?: number
}

interface Means extends Pool {
  readonly includePad: boolean
}

/** Each spatial axis as weighted sums: 1/n for each of a window's n positions. */
const tables = (sizes: readonly number[], { kernel, stride, begin, out, includePad }: Means): Weighted[] =>
  sizes.map((size, a) =>
    weightedTable(size, out[a]!, (p) => {
      const start = p * stride[a]! - begin[a]!
      const end = Math.min(start + kernel[a]!, size + begin[a]!)
      const [from, to] = [Math.max(start, 0), Math.min(end, size)]
      const n = includePad ? end - start : to - from
      return Array.from({ length: Math.max(to - from, 0) }, (_, k) => [from + k, 1 / n])
    }),
  )

const along = (x: Tensor, list: readonly Weighted[]): Tensor => list.reduce((y, table, a) => resample(y, a + 2, table), x)

/** Means the standard's node can form: f32, up to three axes, no window over the padded end that counts what is not there. */
const standard = (x: Tensor, pool: Means): boolean =>
  x.dtype === 'f32' &&
  pool.out.length <= 3 &&
  pool.kernel.every((k, a) => pool.begin[a]! < k && (!pool.includePad || ends(x, pool)[a]! <= pool.begin[a]!))

const ends = (x: Tensor, { kernel, out, stride, begin }: Pool): number[] =>
  kernel.map((k, a) => Math.max(endOf(x.shape[a + 2]!, k, out[a]!, stride[a]!, 1, begin[a]!), 0))

const averages = defineOp({
  name: 'avgPool',
  args: (x: Tensor, pool: Means) => [[x], pool],
  spec: ([x], { out }) => ({ shape: [...x!.shape.slice(0, 2), ...out], dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs }) => [along(g, tables(x!.shape.slice(2), attrs).map(transposed))],
  onnx: (e, [x], pool, node) =>
    e('AveragePool', [x], {
      kernel_shape: pool.kernel,
      strides: pool.stride,
      pads: [...pool.begin, ...ends(node.inputs[0]!, pool)],
      count_include_pad: pool.includePad ? 1 : 0,
    }),
  flops: (node) => sizeOf(node.outputs[0]!.shape) * sizeOf(node.attrs.kernel as number[]),
})

function floats(name: string, x: Tensor): Tensor {
  if (!isFloat(x.dtype))
    throw new DtypeError(`${name}: means of ${x.dtype} are fractions: cast x first, as in x.cast('f32')\n  input: ${describe(x)}`)
  return real(x)
}

/**
 * Mean over windows of `size` positions (a number for all spatial axes, or one for each).
 *
 * x (N, C, …S) or (C, …S) → (N, C, …P), P = ⌊(S + 2·padding − size) / stride⌋ + 1. f32 and f64.
 * Throws ShapeError when no window fits, DtypeError for integers.
 *
 * @example avgPool(images, 2) // half the height and width
 */
export function avgPool(x: Tensor, size: PerAxis, { countIncludePad = true, divisor, ...options }: AvgPoolOptions = {}): Tensor {
  const { images, restore, pool } = poolOf('avgPool', floats('avgPool', x), size, options)
  // with a divisor every window is a sum of as many positions, then scaled
  const means: Means = { ...pool, includePad: countIncludePad }
  if (divisor !== undefined) {
    const sums = tables(images.shape.slice(2), means).map(({ weight: _, ...table }) => table)
    return restore(mul(along(images, sums), 1 / divisor))
  }
  return restore(standard(images, means) ? averages(images, means) : along(images, tables(images.shape.slice(2), means)))
}

/**
 * Mean over windows chosen so that `size` of them (a number, or one per spatial axis; null keeps an axis) share each axis evenly:
 * window p covers ⌊p·S/size⌋ up to ⌈(p+1)·S/size⌉. `adaptiveAvgPool(x, 1)` is the mean over all positions.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …size). f32 and f64. Throws ShapeError for a size below 1, DtypeError for integers.
 */
export function adaptiveAvgPool(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  const { images, restore, sizes, out } = adaptiveOf('adaptiveAvgPool', floats('adaptiveAvgPool', x), size)
  if (out.every((p) => p === 1))
    return restore(
      mean(
        images,
        out.map((_, a) => a + 2),
        { keep: true },
      ),
    )
  if (sizes.every((s, a) => s % out[a]! === 0))
    return restore(
      avgPool(
        images,
        sizes.map((s, a) => s / out[a]!),
      ),
    )
  const shares = sizes.map((s, a): Weighted => {
    const table = adaptiveTable(s, out[a]!)
    const rows = Array.from({ length: table.windows }, (_, p) =>
      table.index.slice(p * table.taps, (p + 1) * table.taps).filter((i) => i >= 0),
    )
    return weightedTable(s, out[a]!, (p) => rows[p]!.map((i) => [i, 1 / rows[p]!.length]))
  })
  return restore(along(images, shares))
}
