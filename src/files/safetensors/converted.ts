/** Stored numbers in another dtype, checked one by one before anything is changed. */
import { allocate, arrayOf, type Dtype, type TypedArray } from '../../tensor/dtype.js'
import { decodeHalf, encodeHalf } from '../../tensor/half.js'
import type { StoredTensor } from './stored.js'

/** Least and greatest of the integer dtypes. */
const ranges = { u8: [0n, 255n], i32: [-(2n ** 31n), 2n ** 31n - 1n], i64: [-(2n ** 63n), 2n ** 63n - 1n] } as const

/**
 * The numbers of a stored tensor as `dtype`: the same array where it is that already. Floats are rounded to the nearest, every number but 0 is true,
 * and integers must be whole and within range: else the text says which number is not.
 */
export function converted({ dtype: from, data }: StoredTensor, dtype: Dtype): TypedArray | string {
  if (from === dtype) return data as TypedArray
  const numbers = from === 'f16' || from === 'bf16' ? decodeHalf(arrayOf(data, from), from) : data
  if (dtype === 'f32' && numbers instanceof Float32Array) return numbers
  if (dtype === 'f16' || dtype === 'bf16')
    return encodeHalf(numbers instanceof Float32Array ? numbers : Float32Array.from(numbers as Iterable<number | bigint>, Number), dtype)
  const out = allocate(dtype, data.length)
  if (dtype === 'f32' || dtype === 'f64' || dtype === 'bool') {
    for (let i = 0; i < numbers.length; i++) out[i] = dtype === 'bool' ? Number(Number(numbers[i]) !== 0) : Number(numbers[i])
    return out
  }
  const [least, most] = ranges[dtype]
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!
    if (typeof value === 'number' && !Number.isInteger(value)) return `${value} is no whole number, which ${dtype} needs`
    const whole = BigInt(value)
    if (whole < least || whole > most) return `${value} is beyond the range of ${dtype}, ${least} to ${most}`
    if (out instanceof BigInt64Array) out[i] = whole
    else out[i] = Number(value)
  }
  return out
}
