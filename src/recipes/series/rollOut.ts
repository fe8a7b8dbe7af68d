/** Several steps ahead by feeding outputs back: what was foretold takes the place of what is not known yet. */
import type { Layer } from '../../nn/index.js'
import { compile } from '../../runtime/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'

/** Windows of the past, (n, T, C) row-major. */
export interface Pasts {
  readonly data: Float32Array
  readonly shape: readonly [n: number, steps: number, columns: number]
}

/** The windows that end right before each of `origins`, of several columns. */
export function pastsOf(columns: readonly ArrayLike<number>[], origins: readonly number[], steps: number): Pasts {
  const width = columns.length
  const data = new Float32Array(origins.length * steps * width)
  origins.forEach((origin, i) => {
    for (let t = 0; t < steps; t++) for (let c = 0; c < width; c++) data[(i * steps + t) * width + c] = columns[c]![origin - steps + t]!
  })
  return { data, shape: [origins.length, steps, width] }
}

/**
 * What the model says for 1 … `ahead` steps: (ahead) arrays of n × outputs. After each step the windows move on by one, their last row being
 * `row(i, k, output)`: for window i, k + 1 steps ahead, from what was said.
 */
export async function rollOut(
  model: Layer,
  { data, shape }: Pasts,
  ahead: number,
  row: (window: number, step: number, output: Float32Array) => readonly number[] | Float32Array,
): Promise<Float32Array[]> {
  const [n, steps, width] = shape
  const forward = compile((x: Tensor) => model.forward(x).cast('f32'))
  const now = data.slice()
  const said: Float32Array[] = []
  for (let k = 0; k < ahead; k++) {
    const out = await (await forward(tensor(now.slice(), { shape }))).data()
    const each = out.length / n
    for (let i = 0; i < n; i++) {
      const from = i * steps * width
      now.copyWithin(from, from + width, from + steps * width)
      now.set(row(i, k, out.subarray(i * each, (i + 1) * each)), from + (steps - 1) * width)
    }
    said.push(out.slice())
  }
  return said
}
