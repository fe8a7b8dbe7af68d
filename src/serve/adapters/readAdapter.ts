/** Reading an adapter that is to be computed beside others: the two matrices of each layer it is in. */
import { FileError } from '../../files/fileError.js'
import { inside, readBytes } from '../../files/files.js'
import { converted } from '../../files/safetensors/converted.js'
import { openSafetensors } from '../../files/safetensors/file.js'
import { Projection } from '../../llm/decoder/parts.js'
import type { LLM } from '../../llm/llm.js'
import type { Linear } from '../../nn/index.js'
import { arrayOf } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { headPath, isTied } from '../../tune/lora/heads.js'
import { layersOf, planOf } from '../../tune/lora/targets.js'
import { readPeftConfig } from '../../tune/peft/config.js'

/** An adapter in one layer: A (rank, in), B (out, rank), and what BA is scaled by. */
export interface Product {
  readonly path: string
  readonly inputs: number
  readonly outputs: number
  readonly a: Float32Array
  readonly b: Float32Array
  readonly scale: number
}

/**
 * The products of a folder that PEFT or `saveAdapter` wrote. Throws HebbError for one that is more than products of low rank, or does not fit the model, and
 * FileError for files that are missing or damaged.
 */
export async function readAdapter(model: LLM, folder: string, name: string): Promise<Product[]> {
  const path = inside(folder, 'adapter_config.json')
  const { settings } = readPeftConfig(path, await json(path), name)
  const { targets, saved, tokens } = planOf(path, model, settings)
  const refuse = (what: string): never => {
    throw new HebbError(
      `${path}: ${what}, which is not computed beside others: merge it into a model of its own (loadAdapter, merge, saveLLM)`,
    )
  }
  if (settings.dora) refuse('use_dora scales the base by a magnitude')
  if (settings.bias !== 'none' || settings.loraBias) refuse('it trains biases')
  if (saved.length > 0) refuse(`modules_to_save has ${saved[0]}`)
  if (tokens.length > 0) refuse('it trains single tokens')
  const layers = layersOf(model)
  const file = await openSafetensors(inside(folder, 'adapter_model.safetensors'))
  try {
    const left = new Set(file.tensors.keys())
    const stored = await file.all()
    const matrix = (key: string, rows: number, columns: number): Float32Array => {
      const found = stored.get(key)
      if (!found || found.shape.join() !== `${rows},${columns}`)
        throw new HebbError(
          `${file.name}: ${key} is ${found ? `(${found.shape.join(', ')})` : 'missing'}: this model needs (${rows}, ${columns})`,
        )
      left.delete(key)
      const numbers = converted(found, 'f32')
      if (typeof numbers === 'string') throw new HebbError(`${file.name}: ${key}: ${numbers}`)
      const array = arrayOf(numbers, 'f32')
      if (!array.every(Number.isFinite)) throw new HebbError(`${file.name}: ${key} holds a number that is not finite`)
      return array
    }
    const products = targets.map(({ path: at, kind, rank, scale }): Product => {
      if (kind !== 'linear' || (at === headPath && isTied(model))) refuse(`${at} is a table of tokens`)
      const layer = layers.get(at) as Linear | Projection
      const [rows, columns] = layer.weight.shape as readonly [number, number]
      const [outputs, inputs] = layer instanceof Projection ? [columns, rows] : [rows, columns]
      const key = `base_model.model.${at}`
      return {
        path: at,
        inputs,
        outputs,
        a: matrix(`${key}.lora_A.weight`, rank, inputs),
        b: matrix(`${key}.lora_B.weight`, outputs, rank),
        scale,
      }
    })
    const [more] = left
    if (more !== undefined) throw new HebbError(`${file.name}: ${more} has no place in this model: give an adapter that was made for it`)
    return products
  } finally {
    await file.close()
  }
}

async function json(path: string): Promise<unknown> {
  const bytes = await readBytes(path)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new FileError(`cannot read ${path}: it is no JSON (${(error as Error).message}). Fetch it again.`, path)
  }
}
