/** POST /v1/embeddings: texts as vectors. */
import { reshape } from '../../ops/index.js'
import { bucket } from '../../runtime/buckets.js'
import { compile } from '../../runtime/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import type { LanguageModel } from '../../text/languageModel.js'
import { badRequest } from './apiError.js'
import type { Fields } from './fields.js'
import type { Service } from './service.js'
import { promptsOf } from './writing/completions.js'

type States = (ids: Tensor) => Promise<Tensor<'f32'>>
const programs = new WeakMap<LanguageModel, States>()

/** What the base makes of a text: the mean of its last states, of length 1. */
export async function embeddings(service: Service, body: Fields): Promise<Response> {
  const { model } = service
  const { name, adapter } = service.asked(body)
  if (adapter) body.refuse('model', `is an adapter: ask ${service.name}, whose states they are`)
  const format = body.choice('encoding_format', ['float', 'base64']) ?? 'float'
  const width = model.decoder.width
  const dimensions = body.number('dimensions', { least: 1, most: width, whole: true }) ?? width
  const inputs = promptsOf(service, body, 'input')
  const data: object[] = []
  for (const [index, ids] of inputs.entries()) {
    if (ids.length > model.context)
      throw badRequest(
        'input',
        `input ${index} has ${ids.length} tokens, the context ${model.context}: shorten it`,
        'context_length_exceeded',
      )
    const vector = (await embedded(model, ids)).slice(0, dimensions)
    unit(vector)
    data.push({ object: 'embedding', index, embedding: format === 'float' ? [...vector] : base64(vector) })
  }
  const tokens = inputs.reduce((sum, { length }) => sum + length, 0)
  return Response.json({ object: 'list', data, model: name, usage: { prompt_tokens: tokens, total_tokens: tokens } })
}

async function embedded(model: LanguageModel, ids: readonly number[]): Promise<Float32Array> {
  let run = programs.get(model)
  if (!run) {
    run = compile((t: Tensor) => reshape(model.states(t), [t.shape[1]!, -1]).cast('f32'))
    programs.set(model, run)
  }
  // filled up behind, which no earlier place sees
  const padded = new Int32Array(bucket(ids.length, model.context))
  padded.set(ids)
  const states = await (await run(tensor(padded, { shape: [1, padded.length] }))).data()
  const width = states.length / padded.length
  const mean = new Float32Array(width)
  for (let t = 0; t < ids.length; t++) for (let i = 0; i < width; i++) mean[i]! += states[t * width + i]! / ids.length
  return mean
}

function unit(vector: Float32Array): void {
  const length = Math.hypot(...vector)
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= length
}

function base64(vector: Float32Array): string {
  let text = ''
  for (const byte of new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)) text += String.fromCharCode(byte)
  return btoa(text)
}
