/** The routes: what is asked where, and by whom. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ApiError, apiError, badRequest } from './apiError.js'
import { chatCompletions } from './chat.js'
import { Fields } from './fields.js'
import { sameText } from './keys.js'
import type { Asked, Service } from './service.js'

/** What requests are held to. */
export interface AppOptions {
  /** keys of which one must come with every request under /v1; none lets everyone in */
  readonly apiKeys: readonly string[]
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

/** The web application of a service: from requests to responses, wherever it runs. */
export function appOf(service: Service, { apiKeys, bodyBytes, log }: AppOptions): Hono<{ Bindings: Outside }> {
  const app = new Hono<{ Bindings: Outside }>()
  app.onError((error) => {
    const told = apiError(error)
    if (told.status === 500) log(error)
    return told.response
  })
  app.notFound(({ req }) => new ApiError(404, `there is no ${req.method} ${req.path}`, { code: 'unknown_url' }).response)
  app.get('/health', () => Response.json({ status: 'ok' }))
  app.use('/v1/*', async ({ req }, next) => {
    const [, key = ''] = /^Bearer\s+(\S+)\s*$/i.exec(req.header('authorization') ?? '') ?? []
    if (apiKeys.length > 0 && !(await sameText(key, apiKeys)))
      throw new ApiError(401, key === '' ? 'give an API key: Authorization: Bearer KEY' : 'the API key is not known here', {
        code: 'invalid_api_key',
        headers: { 'WWW-Authenticate': 'Bearer' },
      })
    await next()
  })
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: bodyBytes,
      onError: () => new ApiError(413, `the body is longer than ${bodyBytes} bytes: send less`, { code: 'body_too_large' }).response,
    }),
  )
  app.get('/v1/models', () => Response.json({ object: 'list', data: [described(service)] }))
  app.get('/v1/models/:name{.+}', ({ req }) => {
    const name = req.param('name')
    if (name !== service.name) throw new ApiError(404, `there is no model '${name}'`, { param: 'model', code: 'model_not_found' })
    return Response.json(described(service))
  })
  app.post('/v1/chat/completions', async ({ req, env }) => chatCompletions(service, await bodyOf(req), askedOf(req, env), log))
  return app
}

const described = ({ name, created }: Service): object => ({ id: name, object: 'model', created, owned_by: 'hebb' })

const askedOf = (req: { readonly raw: Request; header(name: string): string | undefined }, { address }: Outside): Asked => ({
  client: req.header('authorization') ?? address,
  signal: req.raw.signal,
})

async function bodyOf(req: { text(): Promise<string> }): Promise<Fields> {
  const text = await req.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw badRequest(undefined, `the body is no JSON: ${(error as Error).message}`, 'invalid_json')
  }
  return Fields.of(json)
}
