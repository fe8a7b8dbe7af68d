/** Metadata of a GGUF file by key, checked: what a model cannot be built without is asked for, the rest may be missing. */
import { FileError } from '../../files/fileError.js'
import type { GgufFile } from './file.js'
import type { GgufValue } from './metadata.js'

/** Reads metadata; a key that begins with a dot belongs to the architecture: `.block_count` is `llama.block_count`. */
export class Fields {
  readonly architecture: string

  constructor(readonly file: GgufFile) {
    this.architecture = this.text('general.architecture') ?? this.refuse('general.architecture', 'missing')
  }

  /** a number that must be there */
  number(key: string): number {
    return this.numberOr(key) ?? this.refuse(key, 'missing')
  }

  /** a number, or undefined; of a list with one number a layer, which must be the same, that */
  numberOr(key: string): number | undefined {
    const value = this.#value(key)
    if (value === undefined || typeof value === 'number') return value
    if (typeof value === 'object' && value.length > 0 && Array.from(value).every((v) => v === value[0]) && typeof value[0] === 'number')
      return value[0]
    return this.refuse(
      key,
      typeof value === 'object' ? 'a list of different values, and layers that differ are not read' : `${String(value)}, not a number`,
    )
  }

  /** a float as it was before it was rounded to f32: 1e-5 for 0.00000999999974 */
  decimal(key: string): number | undefined {
    const value = this.numberOr(key)
    if (value === undefined) return undefined
    const short = Number(value.toPrecision(7))
    return Math.fround(short) === value ? short : value
  }

  text(key: string): string | undefined {
    const value = this.#value(key)
    return value === undefined || typeof value === 'string' ? value : this.refuse(key, 'not a text')
  }

  flag(key: string): boolean | undefined {
    const value = this.#value(key)
    return value === undefined || typeof value === 'boolean' ? value : this.refuse(key, 'not true or false')
  }

  texts(key: string): readonly string[] | undefined {
    const list = this.#value(key)
    if (list === undefined) return undefined
    if (!Array.isArray(list) || list.some((v) => typeof v !== 'string')) return this.refuse(key, 'no list of texts')
    return list as string[]
  }

  numbers(key: string): ArrayLike<number> | undefined {
    const list = this.#value(key)
    if (list === undefined) return undefined
    if (typeof list !== 'object' || (list.length > 0 && typeof list[0] !== 'number')) return this.refuse(key, 'no list of numbers')
    return list as ArrayLike<number>
  }

  /** Throws the FileError of a key that is not what it should be. */
  refuse(key: string, problem: string): never {
    throw new FileError(
      `cannot read ${this.file.name}: its metadata ${this.#named(key)} is ${problem}. Convert the model again.`,
      this.file.name,
    )
  }

  #value(key: string): GgufValue | undefined {
    return this.file.metadata.get(this.#named(key))?.value
  }

  #named(key: string): string {
    return key.startsWith('.') ? this.architecture + key : key
  }
}
