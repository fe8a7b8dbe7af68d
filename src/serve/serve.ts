/** A language model that answers over HTTP, as OpenAI's interface has it. */
import type { LLM } from '../llm/llm.js'
import { HebbError } from '../tensor/errors.js'
import { checkOptions } from '../tensor/options.js'
import { ServedAdapters } from './adapters/adapters.js'
import { watchFolder } from './adapters/folder.js'
import { appOf } from './api/app.js'
import { Service } from './api/service.js'
import { Engine, type EngineOptions, engineOptions } from './engine/engine.js'
import { listen } from './listening.js'

/** Options of `serve`. */
export interface ServeOptions extends EngineOptions {
  /** what the model is called. Default the last part of its folder's name */
  readonly name?: string | undefined
  /** where to listen. Default 127.0.0.1, which this machine alone reaches */
  readonly host?: string | undefined
  /** default 8000; 0 takes one that is free */
  readonly port?: number | undefined
  /** keys of which every request under /v1 brings one. Default none: everyone is let in */
  readonly apiKeys?: readonly string[] | undefined
  /** bytes of a request's body at most; default 1 MiB */
  readonly bodyBytes?: number | undefined
  /** tokens of an answer at most where a request does not say; default 2048 */
  readonly tokens?: number | undefined
  /** a folder of adapters, a folder each: those that are there, and what comes and goes later. Default none */
  readonly adapters?: string | undefined
  /** seconds an answer may take, waiting included; default 600 */
  readonly seconds?: number | undefined
  /** is told what fails on our side. Default console.error */
  readonly log?: ((error: unknown) => void) | undefined
}

/** A server that is up. */
export interface Serving {
  /** where it is, such as http://127.0.0.1:8000 */
  readonly url: string
  readonly port: number
  readonly engine: Engine
  readonly adapters: ServedAdapters
  /** Takes nothing more; resolves when what is under way has ended, at the latest after so many milliseconds (default 10,000), when the rest is ended with an error. */
  close(within?: number): Promise<void>
}

const names = ['name', 'host', 'port', 'apiKeys', 'bodyBytes', 'tokens', 'adapters', 'seconds', 'log', ...engineOptions] as const

/**
 * Serves a model: OpenAI's `/v1/chat/completions` and `/v1/models`, with what is asked at once written side by side ({@link Engine}).
 *
 * Throws HebbError for a model without a tokenizer, settings that make no sense, and where nothing can listen.
 *
 * @example
 * const server = await serve(await loadLLM('models/SmolLM2-135M-Instruct'), { port: 0 })
 * console.log(server.url)
 * await server.close()
 */
export async function serve(model: LLM, options: ServeOptions = {}): Promise<Serving> {
  checkOptions('serve', options, names)
  const { host = '127.0.0.1', port = 8000, apiKeys = [], bodyBytes = 2 ** 20, tokens = 2048, seconds = 600, log = console.error } = options
  if (apiKeys.some((key) => typeof key !== 'string' || key === '')) throw new HebbError('serve: an API key is empty: give texts')
  const name = options.name ?? model.parts.folder?.split(/[\\/]/).findLast((part) => part !== '') ?? model.family
  const adapters = new ServedAdapters(model)
  const engine = new Engine(model, options, adapters)
  const service = new Service({ model, engine, adapters, name, tokens, patience: seconds * 1000 })
  const unwatch = options.adapters === undefined ? undefined : await watchFolder(adapters, options.adapters, name, log)
  const near = ['127.0.0.1', 'localhost', '::1', '[::1]']
  const app = appOf(service, { apiKeys, bodyBytes, log, hosts: near.includes(host) ? near : undefined })
  const listener = await listen((request, outside) => app.fetch(request, outside), {
    host,
    port,
    patience: { headers: 10_000, request: 30_000, taking: 30_000 },
    connections: 1024,
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}`,
    port: listener.port,
    engine,
    adapters,
    async close(within = 10_000) {
      unwatch?.()
      listener.drain()
      await engine.stop(within)
      await listener.close()
    },
  }
}
