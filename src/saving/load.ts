/** Reading safetensors files into models: names are compared first, then every number is read to where it will live. */

import { storedTensor } from '../files/safetensors/bytes.js'
import { converted } from '../files/safetensors/converted.js'
import { openSafetensors } from '../files/safetensors/file.js'
import type { Reception } from '../files/safetensors/pour.js'
import { type StoredDtype, type StoredTensor, storedBytes } from '../files/safetensors/stored.js'
import type { TensorForm, WeightFile } from '../files/weightFile.js'
import { type Blocks, emptyBlocks, putRows } from '../graph/blocks.js'
import type { Home } from '../graph/storage.js'
import { initialize, roomOf } from '../nn/initialize.js'
import { chosen, type Select, some } from '../nn/module/select.js'
import { type Model, requireParameters } from '../nn/module.js'
import type { Param } from '../nn/param.js'
import { roomFor } from '../runtime/machine.js'
import { arrayOf, type Dtype, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { decodeHalf } from '../tensor/half.js'
import { sameShape, showShape } from '../tensor/shape.js'

/** What {@link load} did, by the names of parameters and tensors. */
export interface Loaded {
  /** parameters that have the file's numbers now */
  readonly loaded: readonly string[]
  /** parameters that the file does not have: they keep what they had */
  readonly missing: readonly string[]
  /** tensors of the file that the model has no place for */
  readonly left: readonly string[]
}

/** Options of `load`. */
export interface LoadModelOptions {
  /** whether the file must have all parameters and nothing else; default true */
  readonly strict?: boolean | undefined
  /** the parameters that are loaded; default all */
  readonly only?: Select | undefined
  /** the number format that frozen f32 weights are kept in; default the file's own where it is a float of 16 bits, else f32 */
  readonly kept?: 'f32' | 'f16' | 'bf16' | undefined
}

/**
 * Reads weights into a model: a safetensors file, sharded folder or index by its path, or any file that is open (`openWeights`, which stays open). It says what it loaded, what was missing, what was left. Names and shapes must
 * be those of the model. With `strict: false` missing and extra names are allowed, but not that nothing is loaded. Numbers of another dtype
 * are converted: to floats as near as they come, to integers where they are whole and within range. With `only` nothing but the parameters it means is
 * asked for and loaded, whatever else the file holds.
 *
 * The numbers are read where they will live, and no first values are drawn for those the file has. Weights that train come into memory of their own;
 * frozen ones stay in the file, mapped as memory where the system can do that, in the format it has them in (half floats are cast when they are computed
 * with). Such a file may be replaced by another of its name, as `save` does, but must not be changed or cut.
 *
 * @throws HebbError listing what is missing, extra, of another shape or out of range, FileError for a file that is not there or damaged; no weight has changed then, but where a disk fails in the middle
 * @example const { missing } = await load(model, 'backbone.safetensors', { strict: false })
 * @example await load(model, 'pretrained.safetensors', { only: 'encoder' })
 */
export async function load(
  model: Model,
  weights: string | WeightFile,
  { strict = true, only, kept }: LoadModelOptions = {},
): Promise<Loaded> {
  const file = typeof weights === 'string' ? await openSafetensors(weights) : weights
  const path = typeof weights === 'string' ? weights : weights.name
  try {
    const match = matched(model, file.tensors, strict, only)
    const ready = await wholeNumbers(file, match)
    match.refuse(path)
    await readHome(file, match.pairs, ready, path, kept)
    initialize(model)
    return match.report
  } finally {
    if (typeof weights === 'string') await file.close()
  }
}

/** Puts stored tensors into a model's parameters; all of them or none. */
export function restore(model: Model, tensors: ReadonlyMap<string, StoredTensor>, source: string, strict = true): Loaded {
  const match = matched(model, tensors, strict, undefined)
  const ready: [Param, TypedArray][] = []
  for (const { name, param } of match.pairs) {
    const numbers = converted(tensors.get(name)!, param.dtype)
    if (typeof numbers === 'string') match.unfit(name, numbers)
    else ready.push([param, numbers])
  }
  match.refuse(source)
  for (const [{ storage }, numbers] of ready) {
    const array = storage.open()
    if (array) array.set(numbers as never)
    else storage.array = numbers.slice()
  }
  initialize(model)
  return match.report
}

/** A parameter and the tensor of its name. */
interface Pair {
  readonly name: string
  readonly param: Param
  readonly info: TensorForm
}

interface Match {
  readonly pairs: readonly Pair[]
  readonly report: Loaded
  /** notes numbers that the parameter cannot hold, and which */
  unfit(name: string, problem: string): void
  /** Throws HebbError where the tensors do not fit the model. */
  refuse(source: string): void
}

/** Compares names and shapes. */
function matched(model: Model, tensors: ReadonlyMap<string, TensorForm>, strict: boolean, only: Select | undefined): Match {
  const all = requireParameters(model)
  const params = only === undefined ? all : new Map(chosen('load', only, [...all]))
  const missing = [...params.keys()].filter((name) => !tensors.has(name))
  const left = [...tensors.keys()].filter((name) => !params.has(name))
  const refused = only === undefined ? left : []
  const pairs: Pair[] = []
  const [misshapen, unfit]: [string[], string[]] = [[], []]
  for (const [name, param] of params) {
    const info = tensors.get(name)
    if (!info) continue
    if (sameShape(info.shape, param.shape)) pairs.push({ name, param, info })
    else misshapen.push(`${name}: ${showShape(info.shape)} in the file, ${showShape(param.shape)} in the model`)
  }
  return {
    pairs,
    report: { loaded: pairs.map(({ name }) => name), missing, left },
    unfit: (name, problem) => void unfit.push(`${name}: ${problem}`),
    refuse(source) {
      const nothing = !strict && pairs.length === 0 && misshapen.length === 0
      const problems = [
        ...((strict || nothing) && missing.length > 0 ? [`missing in the file: ${some(missing)}`] : []),
        ...((strict || nothing) && refused.length > 0 ? [`not in the model: ${some(refused)}`] : []),
        ...(misshapen.length > 0 ? [`of another shape: ${some(misshapen)}`] : []),
        ...(unfit.length > 0 ? [`of numbers the model cannot hold: ${some(unfit)}`] : []),
      ]
      if (problems.length === 0) return
      const cure = nothing
        ? 'None of its names is in the model: compare the names, or build the model the file was saved from.'
        : `Build the model the file was saved from${misshapen.length + unfit.length > 0 ? '' : ', or pass { strict: false }'}.`
      throw new HebbError(`load: ${source} does not fit the model; nothing was changed.\n  ${problems.join('\n  ')}\n  ${cure}`)
    },
  }
}

const isHalf = (dtype: string): dtype is 'f16' | 'bf16' => dtype === 'f16' || dtype === 'bf16'
const always: ReadonlySet<Dtype> = new Set(['f32', 'f64', 'f16', 'bf16', 'bool'])

/** The numbers of integer parameters that the file holds in another format: whether they fit is known when they are read. */
async function wholeNumbers(file: WeightFile, { pairs, unfit }: Match): Promise<Map<Param, TypedArray>> {
  const ready = new Map<Param, TypedArray>()
  for (const { name, param, info } of pairs) {
    if (info.dtype === param.dtype || always.has(param.dtype)) continue
    const numbers = converted(await file.read(name), param.dtype)
    if (typeof numbers === 'string') unfit(name, numbers)
    else ready.set(param, numbers)
  }
  return ready
}

/** Below this a frozen weight is read, above it is mapped (bytes). */
const mappedBytes = 1 << 20

/** Reads every pair's numbers to where they will live; homes that are new take effect when all is read. */
async function readHome(
  file: WeightFile,
  pairs: readonly Pair[],
  ready: ReadonlyMap<Param, TypedArray>,
  name: string,
  format: LoadModelOptions['kept'],
): Promise<void> {
  const homes = new Map<Param, Home>()
  // read already, or not to be read
  const done = new Set<string>()
  const fresh: Param[] = []
  for (const { name: path, param, info } of pairs) {
    const { storage, dtype, size } = param
    if (storage.form) {
      const same = await file.blocks?.(path, storage.form)
      if (same) done.add(path)
      homes.set(param, { kind: 'blocks', blocks: same ?? emptyBlocks(storage.form) })
      continue
    }
    if (!storage.frozen) {
      if (!storage.open()) fresh.push(param)
      continue
    }
    const kept: Dtype = dtype !== 'f32' ? dtype : (format ?? (isHalf(info.dtype) ? info.dtype : dtype))
    const array = kept === info.dtype && size * storedBytes(kept) >= mappedBytes ? file.map(path) : undefined
    if (array) done.add(path)
    homes.set(
      param,
      array
        ? { kind: 'source', array: array as TypedArray, dtype: kept, name }
        : { kind: 'plain', array: roomFor({ shape: param.shape, dtype: kept }), dtype: kept },
    )
  }
  for (const [param, array] of roomOf(fresh)) homes.set(param, { kind: 'arena', array })

  const byName = new Map(pairs.map((pair) => [pair.name, pair]))
  // weights that others look at change only once the file is known to be whole
  if (file.sealed && homes.size < pairs.length) await file.pour(() => undefined)
  await file.pour((path, info) => {
    const pair = byName.get(path)
    if (!pair || done.has(path) || ready.has(pair.param)) return undefined
    const { param } = pair
    const home = homes.get(param)
    if (home?.kind === 'blocks') return blocksOf(info, home.blocks)
    if (home?.kind === 'plain') return receptionOf(info, home.array, home.dtype)
    return receptionOf(info, home?.kind === 'arena' ? home.array : param.storage.array!, param.dtype)
  })
  for (const [param, home] of homes) param.storage.home = home
  for (const [{ storage }, numbers] of ready) storage.array!.set(numbers as never)
}

/** How stored bytes become the numbers of `array`: they are those, or converted piece by piece. */
function receptionOf(form: TensorForm, array: TypedArray, dtype: Dtype): Reception {
  if (form.dtype === dtype && dtype !== 'bool') return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return written(form.dtype, array, dtype)
}

/** Writes pieces of stored bytes as the numbers of `array`. */
function written(stored: StoredDtype, array: TypedArray, dtype: Dtype): (piece: Uint8Array, at: number) => void {
  const width = storedBytes(stored)
  return (piece, at) => {
    const tensor = storedTensor({ dtype: stored, shape: [piece.length / width] }, piece)
    const first = at / width
    if (dtype === 'f32' && isHalf(stored)) {
      decodeHalf(arrayOf(tensor.data, stored), stored, arrayOf(array, 'f32').subarray(first, first + tensor.data.length))
      return
    }
    const numbers = converted(tensor, dtype)
    if (typeof numbers === 'string') throw new HebbError(numbers)
    array.set(numbers as never, first)
  }
}

/** How stored bytes become blocks: some rows at a time, so that the numbers of a whole matrix are never in memory. */
function blocksOf({ dtype: stored }: TensorForm, blocks: Blocks): Reception {
  const { rows, columns } = blocks
  const room = new Float32Array(columns * Math.max(1, Math.min(rows, Math.floor(roomNumbers / columns))))
  const write = written(stored, room, 'f32')
  const width = storedBytes(stored)
  let [filled, done] = [0, 0]
  return (piece) => {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(room.length - filled, (piece.length - at) / width)
      write(piece.subarray(at, at + count * width), filled * width)
      ;[at, filled] = [at + count * width, filled + count]
      if (filled < room.length && done * columns + filled < rows * columns) continue
      putRows(blocks, room.subarray(0, filled), done)
      ;[done, filled] = [done + filled / columns, 0]
    }
  }
}

/** Numbers that are put into blocks at once. */
const roomNumbers = 1 << 16
