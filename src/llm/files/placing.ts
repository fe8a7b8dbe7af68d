/** Which tensor of a file is which parameter of a model. */
import { renamed, type WeightFile } from '../../interop/index.js'
import { parameters } from '../../nn/index.js'
import { HebbError } from '../../tensor/index.js'
import { partNames } from '../decoder/names.js'
import type { LLM } from '../llm.js'

/** Tensors that are no weights: masks and angles that older files have. */
const constants = /(^|\.)(attn\.(bias|masked_bias)|rotary_emb\.inv_freq)$/

/** The head of all families. */
export const headName = 'lm_head.weight'

/** The table of token vectors of a model, as a file may call it. */
const tableNames = (model: LLM): string[] => {
  const { stream, tokens } = partNames[model.decoder.naming]
  return [`${stream}.${tokens}.weight`, `${tokens}.weight`]
}

/** The name of the table of token vectors in a file; undefined where it has none. */
export const tableIn = (weights: WeightFile, model: LLM): string | undefined => tableNames(model).find((name) => weights.tensors.has(name))

/** The weights of a file under the names of the model: a base model's, which lack the first word, too; masks and a head that is the table again are left out. */
export function placed(weights: WeightFile, model: LLM): WeightFile {
  const { stream } = partNames[model.decoder.naming]
  const names = parameters(model)
  return renamed(weights, (name) => {
    if (names.has(name)) return name
    if (names.has(`${stream}.${name}`)) return `${stream}.${name}`
    return constants.test(name) || (name === headName && model.decoder.tied) ? undefined : name
  })
}

/** Whether a file holds a head with other numbers than the table of token vectors. */
export async function hasOwnHead(weights: WeightFile, model: LLM): Promise<boolean> {
  const [head, table] = [weights.tensors.get(headName), tableIn(weights, model)]
  if (!head || table === undefined) return false
  const form = weights.tensors.get(table)!
  if (head.shape.join() !== form.shape.join() || head.dtype !== form.dtype) return true
  const numbers = async (name: string): Promise<ArrayBufferView> => weights.map(name) ?? (await weights.read(name)).data
  return !sameBytes(await numbers(headName), await numbers(table))
}

function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const words = (x: ArrayBufferView): Uint16Array => new Uint16Array(x.buffer, x.byteOffset, x.byteLength / 2)
  const [first, second] = [words(a), words(b)]
  return first.length === second.length && first.every((word, i) => word === second[i])
}

/** Throws HebbError where a model has a head of its own and the file has none. */
export function requireHead(weights: WeightFile, model: LLM, where: string): void {
  if (model.decoder.tied || weights.tensors.has(headName)) return
  throw new HebbError(
    `loadLLM: ${where} says tie_word_embeddings ${JSON.stringify(model.config.tie_word_embeddings ?? false)}, and ${weights.name} has no ${headName}: set it to true where the head is the table of token vectors, or pass { strict: false } to have one drawn`,
  )
}

/** Throws HebbError for weights that are no fractions: whole numbers are what another program makes weights of. */
export function requireFractions(weights: WeightFile, model: LLM): void {
  for (const [name, { dtype }] of placed(weights, model).tensors)
    if (!['f32', 'f64', 'f16', 'bf16'].includes(dtype) && parameters(model).has(name))
      throw new HebbError(
        `loadLLM: ${weights.name}: ${name} is ${dtype}: weights are read from f32, f16 and bf16; take a model that is not quantized`,
      )
}
