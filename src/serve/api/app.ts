/** The routes: what is asked where, and by whom. */
import { Hono, type HonoRequest } from 'hono'
import { pageResponse } from '../page/page.js'
import { ApiError, apiError, badRequest } from './apiError.js'
import { embeddings } from './embeddings.js'
import { Fields } from './fields.js'
import { sameText } from './keys.js'
import { metricsText, Requests } from './metrics.js'
import { dropAdapterOf, listModels, loadAdapterOf, oneModel } from './models.js'
import type { Asked, Service } from './service.js'
import { chatCompletions } from './writing/chat.js'
import { completions } from './writing/completions.js'

/** What requests are held to. */
export interface AppOptions {
  /** keys of which one must come with every request under /v1; none lets everyone in */
  readonly apiKeys: readonly string[]
  /** names by which the server may be asked; undefined allows all */
  readonly hosts: readonly string[] | undefined
  /** bytes of a body at most */
  readonly bodyBytes: number
  /** is told what failed on our side */
  readonly log: (error: unknown) => void
}

/** What the server knows of a request beside the request. */
export interface Outside {
  /** where it comes from */
  readonly address: string
}

type App = Hono<{ Bindings: Outside }>

/** The web application of a service: from requests to responses, wherever it runs. */
export function appOf(service: Service, { apiKeys, hosts, bodyBytes, log }: AppOptions): App {
  const app: App = new Hono<{ Bindings: Outside }>()
  const requests = new Requests()
  app.onError((error, { req }) => {
    const told = apiError(error)
    // nobody is left to be told, and that is no failure
    if (told.status === 500 && !req.raw.signal.aborted && (error as { code?: unknown }).code !== 'ECONNRESET') log(error)
    return told.response
  })
  app.notFound(({ req }) => new ApiError(404, `there is no ${req.method} ${req.path}`, { code: 'unknown_url' }).response)
  app.use(async (context, next) => {
    await next()
    // a path of a client's own making is no label
    const route = context.req.routePath
    requests.add(/\*/.test(route) ? 'unknown' : route, context.res.status)
  })
  app.use(async ({ req }, next) => {
    requireSameSite(req, hosts)
    await next()
  })
  app.get('/', () => pageResponse(service.name))
  app.get('/health', () => {
    const status = service.engine.isStopped ? 'stopping' : 'ok'
    return Response.json({ status, ...service.engine.load }, { status: status === 'ok' ? 200 : 503 })
  })
  app.get(
    '/metrics',
    () => new Response(metricsText(service, requests), { headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' } }),
  )
  app.use('/v1/*', async ({ req }, next) => {
    const [, key = ''] = /^Bearer\s+(\S+)\s*$/i.exec(req.header('authorization') ?? '') ?? []
    if (apiKeys.length > 0 && !(await sameText(key, apiKeys)))
      throw new ApiError(401, key === '' ? 'give an API key: Authorization: Bearer KEY' : 'the API key is not known here', {
        code: 'invalid_api_key',
        headers: { 'WWW-Authenticate': 'Bearer' },
      })
    await next()
  })
  app.get('/v1/models', () => listModels(service))
  app.get('/v1/models/:name{.+}', ({ req }) => oneModel(service, req.param('name')))
  app.post('/v1/chat/completions', async ({ req, env }) => chatCompletions(service, await bodyOf(req, bodyBytes), askedOf(req, env), log))
  app.post('/v1/completions', async ({ req, env }) => completions(service, await bodyOf(req, bodyBytes), askedOf(req, env), log))
  app.post('/v1/embeddings', async ({ req }) => embeddings(service, await bodyOf(req, bodyBytes)))
  app.post('/v1/adapters', async ({ req, env }) => {
    requireNear(env)
    return loadAdapterOf(service, await bodyOf(req, bodyBytes))
  })
  app.delete('/v1/adapters/:name{.+}', ({ req, env }) => {
    requireNear(env)
    return dropAdapterOf(service, req.param('name'))
  })
  return app
}

/** A page of another site that a browser shows may not ask, be it by another name for this machine. */
function requireSameSite(req: HonoRequest, hosts: readonly string[] | undefined): void {
  const host = req.header('host') ?? ''
  const origin = req.header('origin')
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if ((hosts && !hosts.includes(name)) || (origin !== undefined && !origin.endsWith(`//${host}`)))
    throw new ApiError(403, `requests of ${origin ?? host} are not answered here: ask the server by its own address`, {
      code: 'other_site',
    })
}

/** Folders are named by who is on this machine alone. */
function requireNear({ address }: Outside): void {
  if (!/^(::1$|127\.|::ffff:127\.)/.test(address))
    throw new ApiError(403, 'adapters are loaded and dropped from the machine itself: ask 127.0.0.1 there', { code: 'not_local' })
}

const askedOf = (req: HonoRequest, { address }: Outside): Asked => ({
  client: req.header('authorization') ?? address,
  signal: req.raw.signal,
})

async function bodyOf(req: HonoRequest, most: number): Promise<Fields> {
  const text = await textOf(req, most)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw badRequest(undefined, `the body is no JSON: ${(error as Error).message}`, 'invalid_json')
  }
  return Fields.of(json)
}

/** The body of a request, of which no more than `most` bytes are ever taken in. */
async function textOf(req: HonoRequest, most: number): Promise<string> {
  const tooLong = (): ApiError =>
    new ApiError(413, `the body is longer than ${most} bytes: send less`, { code: 'body_too_large', headers: { Connection: 'close' } })
  if (Number(req.header('content-length') ?? 0) > most) throw tooLong()
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const piece of req.raw.body ?? []) {
    bytes += piece.length
    if (bytes > most) throw tooLong()
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}
