/**
 * Which dtype comes out, by the dtype that goes in: tables for the compiler, each the type of what ops do when they run. Tables, not conditional types,
 * so that a `Tensor<'f32'>` is known to be a `Tensor<'f32' | 'f64'>` whatever its methods give.
 */
import type { Dtype } from './dtype.js'
import type { Nested } from './nested.js'

/** What a value is computed in: half floats are storage, computed in f32. */
export interface Computed {
  bool: 'bool'
  u8: 'u8'
  i32: 'i32'
  i64: 'i64'
  f16: 'f32'
  bf16: 'f32'
  f32: 'f32'
  f64: 'f64'
}

/** What functions of fractions give: f64 of f64, else f32. */
export interface Fractional {
  bool: 'f32'
  u8: 'f32'
  i32: 'f32'
  i64: 'f32'
  f16: 'f32'
  bf16: 'f32'
  f32: 'f32'
  f64: 'f64'
}

/** What sums and products over axes give: whole numbers are counted in i64. */
export interface Summed {
  bool: 'i64'
  u8: 'i64'
  i32: 'i64'
  i64: 'i64'
  f16: 'f32'
  bf16: 'f32'
  f32: 'f32'
  f64: 'f64'
}

/** The dtype two operands compute in: the later of bool, u8, i32, i64, f32, f64; half floats count as f32. */
export interface Promoted {
  bool: Computed
  u8: Omit<Computed, 'bool'> & { bool: 'u8' }
  i32: { bool: 'i32'; u8: 'i32'; i32: 'i32'; i64: 'i64'; f16: 'f32'; bf16: 'f32'; f32: 'f32'; f64: 'f64' }
  i64: { bool: 'i64'; u8: 'i64'; i32: 'i64'; i64: 'i64'; f16: 'f32'; bf16: 'f32'; f32: 'f32'; f64: 'f64' }
  f16: Fractional
  bf16: Fractional
  f32: Fractional
  f64: Record<Dtype, 'f64'>
}

/** The dtype that numbers become a tensor of when none is named: of typed arrays what they hold, of numbers f32, of booleans bool, of bigints i64. */
export type Given<V> = [Nested] extends [V]
  ? Dtype
  : V extends Float32Array | number
    ? 'f32'
    : V extends Float64Array
      ? 'f64'
      : V extends Int32Array
        ? 'i32'
        : V extends BigInt64Array | bigint
          ? 'i64'
          : V extends Uint8Array
            ? 'u8'
            : V extends boolean
              ? 'bool'
              : V extends readonly (infer Row)[]
                ? Given<Row>
                : Dtype

/** What tensors side by side give: what they all are, or the largest of them; half floats beside another dtype become f32. */
export interface Joined {
  bool: 'bool'
  u8: 'u8'
  i32: 'i32'
  i64: 'i64'
  f16: 'f16' | 'f32'
  bf16: 'bf16' | 'f32'
  f32: 'f32'
  f64: 'f64'
}

/** What rounding and differences give: of booleans fractions. */
export interface Rounded extends Omit<Computed, 'bool'> {
  bool: 'f32'
}

/** What largest numbers of windows and medians give: booleans become bytes. */
export interface Ranked extends Omit<Computed, 'bool'> {
  bool: 'u8'
}

/** What division with whole results gives: booleans are counted in i32. */
export interface Counted extends Omit<Computed, 'bool'> {
  bool: 'i32'
}

/** What powers of whole numbers give: booleans and bytes are counted in i32. */
export interface Widened extends Omit<Counted, 'u8'> {
  u8: 'i32'
}

/** Beside a number that is not known when written: whole or a fraction. */
type Beside = { [D in Dtype]: Counted[D] | Fractional[D] }

/** What comes out beside an operand, by the other's dtype: of a number written as such, whether it is whole. */
export type Row<O> = O extends { readonly dtype: infer E extends Dtype }
  ? Promoted[E]
  : number extends O
    ? Beside
    : `${O & number}` extends `${bigint}`
      ? Counted
      : Fractional

/** The dtype in which two operands meet. */
export type Meet<A, B> = A extends { readonly dtype: infer D extends Dtype }
  ? Row<B>[D]
  : B extends { readonly dtype: infer E extends Dtype }
    ? Row<A>[E]
    : 'f32'

/** What numbers as limits give: integers with a fraction become f32. */
export interface Limited {
  bool: 'i32' | 'f32'
  u8: 'u8' | 'f32'
  i32: 'i32' | 'f32'
  i64: 'i64' | 'f32'
  f16: 'f16' | 'f32'
  bf16: 'bf16' | 'f32'
  f32: 'f32'
  f64: 'f64'
}
