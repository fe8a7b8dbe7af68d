/** GET /v1/models, and loading and dropping adapters while the server runs. */
import type { ServedAdapter } from '../adapters/adapters.js'
import { ApiError, badRequest } from './apiError.js'
import type { Fields } from './fields.js'
import type { Service } from './service.js'

const base = ({ name, created, engine }: Service): object => ({
  id: name,
  object: 'model',
  created,
  owned_by: 'hebb',
  max_model_len: engine.context,
})

const adapted = (service: Service, { name, created, rank, bytes }: ServedAdapter): object => ({
  id: name,
  object: 'model',
  created,
  owned_by: 'hebb',
  parent: service.name,
  rank,
  bytes,
})

/** All that can be asked. */
export const listModels = (service: Service): Response =>
  Response.json({ object: 'list', data: [base(service), ...service.adapters.all.map((one) => adapted(service, one))] })

/** One of them. */
export function oneModel(service: Service, name: string): Response {
  if (name === service.name) return Response.json(base(service))
  const adapter = service.adapters.get(name) ?? missing(name)
  return Response.json(adapted(service, adapter))
}

/** Loads an adapter from a folder of this machine. */
export async function loadAdapterOf(service: Service, body: Fields): Promise<Response> {
  const name = body.text('name') ?? body.refuse('name', 'is missing: give what requests call it')
  const folder = body.text('path') ?? body.refuse('path', 'is missing: give its folder')
  if (name === service.name) throw badRequest('name', `${name} is the model itself: give another name`)
  return Response.json(adapted(service, await service.adapters.load(name, folder)), { status: 201 })
}

/** Drops an adapter; texts that are written with it go on. */
export function dropAdapterOf(service: Service, name: string): Response {
  if (!service.adapters.drop(name)) missing(name)
  return Response.json({ id: name, object: 'model', deleted: true })
}

function missing(name: string): never {
  throw new ApiError(404, `there is no model '${name}': GET /v1/models lists those there are`, { param: 'model', code: 'model_not_found' })
}
