/** Where the numbers of a parameter live: a cell that everyone looks into, so that numbers may move without anyone being told. */

import { type Arrays, arrayOf, type Dtype, type TypedArray } from '../tensor/dtype.js'
import { decodeHalf } from '../tensor/half.js'
import { type Blocks, fromBlocks, type MatrixForm, toBlocks } from './blocks.js'

/** Memory that training writes into while programs hold on to it: weights that move. Programs read it at every run. */
export interface ArenaHome {
  readonly kind: 'arena'
  readonly array: TypedArray
}

/** Memory of any size that nobody writes into. It may hold another float format than the parameter's, which is cast where it is computed with. */
export interface PlainHome {
  readonly kind: 'plain'
  readonly array: TypedArray
  readonly dtype: Dtype
}

/** A range of a file, mapped: its pages are read when they are touched, and given back when memory is short. Nobody writes into it. */
export interface SourceHome {
  readonly kind: 'source'
  readonly array: TypedArray
  readonly dtype: Dtype
  /** the file */
  readonly name: string
}

/** A matrix in blocks of 4 or 8 bits a number, of which products are made as it is; whatever else needs its numbers unpacks them. Nobody writes into it. */
export interface BlocksHome {
  readonly kind: 'blocks'
  readonly blocks: Blocks
}

/** Where numbers live. */
export type Home = ArenaHome | PlainHome | SourceHome | BlocksHome

/** The cell that holds a parameter's home. */
export class Storage<out D extends Dtype = Dtype> {
  /** missing until the model is initialised or loaded; numbers that live elsewhere from now on are a new home */
  home: Home | undefined
  /** the longest known path of fields from a model to the parameter: `encoder.0.weight`; where a model is traced, its own names go before */
  path?: string
  /** whether the numbers are to stay: nobody trains them, they need no arena, and programs may take them for constants */
  frozen = false as boolean
  /** the blocks in which numbers that come from a file or are drawn are to live, of a matrix of so many rows and columns; undefined: as they are */
  form: MatrixForm | undefined

  constructor(readonly dtype: D) {}

  /** The numbers where they live, if they are there and of the parameter's own dtype. Only those of an arena may be written into: see {@link open}. */
  get array(): Arrays[D] | undefined {
    const { home } = this
    return home && home.kind !== 'blocks' && dtypeAt(home, this.dtype) === this.dtype ? (home.array as Arrays[D]) : undefined
  }
  /** Memory of the caller's from now on, which may change. */
  set array(array: TypedArray) {
    this.home = { kind: 'arena', array }
  }

  /** The numbers in the parameter's own dtype, where they live or, of another format, a copy; undefined while there are none. */
  numbers(): Arrays[D] | undefined {
    const { home } = this
    if (!home) return undefined
    if (home.kind === 'blocks') return fromBlocks(home.blocks) as Arrays[D]
    const dtype = dtypeAt(home, this.dtype)
    return (dtype === 'f16' || dtype === 'bf16' ? (this.array ?? decodeHalf(arrayOf(home.array, dtype), dtype)) : home.array) as Arrays[D]
  }

  /**
   * Whether the numbers are to stay from now on. Those of an arena, which others may write into, are copied out of it; those that were to stay live on where
   * they do, until someone writes.
   */
  rest(frozen: boolean): void {
    this.frozen = frozen
    if (!frozen) this.form = undefined
    const { home, dtype } = this
    if (frozen && home?.kind === 'arena') this.home = { kind: 'plain', array: home.array.slice(), dtype }
  }

  /** Lets the parameter live where its numbers are, or, where it has a form, in blocks of them. */
  settle(array: TypedArray): void {
    const { form, frozen, dtype } = this
    if (form) this.home = { kind: 'blocks', blocks: toBlocks(arrayOf(array, 'f32'), form) }
    else this.home = frozen ? { kind: 'plain', array, dtype } : { kind: 'arena', array }
  }

  /** Memory to write into: numbers that were to stay move into memory of their own first. Undefined while there are none. */
  open(): Arrays[D] | undefined {
    if (this.home && this.home.kind !== 'arena') this.array = this.array?.slice() ?? this.numbers()!
    return this.array
  }
}

/** The number format that a home holds, of a parameter of `dtype`. */
export const dtypeAt = (home: Exclude<Home, BlocksHome>, dtype: Dtype): Dtype => (home.kind === 'arena' ? dtype : home.dtype)

/** Whether numbers stay as they are while they live there. */
export const isStill = (home: Home): boolean => home.kind !== 'arena'

let named = 0
const names = new WeakMap<Home, number>()
/** A number that tells one home from all others. */
export function idOf(home: Home): number {
  let id = names.get(home)
  if (id === undefined) {
    id = ++named
    names.set(home, id)
  }
  return id
}
