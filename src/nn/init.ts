/** First values of parameters. */
import type { Key } from '../kernels/philox.js'
import { normal as drawNormal, uniform as drawUniform } from '../kernels/random.js'
import type { TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { type Shape, showShape, sizeOf } from '../tensor/shape.js'

/** Fills `out`, row-major of `shape`, from the random stream `key`. */
export interface Initializer {
  (out: TypedArray, shape: Shape, key: Key, from?: number): void
  /** whether it fills parts too: `out` is then the numbers from `from` on, a multiple of 4, and they are the same as in the whole */
  readonly inParts?: boolean | undefined
}

/** Marks an initializer that fills parts. */
export const inParts = (fill: (out: TypedArray, shape: Shape, key: Key, from?: number) => void): Initializer =>
  Object.assign(fill, { inParts: true })

/** Every number the same; integer dtypes take whole numbers. */
export const constant = (value: number): Initializer =>
  inParts((out) => {
    if (out instanceof BigInt64Array) out.fill(BigInt(value))
    else out.fill(value)
  })
/** Every number 0. */
export const zeros: Initializer = constant(0)
/** Every number 1. */
export const ones: Initializer = constant(1)

/** Spread evenly over [low, high). */
export const uniform = (low: number, high: number): Initializer =>
  inParts((out, _, key, from) => {
    const x = floats(out)
    drawUniform(key, 0, x, from)
    for (let i = 0; i < x.length; i++) x[i] = low + (high - low) * x[i]!
  })

/** Normal with the given standard deviation and mean (default 0). */
export const normal = (deviation: number, mean = 0): Initializer =>
  inParts((out, _, key, from) => {
    const x = floats(out)
    drawNormal(key, 0, x, from)
    if (deviation !== 1 || mean !== 0) for (let i = 0; i < x.length; i++) x[i] = mean + deviation * x[i]!
  })

/** Normal, drawn again where it lies further than two deviations from 0. */
export const truncatedNormal = (deviation: number): Initializer =>
  inParts((out, _, key, from) => {
    const x = floats(out)
    drawNormal(key, 0, x, from)
    const again = new Float32Array(x.length)
    for (let round = 1; x.some((v) => Math.abs(v) > 2); round++) {
      drawNormal(key, round, again, from)
      for (let i = 0; i < x.length; i++) if (Math.abs(x[i]!) > 2) x[i] = again[i]!
    }
    for (let i = 0; i < x.length; i++) x[i] = x[i]! * deviation
  })

/** How many inputs feed one output, and outputs one input feeds: for weights (out, in, …kernel). */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) throw new HebbError(`a weight ${showShape(shape)} has no fan-in and fan-out: it needs two axes or more`)
  const field = sizeOf(shape.slice(2))
  return { fanIn: shape[1]! * field, fanOut: shape[0]! * field }
}

/** Uniform within ±gain·√(6 / (fanIn + fanOut)): keeps the variance of signals and gradients [Glorot 2010]. */
export const xavierUniform = (gain = 1): Initializer =>
  inParts((out, shape, key, from) => {
    const { fanIn, fanOut } = fans(shape)
    const bound = gain * Math.sqrt(6 / (fanIn + fanOut))
    uniform(-bound, bound)(out, shape, key, from)
  })
/** Normal with deviation gain·√(2 / (fanIn + fanOut)) [Glorot 2010]. */
export const xavierNormal = (gain = 1): Initializer =>
  inParts((out, shape, key, from) => {
    const { fanIn, fanOut } = fans(shape)
    normal(gain * Math.sqrt(2 / (fanIn + fanOut)))(out, shape, key, from)
  })
/** Uniform within ±gain·√(3 / fanIn); gain √2 suits relu [He 2015]. */
export const kaimingUniform = (gain = Math.SQRT2): Initializer =>
  inParts((out, shape, key, from) => {
    const bound = gain * Math.sqrt(3 / fans(shape).fanIn)
    uniform(-bound, bound)(out, shape, key, from)
  })
/** Normal with deviation gain / √fanIn; gain √2 suits relu [He 2015]. */
export const kaimingNormal = (gain = Math.SQRT2): Initializer =>
  inParts((out, shape, key, from) => normal(gain / Math.sqrt(fans(shape).fanIn))(out, shape, key, from))

/**
 * Rows (or columns, where there are fewer) of length `gain` at right angles to one another, drawn evenly from all such: signals and gradients keep their
 * length through a deep linear network [Saxe 2014]. Weights of more than two axes are (out, everything else).
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (out, shape, key) => {
    fans(shape)
    const x = floats(out)
    drawNormal(key, 0, x)
    const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))]
    // vector v has its i-th number at v·next + i·step
    const [count, length, next, step] = rows <= columns ? [rows, columns, columns, 1] : [columns, rows, 1, columns]
    const vectors = Array.from({ length: count }, (_, v) => Float64Array.from({ length }, (_, i) => x[v * next + i * step]!))
    vectors.forEach((vector, v) => {
      // twice: what rounding left along the others goes in the second round
      for (let round = 0; round < 2; round++) for (let u = 0; u < v; u++) addScaled(vector, vectors[u]!, -dot(vector, vectors[u]!))
      const norm = Math.sqrt(dot(vector, vector))
      for (let i = 0; i < length; i++) vector[i]! /= norm
    })
    vectors.forEach((vector, v) => {
      for (let i = 0; i < length; i++) x[v * next + i * step] = gain * vector[i]!
    })
  }

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * from[i]!
}

/** Uniform within ±1/√fanIn: what PyTorch gives linear and convolution weights and biases. */
export const lecunBound = (fanIn: number): Initializer => (fanIn > 0 ? uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn)) : zeros)

function floats(out: TypedArray): Float32Array {
  if (!(out instanceof Float32Array)) throw new HebbError(`random first values need a f32 parameter, not ${out.constructor.name}`)
  return out
}
