/** Named tensors in a file, or in several as one, that wait to be read: what a model is loaded from, whatever the format. */
import type { Blocks, MatrixForm } from '../graph/blocks.js'
import { FileError } from './fileError.js'
import type { Reception } from './safetensors/pour.js'
import type { StoredArray, StoredInfo, StoredTensor } from './safetensors/stored.js'

/** What a tensor of a file is, without its numbers. */
export type TensorForm = Pick<StoredInfo, 'dtype' | 'shape'>

/** An open file: what it holds is known and checked, and nothing of it is in memory. */
export interface WeightFile {
  /** what messages call it: its path */
  readonly name: string
  /** what each tensor is */
  readonly tensors: ReadonlyMap<string, TensorForm>
  /** texts beside them */
  readonly metadata: Readonly<Record<string, string>>
  /** reads one tensor into memory of its own. @throws FileError where there is none of that name */
  read(name: string): Promise<StoredTensor>
  /**
   * Reads tensors once, in the order of their bytes, each to where `to` wants it, and compares the file with its checksum where it has one, for which it is
   * read whole. @throws FileError where it is damaged: what was received is worth nothing then
   */
  pour(to: (name: string, info: TensorForm) => Reception): Promise<void>
  /** the numbers of a tensor in the file itself, read when they are touched; undefined where files are no memory, or the numbers do not stand there as they are */
  map(name: string): StoredArray | undefined
  /** a matrix in blocks of this form, where the file holds it in such blocks; undefined where it does not, and its numbers are to be put into blocks */
  blocks?(name: string, form: MatrixForm): Promise<Blocks | undefined>
  /** whether it has a checksum */
  readonly sealed: boolean
  close(): Promise<void>
}

/** Throws the FileError of a tensor that a file does not have. */
export function lacks(path: string, name: string, tensors: ReadonlyMap<string, unknown>): never {
  const some = [...tensors.keys()].slice(0, 5).map((key) => JSON.stringify(key))
  const more = tensors.size > some.length ? `, and ${tensors.size - some.length} more` : ''
  throw new FileError(`${path} has no tensor ${JSON.stringify(name)}. It has ${some.join(', ') || 'none'}${more}.`, path)
}
