/** Every kind of tensor that GGUF files hold, by its number. */
import { type StoredDtype, storedBytes } from '../../../files/safetensors/stored.js'
import type { Kind } from './kind.js'
import { plainKinds } from './plain.js'
import { superKinds } from './super.js'
import { tableKinds } from './tables.js'

export type { Kind } from './kind.js'

const asTheyStand = (name: string, dtype: StoredDtype): Kind => ({ name, numbers: 1, bytes: storedBytes(dtype), dtype })

const kinds: Readonly<Record<number, Kind>> = {
  0: asTheyStand('F32', 'f32'),
  1: asTheyStand('F16', 'f16'),
  24: asTheyStand('I8', 'i8'),
  25: asTheyStand('I16', 'i16'),
  26: asTheyStand('I32', 'i32'),
  27: asTheyStand('I64', 'i64'),
  28: asTheyStand('F64', 'f64'),
  30: asTheyStand('BF16', 'bf16'),
  ...plainKinds,
  ...superKinds,
  ...tableKinds,
}

/** Kinds whose numbers are places in lists of hundreds of vectors. */
const grids: Readonly<Record<number, string>> = {
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  21: 'IQ3_S',
  22: 'IQ2_S',
  29: 'IQ1_M',
}
/** Kinds that ggml had once. */
const others: Readonly<Record<number, string>> = {
  4: 'Q4_2',
  5: 'Q4_3',
  31: 'Q4_0_4_4',
  32: 'Q4_0_4_8',
  33: 'Q4_0_8_8',
  36: 'IQ4_NL_4_4',
  37: 'IQ4_NL_4_8',
  38: 'IQ4_NL_8_8',
}

/** The kind of a number; `refuse` is told what is wrong with one that is not read. */
export function kindOf(number: number, refuse: (problem: string) => never): Kind {
  const kind = kinds[number]
  if (kind) return kind
  const grid = grids[number]
  if (grid !== undefined)
    return refuse(`of kind ${grid}, whose numbers stand in a list of vectors that Hebb has not: take a file in Q2_K, Q3_K, Q4_K or more`)
  const other = others[number]
  return refuse(
    other === undefined
      ? `of kind ${number}, which is not known`
      : `of kind ${other}, which is not read: take a file in Q4_0, Q4_K, Q8_0 or another kind`,
  )
}
