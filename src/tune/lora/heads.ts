/** The head of a model that scores with its table of tokens: a layer of its own while an adapter is before it. */
import { Decoder } from '../../llm/decoder/decoder.js'
import { partNames } from '../../llm/decoder/names.js'
import { Linear } from '../../nn/index.js'
import { walkOf } from '../../nn/module/walk.js'
import type { Model } from '../../nn/module.js'

/** Where the head of a language model is. */
export const headPath = 'lm_head'

/** Whether a model scores with its table of tokens. */
export const isTied = (model: Model): model is Decoder => model instanceof Decoder && model.decoder.tied

/** The path of a model's table of tokens. */
export function tablePath(model: Model): string {
  if (!(model instanceof Decoder)) return 'embed_tokens'
  const { stream, tokens } = partNames[model.decoder.naming]
  return `${stream}.${tokens}`
}

/** Whether the weights of a layer are a table that is the head as well. */
export function holdsTiedTable(model: Model, layer: object): boolean {
  return isTied(model) && Reflect.get(layer, 'weight') === walkOf(model).parameters.get(`${tablePath(model)}.weight`)
}

/** Gives a tied model a head of its own, whose weights are the table; the function takes it away again. */
export function ownHead(model: Decoder): () => void {
  if (Object.hasOwn(model, headPath)) return () => undefined
  const weight = walkOf(model).parameters.get(`${tablePath(model)}.weight`)!
  const [rows, width] = weight.shape as readonly [number, number]
  Object.assign(model, { [headPath]: Object.assign(new Linear(width, rows, { bias: false }), { weight }) })
  return () => void Reflect.deleteProperty(model, headPath)
}
