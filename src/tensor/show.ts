/** Tensors as readable text. */
import type { Dtype, TypedArray } from './dtype.js'
import { type Nested, nest } from './nested.js'
import { type Shape, showShape, sizeOf } from './shape.js'

const edge = 3
const most = 1000

/** `Tensor (2, 2) f32 [[1, 2], [3, 4]]`, or the op it waits for when not computed yet. Long axes show their ends. */
export function showTensor(value: TypedArray | undefined, shape: Shape, dtype: Dtype, op: string): string {
  const head = `Tensor ${showShape(shape)} ${dtype}`
  if (!value) return `${head} = ${op}(…), not computed yet: await data()`
  const short = sizeOf(shape) > most
  return `${head} ${showRows(nest(value, shape, dtype), short, 1)}`
}

function showRows(value: Nested, short: boolean, depth: number): string {
  if (!Array.isArray(value)) return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value)
  const cut = short && value.length > 2 * edge
  const shown = cut ? [...value.slice(0, edge), ...value.slice(-edge)] : value
  const parts = shown.map((v) => showRows(v as Nested, short, depth + 1))
  if (cut) parts.splice(edge, 0, '…')
  const gap = Array.isArray(value[0]) ? `,\n${' '.repeat(depth)}` : ', '
  return `[${parts.join(gap)}]`
}
