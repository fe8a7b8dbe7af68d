/** Weights in few bits: matrices of products held in blocks of 4 or 8 bits a number. */

import { type BlockForm, toBlocks } from '../../graph/blocks.js'
import { arrayOf } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { Linear } from '../linear.js'
import type { Param } from '../param.js'
import type { Model } from './layer.js'
import { requireNamed, type Select, selector } from './select.js'
import { noteChange, walkOf } from './walk.js'

/** Settings of `quantized`. */
export interface QuantizedOptions {
  /** bits of one number. Default 4 */
  readonly bits?: 4 | 8 | undefined
  /** numbers that share a scale, a power of 2 from 16 to 256. Default 32 */
  readonly size?: number | undefined
  /** whether blocks have no zero of their own, and 0 in the middle. Default true */
  readonly symmetric?: boolean | undefined
  /**
   * what a product rounds its input to: `'i8'`, 8 bits in blocks as long as the weights', several times as fast; `'f32'` rounds nothing. Default `'i8'`
   */
  readonly activations?: 'i8' | 'f32' | undefined
  /** which weights, by path. Default: those of all `Linear` layers */
  readonly match?: Select | undefined
}

/**
 * The same model, whose chosen weights are frozen and live in blocks of `size` neighbours in a row: w ≈ (q − zero)·scale with q of `bits` bits, and so a
 * seventh of the memory of f32 with 4 bits in blocks of 32, a bit more than a quarter with 8. Products with them read the blocks as they are; whatever else asks for
 * the numbers, as the gradient for the layer's input does, unpacks them. Weights that are not there yet are put into blocks when they are loaded, one after
 * another, so that the whole model never is in memory.
 *
 * Each number is off by at most half its block's scale, which is max|w| / (2^(bits−1) − 1), or (max − min) / (2^bits − 1) where not `symmetric`. `save` writes the
 * numbers that blocks stand for. Throws HebbError for weights that are no matrices in f32, and where none is chosen.
 *
 * @example
 * const model = quantized(sequential(new Linear(512, 512), relu, new Linear(512, 10)))
 * initialize(model)
 */
export function quantized<M extends Model>(model: M, options: QuantizedOptions = {}): M {
  checkOptions('quantized', options, ['bits', 'size', 'symmetric', 'activations', 'match'])
  const { bits = 4, size = 32, symmetric = true, activations = 'i8', match } = options
  if (bits !== 4 && bits !== 8) throw new HebbError(`quantized: bits ${String(bits)}: give 4 or 8`)
  if (![16, 32, 64, 128, 256].includes(size)) throw new HebbError(`quantized: size ${size}: give 16, 32, 64, 128 or 256`)
  if (activations !== 'i8' && activations !== 'f32')
    throw new HebbError(`quantized: activations ${String(activations)}: give 'i8' or 'f32'`)
  const form: BlockForm = { bits, size, symmetric, activations }
  const { parameters, holders } = walkOf(model)
  const weightOfLinear = (_: string, p: Param): boolean => {
    const holder = holders.get(p)
    return holder instanceof Linear && holder.weight === p
  }
  if (match !== undefined) requireNamed('quantized: match', match, [...parameters.keys()])
  const is = match === undefined ? weightOfLinear : selector('quantized: match', match)
  const found = [...parameters].filter(([path, p]) => is(path, p))
  if (found.length === 0)
    throw new HebbError(`quantized: none of the model's ${parameters.size} parameters is chosen: give match, or a model with Linear layers`)
  for (const [path, { rank, dtype, shape }] of found)
    if (rank !== 2 || dtype !== 'f32')
      throw new HebbError(`quantized: ${path} (${shape.join(', ')}) ${dtype} is no matrix in f32: choose others with match`)
  for (const [, { storage, shape }] of found) {
    const numbers = storage.numbers()
    storage.frozen = true
    storage.form = { ...form, rows: shape[0]!, columns: shape[1]! }
    if (numbers) storage.home = { kind: 'blocks', blocks: toBlocks(arrayOf(numbers, 'f32'), storage.form) }
  }
  noteChange()
  return model
}
