/** Weights as others publish them, opened by path: one file or many, whatever the format, nothing of them in memory. */

import { FileError } from '../files/fileError.js'
import { inside, isFolder, namesIn, openSource } from '../files/files.js'
import { openSafetensors } from '../files/safetensors/file.js'
import { pickle } from '../files/safetensors/folder.js'
import { lacks, type TensorForm, type WeightFile } from '../files/weightFile.js'
import { HebbError } from '../tensor/errors.js'
import { openGguf } from './gguf/file.js'
import { ggufWeights } from './gguf/model.js'

/**
 * Opens weights: a safetensors file, an index (`model.safetensors.index.json`), a GGUF file, or a folder of one or many. Headers are read and checked; the numbers are read when
 * `load` pours them into a model, to where they will live, or stay in the file, mapped.
 *
 * Of a folder that is `model.safetensors`, else what `model.safetensors.index.json` lists, else the parts `…-00001-of-0000N.safetensors`, else its safetensors
 * files together, else its GGUF file. Tensors of a GGUF file have the names and the layout of Hugging Face's models (see `openGgufModel`). Weights that Python's pickle wrote (`pytorch_model.bin`) are refused: they can hold programs.
 *
 * @throws FileError naming the file, the tensor and the values: parts that are missing, names that are there twice or that an index promises and no part holds,
 * offsets and sizes that lie, an index that leads out of its folder
 * @example
 * const weights = await openWeights('models/llama')
 * console.log(weights.tensors.get('model.norm.weight')) // { dtype: 'bf16', shape: [2048], … }
 * await load(model, weights)
 * await weights.close()
 */
export async function openWeights(path: string): Promise<WeightFile> {
  const file = (await isFolder(path)) ? await ggufIn(path) : path
  if (file === undefined || file.endsWith('.json')) return openSafetensors(path)
  const beginning = await beginningOf(file)
  // a zip file, as torch writes, or a bare pickle
  if (beginning.startsWith('PK\u0003\u0004') || beginning.startsWith('\u0080')) throw pickle(file)
  if (beginning !== 'GGUF') return openSafetensors(file)
  const gguf = await openGguf(file)
  try {
    return ggufWeights(gguf)
  } catch (error) {
    await gguf.close()
    throw error
  }
}

/** The GGUF file of a folder that has no safetensors; undefined where it has neither. */
async function ggufIn(folder: string): Promise<string | undefined> {
  const { files } = await namesIn(folder)
  const found = files.filter((name) => name.endsWith('.gguf') && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/.test(name))
  if (found.length === 0 || files.some((name) => name.endsWith('.safetensors'))) return undefined
  if (found.length > 1)
    throw new FileError(
      `cannot read ${folder}: it holds ${found.length} models: ${found.slice(0, 5).join(', ')}${found.length > 5 ? ', …' : ''}. Name the file that is meant.`,
      folder,
    )
  return inside(folder, found[0]!)
}

async function beginningOf(path: string): Promise<string> {
  const source = await openSource(path)
  try {
    return new TextDecoder('latin1').decode(await source.read(0, Math.min(4, source.size)))
  } finally {
    await source.close()
  }
}

/**
 * The same weights under other names: `to` gives the name of each, or undefined for one that is left out.
 *
 * @throws HebbError where two would have one name
 * @example const weights = renamed(await openWeights('gpt2'), (name) => (name.endsWith('.attn.bias') ? undefined : `transformer.${name}`))
 */
export function renamed(weights: WeightFile, to: (name: string) => string | undefined): WeightFile {
  const own = new Map<string, string>()
  const tensors = new Map<string, TensorForm>()
  for (const [name, form] of weights.tensors) {
    const other = to(name)
    if (other === undefined) continue
    const first = own.get(other)
    if (first !== undefined) throw new HebbError(`renamed: ${weights.name}: both ${first} and ${name} would be named ${other}`)
    own.set(other, name)
    tensors.set(other, form)
  }
  const names = new Map([...own].map(([other, name]) => [name, other]))
  const ownOf = (name: string): string => own.get(name) ?? lacks(weights.name, name, tensors)
  const { name, metadata, sealed } = weights
  return {
    name,
    tensors,
    metadata,
    sealed,
    close: () => weights.close(),
    read: async (name) => weights.read(ownOf(name)),
    pour: (wanted) =>
      weights.pour((name, form) => {
        const other = names.get(name)
        return other === undefined ? undefined : wanted(other, form)
      }),
    map: (name) => weights.map(ownOf(name)),
    blocks: async (name, form) => weights.blocks?.(ownOf(name), form),
  }
}
