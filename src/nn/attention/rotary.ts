/** Rotary position embedding: places as angles. */
import { turnPairs } from '../../functional/turnPairs.js'
import { mul } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { cos, sin } from '../../ops/elementwise/unary.js'
import { arange } from '../../ops/move/create.js'
import { unsqueeze } from '../../ops/move/reshape.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { type Tensor, tensor } from '../../tensor/tensor.js'

/** Options of rotaryEmbedding. */
export interface RotaryOptions {
  /** the slowest angle turns once in about 2π · base steps; default 10,000 */
  readonly base?: number | undefined
  /** which two numbers turn together: i and i + width/2 ('half', as in Llama and its kin) or 2i and 2i + 1 ('interleaved'). Default 'half' */
  readonly style?: 'half' | 'interleaved' | undefined
  /** how many leading numbers turn, an even number; the others stay. Default all */
  readonly width?: number | undefined
  /** place of the first step; default 0 */
  readonly offset?: number | undefined
  /** places instead of offset, offset + 1, …: whole numbers (T) or (N, T) */
  readonly positions?: Tensor | undefined
  /** angle per step of each pair, in place of base^(−2i/width) */
  readonly frequencies?: readonly number[] | undefined
}

/**
 * Each pair (a, b) of x at place t turned by the angle t · base^(−2i/width): (a cos − b sin, a sin + b cos) [Su 2021]. Products of two
 * turned vectors then depend on the distance of their places only.
 *
 * Shapes: x (…, T, D) → the same; with positions (N, T), x is (N, H, T, D).
 * Throws HebbError for an odd width or one beyond D, ShapeError when positions do not fit.
 *
 * @example const q = rotaryEmbedding(queries, { base: 500_000 })
 */
export function rotaryEmbedding(x: Tensor, options: RotaryOptions = {}): Tensor {
  const y = real(x)
  const all = y.shape.at(-1) ?? 0
  const { base = 10_000, style = 'half', width = all, offset = 0, positions } = options
  if (y.rank < 2 || !Number.isInteger(width) || width < 2 || width % 2 !== 0 || width > all)
    throw new HebbError(
      `rotaryEmbedding: cannot turn ${width} numbers of ${showShape(x.shape)} in pairs: give an even width up to its last axis`,
    )
  const half = width / 2
  const frequencies = options.frequencies ?? Array.from({ length: half }, (_, i) => base ** (-i / half))
  if (frequencies.length !== half)
    throw new HebbError(`rotaryEmbedding: ${frequencies.length} frequencies for ${half} pairs of numbers: give one for each`)
  const places = positions ? aligned(positions, y) : arange(offset, offset + y.shape.at(-2)!)
  const angles = mul(cast(unsqueeze(places, -1), y.dtype), tensor([...frequencies], { dtype: y.dtype }))
  return turnPairs(y, cos(angles), sin(angles), style === 'interleaved')
}

/** Positions (T) or (N, T) beside x (…, T, D). */
function aligned(positions: Tensor, x: Tensor): Tensor {
  const perExample = positions.rank === 2 && x.rank === 4
  if (positions.shape.at(-1) !== x.shape.at(-2) || !(positions.rank === 1 || perExample))
    throw new ShapeError(
      `rotaryEmbedding: positions ${showShape(positions.shape)} do not fit x ${showShape(x.shape)}: give (T), or (N, T) for x (N, H, T, D)`,
    )
  return perExample ? unsqueeze(positions, 1) : positions
}
